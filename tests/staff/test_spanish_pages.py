"""Every page of staff says in Spanish what it says itself: no English word of a sentence is left on it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from staff import urls
from tests import factories
from tests.staff.addresses import address

pytestmark = pytest.mark.django_db
# Hardly a sentence of English does without one of them, and none of them is Spanish.
ENGLISH = re.compile(
    r"\b(the|of|and|are|is|not|with|this|who|what|nobody|when|empty|any|for|at|after|before|minutes)\b",
    re.IGNORECASE,
)
SAID = ("aria-label", "title", "placeholder", "alt")
VOID = {"br", "hr", "img", "input", "link", "meta"}
# These words are nobody's sentence: they are shown as they were sent, and codes, and keys.
QUOTED = {"script", "style", "q", "code", "kbd"}
# It never ends.
STREAM = "live"


class Page(HTMLParser):
    """`words` are what a page says and reads aloud, less what is quoted or marked as English."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[bool] = [False]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.words += [words for name in SAID if (words := said.get(name))]
        if tag not in VOID:
            is_quoted = (
                tag in QUOTED or said.get("lang") == "en" or "body" in (said.get("class") or "").split()
            )
            self.open.append(self.open[-1] or is_quoted)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open[-1]:
            self.words.append(" ".join(data.split()))


def left_in_english(html: str) -> list[str]:
    return [words for words in Page(html).words if ENGLISH.search(words)]


def pages() -> list[URLPattern]:
    return [page for page in urls.urlpatterns if page.name != STREAM]


def test_no_page_leaves_a_sentence_in_english() -> None:
    entry = factories.WaitlistEntryFactory.create(clinic=factories.ClinicFactory.create(is_shadow=True))
    factories.CancellationFactory.create(clinic=entry.clinic)
    factories.RoundFactory.create(cancellation__clinic=entry.clinic)
    client = Client(headers={"accept-language": "es"})
    client.force_login(factories.UserFactory.create(is_superuser=True))
    left, opened = {}, 0
    for page in pages():
        answer: Any = client.get(address(page, entry))
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            opened += 1
            left[page.name] = left_in_english(answer.content.decode())
    assert opened > 40
    assert {name: words for name, words in left.items() if words} == {}
