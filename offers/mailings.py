"""The words of an e-mail: those of its own file, else those of the text in a mail's wrapping.

A clinic's own words go into the wrapping as they are; a text with a file of its own here says something that
an e-mail cannot say in the same way, such as what to answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path

from offers import wordings
from offers.languages import LANGUAGES

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "mails"
# Wraps every text that has no file of its own; {text} is the text.
ANY = "any"
TEXT = "text"
_SUBJECT = "Subject:"
LONGEST_SUBJECT = 120


@dataclass(frozen=True, slots=True)
class Mailing:
    """Subject and words with their placeholders, and the version that names them."""

    subject: str
    body: str
    version: str


def of(*, name: str, language: str) -> Mailing:
    """How the text `name` goes by e-mail, in a language that the texts have."""
    return standard().get((name, language)) or standard()[ANY, language]


@once
def standard() -> dict[tuple[str, str], Mailing]:
    """Those of the files, by name and language. Read once, like the texts."""
    return {
        (path.stem, path.parent.name): _read(path.stem, path.parent.name, path.read_text("utf-8", "replace"))
        for path in sorted(FOLDER.glob("*/*.txt"))
    }


def faults() -> Iterator[str]:
    """Why an e-mail could not be made of these files, each reason a sentence that names the file."""
    files = standard()
    names = sorted({name for name, _ in files} | {ANY})
    for name in names:
        for language in LANGUAGES:
            place = f"templates/mails/{language}/{name}.txt"
            found = files.get((name, language))
            reasons = ["The file is missing."] if found is None else _faults(name, language, found)
            yield from (f"{place}: {reason}" for reason in reasons)


def _read(name: str, language: str, words: str) -> Mailing:
    head, _, body = words.strip().partition("\n")
    digest = hashlib.sha256(words.strip().encode()).hexdigest()[:8]
    subject = head.removeprefix(_SUBJECT).strip() if head.startswith(_SUBJECT) else ""
    return Mailing(subject, body.strip(), f"{name}/{language}/mail@{digest}")


def _faults(name: str, language: str, found: Mailing) -> list[str]:
    if name != ANY and name not in wordings.RULES:
        return ["Nothing is known of such a text."]
    needs = (TEXT,) if name == ANY else wordings.RULES[name].needs
    may = {TEXT} if name == ANY else set(wordings.RULES[name].may)
    used = set(wordings.placeholders(found.body))
    longest = wordings.fill(found.subject, {**wordings.LONGEST[language], "clinic": "x" * 20})
    reasons = [
        (not found.subject, "The first line must be its subject."),
        # Whoever glances at the phone of somebody else reads the subject.
        (
            set(wordings.placeholders(found.subject)) != {"clinic"},
            "The subject names the clinic only.",
        ),
        (len(longest) > LONGEST_SUBJECT, "The subject is too long."),
        (not used <= may, "It has a placeholder that stands for nothing there."),
        (not set(needs) <= used, f"It must name {', '.join(needs)}."),
    ]
    return [reason for is_so, reason in reasons if is_so]
