"""A patient's own page, and what staff write, where two press in one instant."""

from datetime import time
from functools import partial

import pytest
from django.utils import timezone

from messaging.models import Message
from offers import linking, writing
from offers.writing import Note
from tests.factories import ClinicFactory, PatientFactory, VisitTypeFactory, WaitlistEntryFactory
from tests.races.race import at_once
from waitlist import joining, self_service
from waitlist.inviting import Invite
from waitlist.models import Availability, Invitation, WaitlistEntry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
TIMES = 10


def leave_or_be_told(invitation: Invitation) -> None:
    """Whoever comes after the link has died is told so."""
    try:
        self_service.leave(invitation_id=invitation.pk, now=timezone.now())
    except self_service.LinkIsDead:
        return


def test_who_joins_twice_at_once_waits_once_and_the_last_times_stand_whole() -> None:
    for _ in range(TIMES):
        ids = {"patient_id": PatientFactory().pk, "clinic_id": ClinicFactory().pk}
        wanted = Invite(**ids, channel="", visit_type_id=VisitTypeFactory().pk)
        invitation = linking.invite(invite=wanted, by="desk", now=timezone.now())
        windows = [joining.Window(day, time(8), time(12)) for day in (0, 2)]
        join = partial(self_service.choose_times, invitation_id=invitation.pk, now=timezone.now())
        at_once(partial(join, windows=windows), partial(join, windows=windows))
        entry = WaitlistEntry.objects.get(patient=ids["patient_id"])
        assert Availability.objects.filter(entry=entry).count() == 2


def test_leaving_and_being_taken_off_at_once_is_one_leaving() -> None:
    for _ in range(TIMES):
        entry = WaitlistEntryFactory()
        invitation = linking.send_to_entry(entry_id=entry.pk, by="desk", now=timezone.now())
        remove = partial(joining.remove, entry_id=entry.pk, by="desk", now=timezone.now())
        at_once(partial(leave_or_be_told, invitation), remove)
        entry.refresh_from_db()
        assert entry.status == "removed"


def test_a_link_that_two_send_at_once_goes_out_once() -> None:
    for _ in range(TIMES):
        entry = WaitlistEntryFactory()
        send = partial(linking.send_to_entry, entry_id=entry.pk, by="desk", now=timezone.now())
        at_once(send, send)
        assert Message.objects.filter(to=entry.patient.phone, kind="link").count() == 1


def test_an_answer_that_is_sent_twice_at_once_goes_out_once() -> None:
    for number in range(TIMES):
        patient = WaitlistEntryFactory().patient
        form = f"one-page-{number}"
        note = Note(address=patient.phone, body="Yes.", form=form, seen=0, patient_id=patient.pk)
        write = partial(writing.write, note=note, by="desk", now=timezone.now())
        at_once(write, write)
        assert Message.objects.filter(to=patient.phone, kind="staff").count() == 1
