"""Words for tests about channels: who agreed to what, and what somebody finds in the mailbox."""

from __future__ import annotations

import secrets
from typing import Any

from django.utils import timezone

from clinic import consenting
from clinic.models import Patient
from messaging import links
from messaging.models import Message
from offers import channels
from tests.mail_server import MailServer
from tests.offers.journey import Journey
from waitlist.models import WaitlistEntry


def agrees(patient: Patient, *channels: str) -> Patient:
    """Say yes to these channels, as the ledger keeps it."""
    for channel in channels:
        word = consenting.Word(channel=channel, given=True, source="staff", words="Yes, please.")
        consenting.record(patient_id=patient.pk, word=word, by="frontdesk", now=timezone.now())
    patient.refresh_from_db()
    return patient


def by_mail(journey: Journey, name: str, **fields: Any) -> WaitlistEntry:
    """Somebody on the list who agreed to e-mail; without further words also to texts."""
    entry = journey.waiting(**{f"patient__{key}": value for key, value in fields.items()})
    Patient.objects.filter(pk=entry.patient_id).update(email=f"{name}@example.org")
    agrees(entry.patient, "email")
    return entry


def first(patient: Patient) -> str | None:
    """The channel by which somebody is asked first."""
    return next(iter(channels.open_to([patient.pk])[patient.pk]), None)


def mails(server: MailServer, entry: WaitlistEntry) -> list[str]:
    """The subjects of what is in somebody's mailbox."""
    return [str(mail["Subject"]) for mail in server.taken if mail["To"] == entry.patient.email]


def clicks(journey: Journey, entry: WaitlistEntry, word: str) -> None:
    """Press a button of the page behind the last e-mail."""
    last = Message.objects.filter(to=entry.patient.email, direction="outbound").latest("pk")
    page = f"/answer/{links.token_of(last.uuid)}/"
    if word == "stop":
        assert journey.client.post(f"{page}stop/").status_code == 200
    else:
        form = {"word": word, "form": secrets.token_hex(4)}
        assert journey.client.post(page, form).status_code == 302
    journey.work()


def asked_by(entry: WaitlistEntry) -> list[str]:
    """The channels by which somebody was asked, in order."""
    questions = Message.objects.filter(kind="offer", related__patient=entry.patient_id).order_by("pk")
    return list(questions.values_list("channel", flat=True))
