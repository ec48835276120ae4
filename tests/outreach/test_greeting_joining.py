"""Two records of one person are greeted once a year together."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils import timezone

from clinic import merging
from clinic.models import Patient
from tests.outreach.greeting_people import GreetingFactory, born, doctor, states, texts, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def merge(kept: Patient, gone: Patient) -> None:
    merging.merge(kept_id=kept.pk, gone_id=gone.pk, by="desk", now=timezone.now())


def test_who_was_greeted_under_the_name_that_goes_is_not_greeted_again(
    clock: time_machine.Traveller,
) -> None:
    bob = doctor()
    gone, kept = born(3, 2, primary_provider=bob), born(3, 4, primary_provider=bob)
    work()
    merge(kept, gone)
    assert (states(gone), states(kept), len(texts())) == ([], ["sent"], 1)
    clock.shift(2 * 86400)
    work()
    assert (states(kept), len(texts())) == (["sent"], 1)
    clock.move_to(datetime(2027, 3, 4, 16, tzinfo=UTC))
    work()
    assert (states(kept), len(texts())) == (["sent", "sent"], 2)


def test_where_both_were_greeted_each_keeps_its_own() -> None:
    bob = doctor()
    gone, kept = born(3, 2, primary_provider=bob), born(3, 2, primary_provider=bob)
    work()
    merge(kept, gone)
    assert (states(gone), states(kept)) == (["sent"], ["sent"])


def test_what_was_skipped_under_the_name_that_goes_bars_nobody() -> None:
    bob = doctor()
    gone, kept = born(3, 1, primary_provider=bob), born(3, 2, primary_provider=bob)
    GreetingFactory(patient=gone, birthday_on=date(2026, 3, 1))
    merge(kept, gone)
    work()
    assert (states(gone), states(kept)) == (["skipped: no_consent"], ["sent"])
