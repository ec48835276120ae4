"""Every page of staff says in Spanish what it says itself: no English word of a sentence is left on it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from staff import urls
from tests import factories
from tests.crowd import Crowd
from tests.staff.addresses import address

pytestmark = pytest.mark.django_db
# Hardly a sentence of English does without one of them, and none of them is Spanish.
ENGLISH = re.compile(
    r"\b(the|of|and|are|is|not|with|this|who|what|nobody|when|empty|any|for|at|after|before|minutes|be|to|by|from"
    r"|on|outside|their|waits|wants|text|delivered|queued|skipped|asked|seen|physician|nurse|therapist)\b",
    re.IGNORECASE,
)
SAID = ("aria-label", "title", "placeholder", "alt")
VOID = {"br", "hr", "img", "input", "link", "meta"}
# These words are nobody's sentence: they are shown as they were sent, and codes, and keys.
QUOTED = {"script", "style", "q", "code", "kbd"}
# A provider's codes, and what a clinic calls its people.
NAMES = re.compile(r"^from \d{3}:|\(physician; |^DR-WHO$|STOP to opt out|“text me”|^Dr\. Gray, physician$")
# It never ends.
STREAM = "live"
# One address leads to several: what it is about decides.
KINDS = ("slot", "unfilled slot", "shadow slot")


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
    return [words for words in Page(html).words if ENGLISH.search(words) and not NAMES.search(words)]


def pages(crowd: Crowd) -> list[str]:
    known = [page for page in urls.urlpatterns if page.name != STREAM]
    found = [address(page, crowd.first("entry")) for page in known]
    found += [reverse("slot", args=[crowd.first(kind).pk]) for kind in KINDS]
    return [*found, "/messages/?tab=failed", "/messages/?tab=all"]


def test_no_page_leaves_a_sentence_in_english() -> None:
    crowd = Crowd()
    crowd.grow(2)
    client = Client(headers={"accept-language": "es"})
    client.force_login(factories.UserFactory.create(is_superuser=True))
    left, opened = {}, 0
    for path in pages(crowd):
        answer: Any = client.get(path)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            opened += 1
            left[path] = left_in_english(answer.content.decode())
    assert opened > 40
    assert {path: words for path, words in left.items() if words} == {}
