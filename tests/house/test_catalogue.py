"""The Spanish catalogue is fresh: every word that a page may say is translated, and compiled as committed."""

from __future__ import annotations

import gettext
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "locale" / "es" / "LC_MESSAGES" / "django.po"
COMPILED = SOURCE.with_suffix(".mo")
# Where `make messages` looks.
FOLDERS = (
    *("core", "clinic", "waitlist", "messaging", "offers", "outreach", "integrations", "staff", "api", "ops"),
    *("clinic_waitlist", "templates"),
)
Words = dict[object, str]

pytestmark = pytest.mark.skipif(not shutil.which("msginit"), reason="gettext is not installed")


def run(*command: str, cwd: Path) -> bytes:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, check=True).stdout


def words_of(compiled: Path) -> Words:
    """A catalogue as {id, or (id, number) where there are several: words}, without its head."""
    with compiled.open("rb") as file:
        words: Words = dict(vars(gettext.GNUTranslations(file))["_catalog"])
    return {key: translated for key, translated in words.items() if key != ""}


def ids_of(words: Words) -> set[object]:
    return {key[0] if isinstance(key, tuple) else key for key in words}


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> set[object]:
    """What the sources mark, gathered as `make messages` does, in a copy of them."""
    copy = tmp_path_factory.mktemp("sources")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("*.pyc", "migrations"))
    (copy / "locale").mkdir()
    gather = ("makemessages", "--locale", "es", "--extension", "html,py", "--keep-pot", "--verbosity", "0")
    run(sys.executable, "-m", "django", *gather, cwd=copy)
    english = ("--no-translator", "--locale", "en", "--output-file", "english.po")
    run("msginit", "--input", "locale/django.pot", *english, cwd=copy)
    run("msgfmt", "-o", "english.mo", "english.po", cwd=copy)
    return ids_of(words_of(copy / "english.mo"))


def test_the_catalogue_has_the_words_that_are_marked_and_no_others(marked: set[object]) -> None:
    translated = ids_of(words_of(COMPILED))
    assert len(marked) > 400
    assert sorted(map(str, marked - translated)) == [], "not translated: make messages"
    assert sorted(map(str, translated - marked)) == [], "not used any more: make messages"


def test_the_compiled_catalogue_is_that_of_its_source(tmp_path: Path) -> None:
    run("msgfmt", "-o", "es.mo", str(SOURCE), cwd=tmp_path)
    assert words_of(COMPILED) == words_of(tmp_path / "es.mo")
    assert [key for key, words in words_of(COMPILED).items() if not words] == []


def test_placeholders_agree_and_nothing_is_a_guess_or_left_over(tmp_path: Path) -> None:
    # It ends with an error where a placeholder is missing or is not in the English.
    run("msgfmt", "--check", "-o", "es.mo", str(SOURCE), cwd=tmp_path)
    lines = SOURCE.read_text().splitlines()
    assert [
        line for line in lines if line.startswith("#~") or (line.startswith("#,") and "fuzzy" in line)
    ] == []
