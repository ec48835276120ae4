"""A death, or that nobody may write, of somebody who is not on the books: known once a visit comes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import time_machine
from django.utils import timezone

from clinic.models import Patient
from integrations.facts import Person, PersonFact, Standing
from tests.integrations.feed import ANA, Feed
from tests.integrations.test_people import decide, merge, said, same_as_ana

pytestmark = pytest.mark.django_db
DEAD = replace(ANA, is_dead=True)


@pytest.mark.parametrize("is_alone", [False, True], ids=["with the end of a visit", "alone"])
def test_a_death_of_somebody_unknown_is_remembered(
    feed: Feed, clock: time_machine.Traveller, is_alone: bool
) -> None:
    alone = PersonFact(said_at=timezone.now(), person=DEAD)
    feed.says(alone if is_alone else feed.visit(Standing.CANCELLED, keys=("A9",), person=DEAD))
    assert not Patient.objects.exists()
    clock.shift(60)
    feed.says(feed.visit())
    assert Patient.objects.get().status == "deceased"


@pytest.mark.parametrize("dead", ["MRN-1", "MRN-2"])
def test_a_death_of_somebody_unknown_outlives_a_merge(
    feed: Feed, clock: time_machine.Traveller, dead: str
) -> None:
    known = {"MRN-1": "MRN-2", "MRN-2": "MRN-1"}[dead]
    feed.says(feed.visit(person=replace(ANA, ids=(known,))))
    feed.says(feed.visit(Standing.CANCELLED, keys=("A9",), person=Person(ids=(dead,), is_dead=True)))
    clock.shift(60)
    feed.says(merge())
    assert Patient.objects.get().status == "deceased"


def test_who_is_not_to_be_contacted_is_so_once_staff_say_who_it_is(feed: Feed) -> None:
    patient = same_as_ana()
    said(patient, given=True)
    feed.says(feed.visit(Standing.CANCELLED, keys=("A9",), person=replace(ANA, is_silent=True)))
    feed.says(feed.visit())
    decide(is_same=True)
    patient.refresh_from_db()
    assert (patient.sms_consent, len(feed.visits())) == (False, 1)
