"""Who did or saw what? The page, its filter in the address, and its file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import audit
from core.models import AuditEvent
from staff.roles import AUDITOR, FRONT_DESK, MANAGER
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client: Client) -> User:
    made: User = factories.UserFactory(roles=[AUDITOR])
    client.force_login(made)
    return made


def happened(verb: str = "patient.seen", *, actor: str = "maria", **fields: Any) -> AuditEvent:
    said: dict[str, Any] = {"at": timezone.now(), "reason": "", **fields}
    obj = said.pop("obj", None) or factories.PatientFactory()
    audit.record(actor=actor, verb=verb, obj=obj, **said)
    return AuditEvent.objects.latest("pk")


def shown(client: Client, **wanted: Any) -> str:
    answer = client.get("/audit/", wanted)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_address_narrows_by_who_what_which_and_when(client: Client, auditor: User) -> None:
    old = datetime(2026, 3, 1, 12, tzinfo=UTC)
    happened("patient.seen", actor="maria", reason="first one")
    kept = happened("entry.joined", actor="jose", at=old, reason="second one")
    for wanted in (
        {"who": "jose"},
        {"what": "entry."},
        {"kind": "clinic.patient", "number": kept.object_id},
        {"from": "2026-03-01", "to": "2026-03-01"},
    ):
        page = shown(client, **wanted)
        assert "second one" in page
        assert "first one" not in page
    assert "No event fits." in shown(client, who="nobody")


def test_a_day_is_the_installations_own(client: Client, auditor: User, settings: Any) -> None:
    # A quarter to midnight in Chicago is the next day in UTC.
    happened(at=datetime(2026, 3, 2, 5, 45, tzinfo=UTC), reason="late in the evening")
    assert "late in the evening" in shown(client, **{"from": "2026-03-01", "to": "2026-03-01"})
    assert "late in the evening" not in shown(client, **{"from": "2026-03-02", "to": "2026-03-02"})


@pytest.mark.parametrize(
    "wanted", [{"from": "yesterday"}, {"from": "2026-03-02", "to": "2026-03-01"}, {"what": "DROP"}]
)
def test_a_filter_that_makes_no_sense_is_told(client: Client, auditor: User, wanted: Any) -> None:
    for path in ("/audit/", "/audit/events.csv"):
        assert client.get(path, wanted).status_code == 422


def test_a_manager_sees_what_belongs_to_the_own_clinic(client: Client) -> None:
    own, other = factories.WaitlistEntryFactory(), factories.WaitlistEntryFactory()
    client.force_login(factories.UserFactory(roles=[MANAGER], clinics=(own.clinic,)))
    happened("entry.joined", obj=own, reason="here")
    happened("entry.joined", obj=other, reason="elsewhere")
    happened("waitlist.exported", obj=own.clinic, reason="taken away here")
    page = shown(client)
    assert "taken away here" in page
    assert "elsewhere" not in page


def test_the_front_desk_does_not_read_it(client: Client) -> None:
    client.force_login(factories.UserFactory(roles=[FRONT_DESK]))
    assert client.get("/audit/").status_code == 403
    assert client.get("/audit/events.csv").status_code == 403


def test_the_page_costs_the_same_for_ten_and_for_a_thousand_and_goes_on(
    client: Client, auditor: User
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            shown(client)
        return len(seen)

    patient = factories.PatientFactory()
    line = {"at": timezone.now(), "actor": "maria", "verb": "patient.seen", "object_type": "clinic.patient"}
    rows = [AuditEvent(**line, object_id=str(patient.pk)) for _ in range(1000)]
    AuditEvent.objects.bulk_create(rows[:10])
    few = queries()
    AuditEvent.objects.bulk_create(rows[10:])
    assert queries() == few
    assert "Earlier" in shown(client)
    first = AuditEvent.objects.earliest("pk")
    last = shown(client, before=first.pk + 5)
    assert "Latest" in last
    assert "Earlier" not in last


def test_the_file_calculates_nothing_and_taking_it_is_an_event(client: Client, auditor: User) -> None:
    happened(reason="=HYPERLINK(1)", at=timezone.now() - timedelta(minutes=1), fields=["phone"])
    answer = client.get("/audit/events.csv", {"what": "patient."})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "at,who,what,record,number,reason,data,from"
    assert "'=HYPERLINK(1)" in lines[1]
    assert len(lines) == 2
    taken = AuditEvent.objects.get(verb="audit.exported")
    assert (taken.actor, taken.object_type) == (auditor.username, "auth.user")
