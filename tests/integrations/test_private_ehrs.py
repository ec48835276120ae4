"""What drchrono's records and the answers of an EHR say of patients is found nowhere but where it is kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from clinic.booking import NewBooking
from core.models import AuditEvent
from integrations import health_lines, tasks
from integrations.models import DrchronoCursor, FeedMessage, Parked, Todo, VisitLink, WriteBack
from messaging.models import Alarm
from tests.factories import UserFactory
from tests.integrations.connecting import Connected, book, every_way, owed, told
from tests.integrations.drchrono_api import appointment, patient
from tests.integrations.ehrs import Mood
from tests.integrations.overhearing import Lines
from tests.integrations.practice import World

pytestmark = pytest.mark.django_db

MARKER = "Zebedee"
WHO = {
    "first_name": MARKER,
    "last_name": f"{MARKER}-last",
    "email": f"{MARKER}@example.org",
    "nick_name": MARKER,
    "patient_status": MARKER,
    "date_of_birth": MARKER,
    "custom_demographics": [{"value": MARKER}],
}
WHAT = {
    "notes": f"{MARKER} [waitlist {MARKER}0000000000]",
    "reason": MARKER,
    "clinical_note": {"text": MARKER},
    "status_transitions": [{"comment": MARKER}],
}


def everywhere(lines: Lines, published: list[str], *more: object) -> str:
    """All that the program says of itself; what is sealed is not among it."""
    rows: list[object] = list(AuditEvent.objects.values_list("actor", "verb", "reason", "data"))
    for model in (Parked, Todo, DrchronoCursor, WriteBack, Alarm):
        rows += model._default_manager.values()
    rows += [*VisitLink.objects.values_list("known"), *FeedMessage.objects.values_list("control_id", "kind")]
    rows += [bytes(body) for body in FeedMessage.objects.values_list("body", flat=True)]
    return "\n".join([*lines.said, *published, *map(str, rows), *map(str, more)])


@pytest.mark.parametrize(
    "records",
    [
        [appointment(1, **WHAT)],
        [appointment(1, **WHAT, doctor=8)],
        [appointment(1, **WHAT, patient=78)],
        [appointment(1, **{**WHAT, "scheduled_time": MARKER})],
        [appointment(1, **{**WHAT, "duration": MARKER})],
        b'{"results": [{"reason": "Zebedee"}]}',
        b"<html>Zebedee",
    ],
    ids=["usual", "unknown doctor", "unknown patient", "no time", "no length", "no records", "no JSON"],
)
def test_what_a_record_of_drchrono_says_is_told_nowhere(
    world: World, lines: Lines, published: list[str], records: Any
) -> None:
    world.api.pages = {**world.api.pages, "patients": [[patient(77, **WHO)]], "appointments": [records]}
    world.sync()
    addresses = [path for _, path, _ in world.api.requests]
    assert FeedMessage.objects.count() == 2
    assert MARKER not in everywhere(lines, published, *addresses)


def test_what_a_record_says_is_in_no_list_of_what_waits(world: World, lines: Lines) -> None:
    world.api.pages["appointments"] = [[appointment(1, **WHAT, doctor=8)]]
    world.sync()
    user = UserFactory.create()
    user.user_permissions.set(Permission.objects.all())
    client = Client()
    client.force_login(user)
    for page in ("feeds-parked", "feeds"):
        assert MARKER not in client.get(reverse(page)).content.decode()
    assert MARKER not in "\n".join(lines.said)


@every_way
@pytest.mark.parametrize("mood", [Mood.REFUSES, Mood.IS_BUSY, Mood.IS_PUZZLED])
def test_what_an_ehr_says_of_others_when_it_refuses_is_told_nowhere(
    wish: NewBooking, connected: Connected, lines: Lines, published: list[str], mood: Mood
) -> None:
    connected.ehr.mood = mood
    book(wish)
    state = told(owed())
    result = tasks.sweep_write_backs.run()
    status = [line.value for line in health_lines.lines(now=owed().changed_at)]
    assert state in ("by_hand", "queued")
    assert "DOE" not in everywhere(lines, published, state, result, *status)
