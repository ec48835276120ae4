"""Who pressed 9 on a phone that cannot text may tell staff that they want to hear from the clinic again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Consent
from core.models import AuditEvent
from core.transitions import StaleState
from messaging import optout
from messaging.models import Suppression
from tests.admin.test_buttons import press
from tests.factories import PatientFactory, fictional_phone
from tests.offers.reaching import agrees, first

pytestmark = pytest.mark.django_db
LANDLINE = fictional_phone(1)
SUPPRESSION = "messaging_suppression"


def silenced(source: str = "call") -> Suppression:
    optout.suppress(phone=LANDLINE, words="Pressed 9.", source=source, now=timezone.now())
    return Suppression.objects.get()


def lift(browser: Client, row: Suppression, words: str) -> Any:
    address = reverse(f"admin:{SUPPRESSION}_press", args=[row.pk, "lift_on_word"])
    return browser.post(address, {"words": words}, follow=True)


def test_the_desk_lifts_it_with_the_patients_words_and_nobody_agrees_by_that(
    desk: Client, settings: Any
) -> None:
    settings.VOICE_CALLS = True
    patient = agrees(PatientFactory(phone=LANDLINE, sms_consent=False), "voice")
    row = silenced()
    assert b'class="warning"' in lift(desk, row, " ").content
    assert optout.is_suppressed(LANDLINE)
    assert b'class="success"' in lift(desk, row, "Called us: ring me again").content
    assert not optout.is_suppressed(LANDLINE)
    last = AuditEvent.objects.latest("pk")
    assert (last.verb, last.reason) == ("number.silence_lifted", "Called us: ring me again")
    patient.refresh_from_db()
    assert (first(patient), Consent.objects.filter(patient=patient).latest("pk").given) == (None, False)
    assert first(agrees(patient, "voice")) == "voice"


@pytest.mark.parametrize("source", ["text", "provider", "email"])
def test_a_stop_that_was_texted_is_its_senders_to_take_back(desk: Client, source: str) -> None:
    row = silenced(source)
    page = desk.get(reverse(f"admin:{SUPPRESSION}_change", args=[row.pk])).content.decode()
    assert "/press/" not in page
    assert b'class="warning"' in lift(desk, row, "Called us").content
    assert optout.is_suppressed(LANDLINE)


def test_it_is_lifted_once_and_not_by_an_auditor(auditor: Client) -> None:
    row = silenced()
    assert press(auditor, SUPPRESSION, row.pk, "lift_on_word").status_code == 403
    said: dict[str, Any] = {"words": "Ring me", "by": "frontdesk", "now": timezone.now()}
    optout.lift_on_word(suppression_id=row.pk, **said)
    with pytest.raises(StaleState):
        optout.lift_on_word(suppression_id=row.pk, **said)


def test_without_its_line_in_the_audit_trail_nothing_is_lifted(monkeypatch: pytest.MonkeyPatch) -> None:
    row = silenced()

    def broken(**line: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("core.audit.record", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        optout.lift_on_word(suppression_id=row.pk, words="Ring me", by="frontdesk", now=timezone.now())
    assert optout.is_suppressed(LANDLINE)
