"""Once a year, where the date of birth is corrected around New Year as well."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clinic.models import Patient
from ops import invariants
from outreach.greeting_models import Greeting
from tests.outreach.greeting_people import GreetingFactory, born, states, texts, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_a_birthday_corrected_across_new_year_is_greeted_once(clock: time_machine.Traveller) -> None:
    clock.move_to(datetime(2026, 12, 28, 16, tzinfo=UTC))
    alice = born(12, 28)
    work()
    Patient.objects.filter(pk=alice.pk).update(date_of_birth=date(1980, 1, 3))
    clock.move_to(datetime(2027, 1, 3, 16, tzinfo=UTC))
    work()
    assert (states(alice), len(texts())) == (["sent", "skipped: greeted_lately"], 1)
    clock.move_to(datetime(2028, 1, 3, 16, tzinfo=UTC))
    work()
    assert (states(alice)[2:], len(texts())) == (["sent"], 2)
    assert "no two greetings in less than a year" not in dict(invariants.violations(now=timezone.now()))


def test_what_never_left_does_not_stand_in_the_way_of_a_corrected_birthday(
    clock: time_machine.Traveller,
) -> None:
    clock.move_to(datetime(2026, 12, 28, 16, tzinfo=UTC))
    alice = born(12, 28, under_guardian=True)
    work()
    Patient.objects.filter(pk=alice.pk).update(date_of_birth=date(1980, 1, 3), under_guardian=False)
    clock.move_to(datetime(2027, 1, 3, 16, tzinfo=UTC))
    work()
    assert states(alice) == ["skipped: guardian", "sent"]


def test_who_was_greeted_twice_before_that_was_refused_keeps_both_and_the_rest_is_held() -> None:
    migration = import_module("outreach.migrations.0005_greetings_that_were_repeated")
    apart = next(each for each in Greeting._meta.constraints if each.name == "greeting_a_year_apart")
    alice = born(3, 2)
    went = {"patient": alice, "status": "sent", "reason": ""}
    went |= {"handed_at": timezone.now(), "sent_at": timezone.now()}
    with connection.cursor() as cursor:
        cursor.execute(migration.WITHOUT)
        for on in (date(2024, 12, 30), date(2025, 1, 3), date(2026, 1, 3)):
            GreetingFactory(birthday_on=on, **went)
        # Nothing waits for the commit: the table is altered in the transaction of the data.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(migration.SETTLE)
    with connection.schema_editor() as editor:
        editor.add_constraint(Greeting, apart)
    rows = Greeting.objects.order_by("birthday_on").values_list("is_repeat", "status")
    assert list(rows) == [(False, "sent"), (True, "sent"), (False, "sent")]
    assert "no two greetings in less than a year" not in dict(invariants.violations(now=timezone.now()))


@pytest.mark.parametrize(("on", "refused"), [((2027, 3, 1), True), ((2027, 3, 2), False)])
def test_the_database_refuses_two_greetings_in_less_than_a_year(
    on: tuple[int, int, int], refused: bool
) -> None:
    alice = born(3, 2)
    work()
    again: dict[str, Any] = {
        "patient": alice,
        "birthday_on": date(*on),
        "status": "failed",
        "reason": "not_sent",
    }
    refusal = pytest.raises(IntegrityError, match="greeting_a_year_apart") if refused else nullcontext()
    with refusal, transaction.atomic():
        GreetingFactory(**again, handed_at=timezone.now())
    assert Greeting.objects.count() == (1 if refused else 2)
