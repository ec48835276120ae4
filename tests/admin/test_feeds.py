"""Sources, codes and rules in the admin: kept through their verbs, messages without their words."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from core.models import AuditEvent
from integrations.models import FeedCode, FeedPolicy, Source, Todo
from tests.factories import ClinicFactory, ProviderFactory
from tests.factories_of_feeds import FeedMessageFactory, ParkedFactory, SourceFactory, TodoFactory

pytestmark = pytest.mark.django_db


def url(model: str, page: str, *args: object) -> str:
    return reverse(f"admin:integrations_{model}_{page}", args=args)


def form(**fields: object) -> dict[str, object]:
    usual = {
        "name": "North hospital",
        "kind": "hl7",
        "active": "on",
        "timezone": "America/Chicago",
        "settle_seconds": 90,
        "backlog_minutes": 15,
        "speaks_from": "08:00",
        "speaks_until": "17:00",
        "speaks_on": "0,1,2",
    }
    return {**usual, **fields}


def test_a_source_is_set_up_and_changed_with_a_line_of_what_was_before(admin: Client) -> None:
    clinic = ClinicFactory()
    admin.post(url("source", "add"), form(clinics=[clinic.pk]))
    source = Source.objects.get()
    assert list(source.clinics.all()) == [clinic]
    admin.post(url("source", "change", source.pk), form(clinics=[clinic.pk], settle_seconds=60))
    line = AuditEvent.objects.get(verb="feed.source_arranged")
    assert line.data["changes"] == {"settle_seconds": [90, 60]}


@pytest.mark.parametrize("wrong", [{"settle_seconds": 30}, {"speaks_until": "07:00"}, {"timezone": "Here"}])
def test_a_source_that_cannot_be_is_refused_at_the_field(admin: Client, wrong: dict[str, object]) -> None:
    response = admin.post(url("source", "add"), form(clinics=[ClinicFactory().pk], **wrong))
    assert set(response.context["adminform"].form.errors) == set(wrong)


def test_a_code_is_kept_through_its_verb_and_forgotten(admin: Client) -> None:
    source, provider = SourceFactory(), ProviderFactory()
    said = {"source": source.pk, "kind": "provider", "value": "DR1", "provider": provider.pk}
    admin.post(url("feedcode", "add"), said)
    code = FeedCode.objects.get()
    assert code.provider == provider
    admin.post(url("feedcode", "delete", code.pk), {"post": "yes"})
    verbs = AuditEvent.objects.filter(object_type="integrations.feedcode").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["feed.code_mapped", "feed.code_forgotten"]


@pytest.mark.parametrize("wrong", [{}, {"standing": "booked"}, {"clinic": True}])
def test_a_code_that_means_nothing_or_something_else_is_refused(
    admin: Client, wrong: dict[str, object]
) -> None:
    said = {"source": SourceFactory().pk, "kind": "provider", "value": "DR1", **wrong}
    if "clinic" in wrong:
        said["clinic"] = ClinicFactory().pk
    assert admin.post(url("feedcode", "add"), said).status_code == 200
    assert not FeedCode.objects.exists()


def test_a_rule_is_kept_through_its_verb(admin: Client) -> None:
    clinic = ClinicFactory()
    admin.post(url("feedpolicy", "add"), {"clinic": clinic.pk, "freed": "ask"})
    rule = FeedPolicy.objects.get()
    admin.post(url("feedpolicy", "change", rule.pk), {"freed": "never"})
    assert FeedPolicy.objects.get().freed == "never"
    admin.post(url("feedpolicy", "delete", rule.pk), {"post": "yes"})
    assert AuditEvent.objects.filter(verb="clinic.feeds_ruled").count() == 3


def test_a_message_is_listed_without_its_words(admin: Client) -> None:
    message = FeedMessageFactory()
    ParkedFactory(message=message)
    for address in (url("feedmessage", "changelist"), url("feedmessage", "change", message.pk)):
        page = admin.get(address).content.decode()
        assert "MSH" not in page
        assert "gAAAA" not in page
    assert admin.get(url("parked", "changelist")).status_code == 200
    assert admin.get(url("visitlink", "changelist")).status_code == 200


def test_a_todo_is_settled_by_its_button(admin: Client) -> None:
    todo = TodoFactory()
    admin.post(f"/admin/integrations/todo/{todo.pk}/press/settle/")
    assert Todo.objects.get().done_at is not None
