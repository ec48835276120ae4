"""Which words a text has: a clinic's own, else those of the file in its language, else the English ones."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from functools import cache as once
from functools import partial
from pathlib import Path

from django.core.cache import cache

from offers import wordings
from offers.languages import FALLBACK
from offers.models import ClinicText

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "texts"
# Every YES needs a text. A process asks the database for a clinic's words at most once in this time, and so
# uses words that another process has changed at most this much longer.
FRESH_SECONDS = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text with their placeholders, and the version that names them."""

    language: str
    body: str
    version: str


def of(*, name: str, language: str, clinic_id: int | None) -> Words:
    """The words of the text `name` for a patient who speaks `language`; raises KeyError: no such text."""
    files = standard()
    spoken = language if (name, language) in files else FALLBACK
    own = None if clinic_id is None else _own(clinic_id).get((name, spoken))
    return files[name, spoken] if own is None else Words(spoken, *own)


@once
def standard() -> dict[tuple[str, str], Words]:
    """The words of the files, by name and language. Read once: who changes a file starts the program anew."""
    return {
        (path.stem, path.parent.name): words(path.stem, path.parent.name, path.read_text("utf-8", "replace"))
        for path in sorted(FOLDER.glob("*/*.txt"))
    }


def words(name: str, language: str, body: str) -> Words:
    """The body, tidied, with its version."""
    tidied = wordings.tidy(body)
    digest = hashlib.sha256(tidied.encode()).hexdigest()[:8]
    return Words(language, tidied, f"{name}/{language}@{digest}")


def forget(clinic_id: int) -> None:
    """Let this process read the clinic's words anew; the others do so by themselves."""
    cache.delete(_key(clinic_id))


def _own(clinic_id: int) -> dict[tuple[str, str], tuple[str, str]]:
    """Body and version by name and language; plain strings, since the cache pickles what it keeps."""
    found = cache.get_or_set(_key(clinic_id), partial(_read, clinic_id), FRESH_SECONDS)
    return found or {}


def _key(clinic_id: int) -> str:
    return f"offers.words:{clinic_id}"


def _read(clinic_id: int) -> dict[tuple[str, str], tuple[str, str]]:
    """The clinic's words in use. Those that a newer program cannot fill give way to the standard ones."""
    found = {}
    for text in ClinicText.objects.filter(clinic_id=clinic_id, ended_at=None).order_by("pk"):
        if wordings.is_usable(name=text.name, body=text.body):
            found[text.name, text.language] = (text.body, text.version)
        else:
            logger.warning("clinic text %s cannot be filled any more", text.pk)
    return found
