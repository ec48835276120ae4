"""Was: contact hours were a setting that nothing read, and so were 19 of 54 others."""

import datetime
import re
from typing import Any

import pytest

from offers.models import Offer
from tests.house.commands import ROOT
from tests.offers.journey import Journey

# Read by the servers themselves: uvicorn and gunicorn.
READ_BY_OTHERS = {"FORWARDED_ALLOW_IPS"}


def test_every_setting_in_env_example_is_known_to_the_program() -> None:
    names = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M)) - READ_BY_OTHERS
    code = "".join(path.read_text() for path in (ROOT / "clinic_waitlist").glob("*.py"))
    assert names
    assert [name for name in sorted(names) if f'"{name}"' not in code] == []


@pytest.mark.django_db(transaction=True)
def test_contact_hours_of_the_installation_hold_back_every_offer(journey: Journey, settings: Any) -> None:
    journey.clinic.contact_hours_start = journey.clinic.contact_hours_end = None
    journey.clinic.save()
    # Given hours that begin at noon in Chicago, two hours from now
    settings.CONTACT_HOURS_START, settings.CONTACT_HOURS_END = datetime.time(12), datetime.time(20)
    alice = journey.waiting()
    journey.asked()
    journey.wait(hours=1)
    assert journey.hears(alice) == []
    journey.wait(hours=1)
    assert journey.hears(alice) == ["offer"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [1, 4])
def test_batch_size_is_how_many_are_asked(journey: Journey, settings: Any, size: int) -> None:
    journey.clinic.batch_size, settings.BATCH_SIZE = None, size
    journey.clinic.save()
    people = [journey.waiting() for _ in range(5)]
    journey.asked()
    assert sum(bool(journey.hears(person)) for person in people) == size


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("minutes", [2, 30])
def test_hold_minutes_is_how_long_an_offer_stands(journey: Journey, settings: Any, minutes: int) -> None:
    settings.HOLD_MINUTES = minutes
    alice = journey.waiting()
    journey.asked()
    journey.wait(minutes=minutes, seconds=-1)
    assert journey.offer_of(alice) == "pending"
    journey.wait(seconds=1)
    assert journey.offer_of(alice) == "expired"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seconds", [0, 300])
def test_grace_seconds_is_how_long_nobody_is_asked(journey: Journey, settings: Any, seconds: int) -> None:
    settings.GRACE_SECONDS = seconds
    journey.waiting()
    slot = journey.logged()
    assert (slot.next_step_at or slot.created_at) - slot.created_at == datetime.timedelta(seconds=seconds)
    if seconds:
        journey.wait(seconds=seconds - 1)
        assert Offer.objects.count() == 0
    journey.wait(seconds=1)
    assert Offer.objects.count() == 1
