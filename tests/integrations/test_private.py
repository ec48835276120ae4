"""What a source says of a patient is found in no log, task, address or audit line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from integrations import applying_visits, handling
from integrations.facts import Code, Fact, MergeFact, PersonFact, Standing
from integrations.models import Parked, VisitLink
from staff import roles
from tests.factories import PatientFactory, UserFactory
from tests.integrations.feed import ANA, Feed
from tests.integrations.overhearing import Lines

pytestmark = pytest.mark.django_db

MARKER = "Zebedee"
SECRET = replace(ANA, first_name=f"{MARKER}-first", last_name=f"{MARKER}-last", email=f"{MARKER}@example.org")


def every_fact(feed: Feed) -> list[Fact]:
    """All that is said of a patient, well and badly."""
    later = feed.starts_at + timedelta(days=1)
    return [
        feed.visit(person=SECRET),
        feed.visit(person=SECRET, starts_at=later, ends_at=None),
        feed.visit(Standing.CANCELLED, person=SECRET),
        feed.visit(keys=("A2",), person=SECRET, provider=Code(value="DR9")),
        feed.visit(keys=("A3",), person=replace(SECRET, ids=("MRN-3",), last_name=None)),
        PersonFact(said_at=timezone.now(), person=replace(SECRET, is_silent=True)),
        MergeFact(said_at=timezone.now(), gone=("MRN-8",), kept=SECRET),
    ]


def told(lines: Lines, published: list[str]) -> str:
    audited = [str(line) for line in AuditEvent.objects.values_list("actor", "verb", "reason", "data")]
    known = [str(link) for link in VisitLink.objects.values_list("known", flat=True)]
    parked = [str(row) for row in Parked.objects.values()]
    return "\n".join([*lines.said, *published, *audited, *known, *parked])


def test_nothing_private_is_told_on_the_usual_way(feed: Feed, lines: Lines, published: list[str]) -> None:
    for fact in every_fact(feed):
        feed.says(fact)
    assert MARKER not in told(lines, published)
    assert "feed.message_seen" not in told(lines, published)


def test_nothing_private_is_told_where_the_program_fails(
    feed: Feed, lines: Lines, published: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            PatientFactory(first_name=MARKER, status=f"{MARKER}-far-too-long-for-its-column")

    monkeypatch.setattr(applying_visits, "_meet", fail)
    feed.sends(feed.visit(person=SECRET))
    assert handling.sweep(clock=timezone.now) == 0
    assert any("feed message failed" in line for line in lines.said)
    assert MARKER not in told(lines, published)


def test_nothing_private_is_in_an_address_or_in_the_list(feed: Feed, lines: Lines) -> None:
    feed.says(feed.visit(person=SECRET, provider=Code(value="DR9")))
    client, item = Client(), Parked.objects.get()
    client.force_login(UserFactory.create(roles=[roles.MANAGER]))
    assert MARKER not in client.get(reverse("feeds-parked")).content.decode()
    assert MARKER not in client.get(reverse("feeds")).content.decode()
    answer = client.post(reverse("feeds-act", args=[item.pk, "dismiss"]), {"reason": "Theirs"})
    assert MARKER not in answer["Location"]
    assert MARKER not in "\n".join(lines.said)
