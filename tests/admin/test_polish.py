"""What every list and every record of the admin has in common, whoever registers it."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse

from core.searching import CappedPaginator
from messaging.models import Message, Tally
from offers.models import Offer
from tests.crowd import Crowd
from tests.factories import MessageFactory, OfferFactory, UserFactory
from tests.test_architecture import ROOMS

pytestmark = pytest.mark.django_db

ADMINS: dict[Any, Any] = django_admin.site._registry
OURS = [model for model in ADMINS if model._meta.app_label in ROOMS]
# A row for each day, found by its date.
FOUND_BY_DATE = {Tally}

# The number of a message stands in the message, and in the other system.
NUMBERS = re.compile(r"\b(?!Control)\w+ (?:id|ids|uuid):")


def url(model: Any, page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def label(model: Any) -> str:
    return str(model._meta.label)


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    return client


@pytest.mark.parametrize("model", ADMINS, ids=label)
def test_a_list_is_counted_up_to_a_bound_and_searched_without_an_address(boss: Client, model: Any) -> None:
    one = ADMINS[model]
    assert issubclass(one.paginator, CappedPaginator)
    assert not one.show_full_result_count
    assert one.is_searched_by_post
    for words in ("1", "Clinic", "9" * 40, "2026-03-08", "%00"):
        assert boss.post(url(model, "changelist"), {"search": words}, follow=True).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=label)
def test_a_list_says_what_it_is_how_it_is_narrowed_and_how_it_is_searched(model: Any) -> None:
    one = ADMINS[model]
    assert str(one.intro).endswith(".")
    assert one.list_filter
    assert bool(one.search_fields) == (model not in FOUND_BY_DATE)
    assert not one.search_fields or str(one.search_help_text).endswith(".")


@pytest.mark.parametrize("model", OURS, ids=label)
def test_every_filter_narrows_without_a_fault(boss: Client, model: Any) -> None:
    rows = boss.get(url(model, "changelist")).context["cl"]
    asked = [choice["query_string"] for spec in rows.filter_specs for choice in spec.choices(rows)]
    assert {boss.get(url(model, "changelist") + query).status_code for query in asked} <= {200}


def test_a_record_shows_others_by_what_they_are_and_no_key_of_a_machine(boss: Client) -> None:
    crowd = Crowd()
    crowd.grow(1)
    firsts = {type(rows[0]): rows[0] for rows in crowd.rows.values()}
    found = []
    for model in set(OURS) & set(firsts):
        row = firsts[model]
        words = _seen(boss.get(url(model, "change", row.pk)).content.decode())
        keys = [getattr(row, field.name) for field in model._meta.fields]
        found += [f"{label(model)}: {key}" for key in keys if isinstance(key, UUID) and str(key) in words]
        found += [
            f"{label(model)}: {name}" for name in re.findall(r"\b(?!Control)\w+ (?:id|ids|uuid):", words)
        ]
        found += [f"{label(model)}: {name}" for name in ("Lease token", "Related:") if name in words]
    assert found == []


def _seen(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page)


def test_a_text_names_the_records_that_it_is_about_each_with_the_way_there(boss: Client) -> None:
    offer: Offer = OfferFactory()
    message: Message = MessageFactory(related={"offer": offer.pk, "patient": offer.patient_id, "gone": 7})
    page = boss.get(url(Message, "change", message.pk)).content.decode()
    for named in (offer, offer.patient):
        kind, address = named._meta.verbose_name, url(type(named), "change", named.pk)
        assert f'<a href="{address}">{kind} {named.pk}</a>' in page
    assert "<div>gone 7</div>" in page


def inlines(name: str) -> list[str]:
    below = ADMINS[apps.get_model(name)].inlines
    return [inline.model._meta.model_name for inline in below]


def test_what_a_record_went_through_stands_on_its_page() -> None:
    """Rounds and questions of a slot, reminders below a visit, windows below a wish."""
    assert "what_happened" in ADMINS[apps.get_model("offers.cancellation")].readonly_fields
    assert inlines("clinic.appointment") == ["reminder", "cancelquestion"]
    assert inlines("waitlist.waitlistentry") == ["availability"]
