"""Whoever switches greetings on has read what that does, and it is kept who read what and when."""

from __future__ import annotations

import pytest
from django.utils import timezone

from clinic.models import Provider
from core.models import AuditEvent
from core.transitions import StaleState
from offers import rewording, words
from outreach import greeting_switching
from outreach.greeting_models import GreetingSwitch
from outreach.greeting_switching import NotAccepted
from tests.factories import ProviderFactory
from tests.outreach.greeting_people import born, dispatch, doctor, switched_on

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

OWN = "{clinic}: best wishes from {provider}! STOP to opt out"


def reworded(provider: Provider) -> None:
    place = provider.clinics.get().pk
    new = rewording.NewWords(clinic_id=place, name="greeting", language="en", body=OWN)
    rewording.reword(new=new, by="boss", now=timezone.now())
    words.forget(place)


def test_the_statement_has_the_words_and_how_many_are_due() -> None:
    provider = doctor(on=False)
    for month, day in ((3, 2), (4, 1), (4, 2), (2, 28)):
        born(month, day)
    born(3, 5, agrees=False)
    born(3, 5, primary_provider=ProviderFactory.create())
    read = greeting_switching.statement(provider=provider, now=timezone.now())
    assert read.due_count == 2
    assert [wording.language for wording in read.wordings] == ["en", "es"]
    assert read.wordings[0].body.startswith("Lakeside: Dr. Bob and colleagues")


def test_it_is_kept_who_accepted_which_words_and_when() -> None:
    provider = doctor(on=False)
    born(3, 2)
    row = switched_on(provider)
    assert (row.accepted_by, row.accepted_at, row.due_count) == ("boss", timezone.now(), 1)
    assert row.accepted["terms"] == "1"
    assert [text.partition("@")[0] for text in row.accepted["texts"]] == ["greeting/en", "greeting/es"]
    assert AuditEvent.objects.filter(verb="greetings.switched_on", object_id=str(provider.pk)).exists()


def test_words_that_changed_since_they_were_read_are_not_accepted() -> None:
    provider = doctor(on=False)
    read = greeting_switching.statement(provider=provider, now=timezone.now())
    reworded(provider)
    with pytest.raises(NotAccepted):
        greeting_switching.switch_on(
            provider_id=provider.pk, accepted=read.version, by="boss", now=timezone.now()
        )
    assert not GreetingSwitch.objects.exists()


def test_switched_on_twice_the_second_hears_of_the_first() -> None:
    with pytest.raises(StaleState, match="boss has switched this on"):
        switched_on(doctor())


def test_new_words_may_be_accepted_in_place_of_the_old_ones() -> None:
    provider = doctor()
    reworded(provider)
    switched_on(provider)
    rows = GreetingSwitch.objects.order_by("pk").values_list("ended_by", "ended_at")
    assert list(rows) == [("boss", timezone.now()), ("", None)]
    born(3, 2)
    assert dispatch() == {"handed over": 1}


def test_off_is_off_and_says_so_to_the_second_who_tries() -> None:
    provider = doctor()
    greeting_switching.switch_off(provider_id=provider.pk, by="boss", now=timezone.now())
    with pytest.raises(StaleState, match="off already"):
        greeting_switching.switch_off(provider_id=provider.pk, by="desk", now=timezone.now())
    assert AuditEvent.objects.filter(verb="greetings.switched_off").count() == 1
    switched_on(provider)
    assert GreetingSwitch.objects.filter(ended_at=None).count() == 1


def test_nobody_greets_in_the_name_of_who_has_left_or_works_nowhere() -> None:
    for provider in (ProviderFactory.create(active=False), ProviderFactory.create(clinics=[])):
        with pytest.raises(StaleState, match="not active, or works at no clinic"):
            switched_on(provider)
    assert not GreetingSwitch.objects.exists()
