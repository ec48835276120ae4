"""How soon a changed text is seen: at once where it was changed, within seconds everywhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.models import Clinic
from offers import rewording, texts, words
from offers.models import ClinicText
from tests.factories import ClinicFactory


def heard(clinic: Clinic) -> str:
    return texts.render("declined", language="en", clinic=clinic)


def reword(clinic: Clinic, now: Any) -> ClinicText:
    new = rewording.NewWords(clinic_id=clinic.pk, name="declined", language="en", body="{clinic}: bye")
    return rewording.reword(new=new, by="alice", now=now)


@pytest.mark.django_db(transaction=True)
def test_the_process_that_changed_a_text_uses_it_at_once(now: Any) -> None:
    clinic = ClinicFactory(sms_name="Lakeside")
    standard = heard(clinic)
    text = reword(clinic, now)
    assert heard(clinic) == "Lakeside: bye"
    rewording.restore(text_id=text.pk, by="alice", now=now)
    assert heard(clinic) == standard


@pytest.mark.django_db
def test_any_other_process_uses_a_changed_text_within_five_seconds(
    clock: time_machine.Traveller, now: Any
) -> None:
    clinic = ClinicFactory(sms_name="Lakeside")
    standard = heard(clinic)
    # No commit here, so nothing tells this process: it is as blind as another one.
    reword(clinic, now)
    clock.shift(timedelta(seconds=words.FRESH_SECONDS - 1))
    assert heard(clinic) == standard
    clock.shift(timedelta(seconds=1.1))
    assert heard(clinic) == "Lakeside: bye"


@pytest.mark.django_db
def test_a_hundred_texts_of_a_clinic_ask_the_database_once(now: Any) -> None:
    clinic = ClinicFactory()
    with CaptureQueriesContext(connection) as queries:
        for _ in range(100):
            heard(clinic)
    assert len(queries) == 1


@pytest.mark.django_db
def test_a_clinic_with_every_text_in_its_own_words_costs_no_more(now: Any) -> None:
    clinic = ClinicFactory()
    for name, language in words.standard():
        body = words.standard()[name, language].body
        new = rewording.NewWords(clinic_id=clinic.pk, name=name, language=language, body=body)
        rewording.reword(new=new, by="alice", now=now)
    with CaptureQueriesContext(connection) as queries:
        said = {
            texts.render(name, language="es", clinic=clinic) for name in ("declined", "help", "for_staff")
        }
    assert (len(queries), len(said)) == (1, 3)
