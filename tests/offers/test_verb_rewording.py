"""A clinic's own words for a text: allowed, refused with the reason, and nothing by halves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.models import Clinic
from core import audit
from core.models import AuditEvent
from core.transitions import StaleState
from offers import rewording, texts, words
from offers.models import ClinicText
from tests.factories import ClinicFactory
from tests.offers.verb import Broken, break_after

pytestmark = pytest.mark.django_db
BODY = "{clinic}: thanks, maybe next time!"


@pytest.fixture
def clinic() -> Clinic:
    made: Clinic = ClinicFactory(sms_name="Lakeside")
    return made


def reword(clinic: Clinic, body: str = BODY, **changed: Any) -> ClinicText:
    said = {"clinic_id": clinic.pk, "name": "declined", "language": "en", "body": body, **changed}
    return rewording.reword(new=rewording.NewWords(**said), by="alice", now=timezone.now())


def restore(text: ClinicText) -> None:
    rewording.restore(text_id=text.pk, by="alice", now=timezone.now())


def heard(clinic: Clinic, language: str = "en") -> str:
    cache.clear()
    return texts.render("declined", language=language, clinic=clinic)


def test_a_clinics_own_words_are_sent_by_that_clinic_only(clinic: Clinic) -> None:
    reword(clinic)
    assert heard(clinic) == "Lakeside: thanks, maybe next time!"
    assert heard(ClinicFactory()) != heard(clinic)


def test_own_words_in_one_language_leave_the_other_as_it_was(clinic: Clinic) -> None:
    standard = heard(clinic, "es")
    reword(clinic)
    assert heard(clinic, "es") == standard
    reword(clinic, "{clinic}: gracias", language="es")
    assert heard(clinic, "es") == "Lakeside: gracias"
    assert heard(clinic, "fr") == heard(clinic, "en")


def test_words_that_replace_others_end_them_and_keep_them(clinic: Clinic) -> None:
    first = reword(clinic)
    second = reword(clinic, "{clinic}: bye", replaces=first.pk)
    first.refresh_from_db()
    assert (first.status, first.body, second.status) == ("ended", BODY, "in_use")
    assert heard(clinic) == "Lakeside: bye"
    assert texts.version("declined", language="en", clinic=clinic) == second.version
    assert ClinicText.objects.get(version=first.version).body == BODY


def test_the_standard_words_come_back(clinic: Clinic) -> None:
    standard = heard(clinic)
    restore(reword(clinic))
    assert heard(clinic) == standard
    reword(clinic)
    assert heard(clinic) != standard


def test_who_changed_which_words_is_written_down_without_the_words(clinic: Clinic) -> None:
    first = reword(clinic)
    reword(clinic, "{clinic}: bye", replaces=first.pk)
    event = AuditEvent.objects.filter(verb="text.reworded").latest("pk")
    assert (event.actor, event.data["clinic"], event.data["before"]) == ("alice", clinic.pk, first.version)
    restore(ClinicText.objects.get(ended_at=None))
    assert AuditEvent.objects.latest("pk").verb == "text.restored"
    assert "bye" not in str(list(AuditEvent.objects.order_by("pk").values_list("data", flat=True)))


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"body": "thanks"}, "body", "{clinic} is missing"),
        ({"body": ""}, "body", "{clinic} is missing"),
        ({"body": BODY + "{phone.x}"}, "body", "stands for nothing"),
        ({"body": BODY + "\x00"}, "body", "Not in the alphabet"),
        ({"body": BODY * 20}, "body", "Too long"),
        ({"name": "help", "body": "{clinic} {phone}"}, "body", "The STOP line is missing"),
        ({"name": "nonsense"}, "name", "There is no such text."),
        ({"name": ""}, "name", "There is no such text."),
        ({"language": "fr"}, "language", "no such text in that language"),
        ({"clinic_id": 0}, "clinic_id", "There is no such clinic."),
    ],
)
def test_words_that_may_not_be_sent_are_refused_and_nothing_changes(
    clinic: Clinic, changed: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(rewording.WordsRefused, match=reason) as refused:
        reword(clinic, **changed)
    assert refused.value.field == field
    assert not ClinicText.objects.exists()
    assert not AuditEvent.objects.exists()


def test_words_of_one_text_do_not_replace_those_of_another(clinic: Clinic) -> None:
    first = reword(clinic)
    with pytest.raises(rewording.WordsRefused):
        reword(clinic, name="late_declined", replaces=first.pk)
    first.refresh_from_db()
    assert first.status == "in_use"


def test_words_that_somebody_else_has_changed_are_not_changed_again(clinic: Clinic) -> None:
    first = reword(clinic)
    reword(clinic, "{clinic}: bye", replaces=first.pk)
    for act in (lambda: reword(clinic, "{clinic}: hm", replaces=first.pk), lambda: restore(first)):
        with pytest.raises(StaleState, match="in the meantime"):
            act()
    assert heard(clinic) == "Lakeside: bye"


def test_a_clinic_that_has_own_words_gets_no_second_ones(clinic: Clinic) -> None:
    reword(clinic)
    with pytest.raises(StaleState, match="has its own words"):
        reword(clinic, "{clinic}: bye")
    assert ClinicText.objects.count() == 1


def test_the_database_forbids_two_of_a_text_in_use(clinic: Clinic) -> None:
    text = reword(clinic)
    text.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        text.save(force_insert=True)


def test_a_clock_that_lags_does_not_stop_a_change(clinic: Clinic) -> None:
    text = reword(clinic)
    rewording.restore(text_id=text.pk, by="alice", now=text.since - timedelta(seconds=3))
    text.refresh_from_db()
    assert text.ended_at == text.since


def test_what_breaks_late_leaves_the_words_as_they_were(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = reword(clinic)
    break_after(monkeypatch, audit, "record")
    for act in (lambda: reword(clinic, "{clinic}: bye", replaces=first.pk), lambda: restore(first)):
        with pytest.raises(Broken), transaction.atomic():
            act()
    assert ClinicText.objects.get().ended_at is None
    assert heard(clinic) == "Lakeside: thanks, maybe next time!"


def test_words_that_cannot_be_filled_any_more_give_way_to_the_standard_ones(clinic: Clinic) -> None:
    standard = heard(clinic)
    text = reword(clinic)
    ClinicText.objects.filter(pk=text.pk).update(body="{clinic}: see {day}")
    assert heard(clinic) == standard
    ClinicText.objects.filter(pk=text.pk).update(name="gone")
    assert heard(clinic) == standard
    assert (
        texts.version("declined", language="en", clinic=clinic) == words.standard()["declined", "en"].version
    )
