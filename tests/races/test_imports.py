"""One file that is sent twice at one instant: each of its rows is stored once."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from types import ModuleType

import pytest
from django.utils import timezone

from clinic import importing_patients, importing_visits
from clinic.models import Appointment, Clinic, Patient
from core.files import BadFile
from tests.clinic.filing import PEOPLE, VISITS, a_clinic, file, visit
from tests.races.race import TIMES, at_once
from waitlist import importing as importing_waitlist
from waitlist.models import WaitlistEntry

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ROWS, MOST_TRIES = 20, 1000


def who(number: int, place: int) -> str:
    return f"Family{number},Given{place},+13125{number:02}{place:04}"


def people(number: int) -> bytes:
    head = PEOPLE.replace("date_of_birth,", "").replace(",email", "")
    return file(*(who(number, place) for place in range(ROWS)), head=head)


def calendar(number: int) -> bytes:
    # A day of its own for each file, the visits one after the other.
    starts = [f"2031-03-{number + 1:02} {8 + place // 2:02}:{30 * (place % 2):02}" for place in range(ROWS)]
    return file(*(visit(who(number, place), at) for place, at in enumerate(starts)), head=VISITS)


def line(number: int) -> bytes:
    rows = (f"{who(number, place)},Check-up" for place in range(ROWS))
    return file(*rows, head="last_name,first_name,phone,visit_type")


def stored(module: ModuleType, raw: bytes, clinic: Clinic) -> None:
    """The real thing. Whoever comes while another file is being stored is told so and comes again."""
    send: Callable[[], object] = partial(
        module.run,
        raw=raw,
        clinic=clinic,
        patients=Patient.objects.all(),
        by="manager",
        now=timezone.now(),
        is_trial=False,
    )
    for _ in range(MOST_TRIES):
        try:
            send()
        except BadFile:
            time.sleep(0.02)
            continue
        return
    raise AssertionError("never let in")


SORTS = {
    "patients": (importing_patients, people, Patient),
    "visits": (importing_visits, calendar, Appointment),
    "waitlist": (importing_waitlist, line, WaitlistEntry),
}


@pytest.mark.parametrize("sort", SORTS)
def test_each_row_of_a_file_that_comes_twice_at_once_is_stored_once(sort: str) -> None:
    module, written, model = SORTS[sort]
    clinic = a_clinic()
    for number in range(min(TIMES, 25)):
        send = partial(stored, module, written(number), clinic)
        at_once(send, send, send)
        assert Patient.objects.filter(last_name=f"Family{number}").count() == ROWS
        assert model._default_manager.count() == ROWS * (number + 1)
