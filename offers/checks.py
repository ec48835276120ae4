"""What is wrong with the texts is found when the program starts, never when one of them is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core import checks
from django.db import DatabaseError

from offers import mailings, wordings, words
from offers.languages import LANGUAGES
from offers.models import ClinicText


@checks.register(checks.Tags.templates)
def standard_texts(**kwargs: Any) -> list[checks.CheckMessage]:
    """An error for every text that is missing or may not be sent as its file words it."""
    files = words.standard()
    known = {(name, language) for name in wordings.RULES for language in LANGUAGES}
    return [
        checks.Error(f"templates/texts/{language}/{name}.txt: {reason}", id="offers.E001")
        for name, language in sorted(known | set(files))
        for reason in _faults(files, name, language)
    ]


@checks.register(checks.Tags.templates)
def mailings_of_texts(**kwargs: Any) -> list[checks.CheckMessage]:
    """An error for every e-mail that could not be made, in either language."""
    return [checks.Error(reason, id="offers.E002") for reason in mailings.faults()]


def _faults(files: dict[tuple[str, str], words.Words], name: str, language: str) -> Iterator[str]:
    if (name, language) not in files:
        yield "The file is missing."
    elif name not in wordings.RULES or language not in LANGUAGES:
        yield "Nothing is known of such a text; offers/wordings.py and offers/languages.py name them all."
    else:
        yield from wordings.faults(name=name, language=language, body=files[name, language].body)


@checks.register(checks.Tags.database)
def own_texts(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """A warning for a clinic's own words that today's rules would refuse."""
    if not databases:
        return []
    try:
        in_use = list(ClinicText.objects.filter(ended_at=None).order_by("pk"))
    except DatabaseError:
        return []  # not migrated yet
    return [
        checks.Warning(f"clinic text {text.pk}: {reason}", hint="Change it in the admin.", id="offers.W001")
        for text in in_use
        for reason in _own_faults(text)
    ]


def _own_faults(text: ClinicText) -> list[str]:
    if text.name not in wordings.RULES or text.language not in LANGUAGES:
        return ["There is no such text any more."]
    return wordings.faults(name=text.name, language=text.language, body=text.body)
