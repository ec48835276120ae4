"""A text that does not render is found when the program starts, never when it is sent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from clinic_waitlist import embedded
from offers import wordings, words
from offers.models import ClinicText
from tests.factories import ClinicFactory


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The texts' files, for once to be changed."""
    for (name, language), said in words.standard().items():
        (tmp_path / language).mkdir(exist_ok=True)
        (tmp_path / language / f"{name}.txt").write_text(said.body)
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    monkeypatch.setattr(words, "standard", words.standard.__wrapped__)
    return tmp_path


def complaint() -> str:
    with pytest.raises(SystemCheckError) as refused:
        call_command("check")
    return str(refused.value)


def test_the_texts_as_they_are_pass(folder: Path) -> None:
    call_command("check")
    assert len(list(folder.glob("*/*.txt"))) == 2 * len(wordings.RULES)


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("en/help", "{clinic}: call {phone", "a brace that belongs to no placeholder"),
        ("en/help", "{clinic}: call {fone}. STOP to opt out", "{fone} stands for nothing here"),
        ("es/help", "{clinic}: llame {phone}", "The STOP line is missing"),
        ("en/taken", "{{ clinic }}: {% if x %}", "a brace that belongs to no placeholder"),
        ("en/declined", "{clinic}: " + "a" * 160, "Too long"),
        ("es/declined", "{clinic}: aquí", "Not in the alphabet of plain texts: í"),
        ("en/nonsense", "{clinic}", "Nothing is known of such a text"),
        ("fr/help", "{clinic} {phone}", "Nothing is known of such a text"),
    ],
)
def test_a_file_that_may_not_be_sent_stops_the_start(folder: Path, name: str, body: str, reason: str) -> None:
    path = folder / f"{name}.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(body)
    said = complaint()
    assert f"(offers.E001) templates/texts/{name}.txt: " in said
    assert reason in said


def test_a_file_that_is_missing_or_no_text_at_all_stops_the_start(folder: Path) -> None:
    (folder / "en" / "help.txt").unlink()
    (folder / "es" / "help.txt").write_bytes(b"{clinic} {phone} \xff\xfe")
    assert "templates/texts/en/help.txt: The file is missing." in complaint()
    assert "templates/texts/es/help.txt: Not in the alphabet" in complaint()


@pytest.mark.django_db(transaction=True)
def test_a_server_does_not_start_with_a_text_that_may_not_be_sent(folder: Path) -> None:
    embedded.check()
    (folder / "en" / "offer.txt").write_text("{clinic}: come at {noon}")
    with pytest.raises(SystemExit, match=r"offers\.E001\) templates/texts/en/offer\.txt: {noon} stands for"):
        embedded.check()


@pytest.mark.django_db
def test_own_words_that_todays_rules_refuse_are_a_warning(
    capsys: pytest.CaptureFixture[str], now: datetime
) -> None:
    old: dict[str, Any] = {"clinic": ClinicFactory(), "language": "en", "changed_by": "alice", "since": now}
    texts = [
        ClinicText.objects.create(**old, name="help", body="{clinic} {phone}"),
        ClinicText.objects.create(**old, name="gone", body="{clinic}"),
        ClinicText.objects.create(**old, name="taken", body="", ended_at=now),
    ]
    call_command("check", databases=["default"])
    said = capsys.readouterr().err
    assert f"(offers.W001) clinic text {texts[0].pk}: The STOP line is missing" in said
    assert f"(offers.W001) clinic text {texts[1].pk}: There is no such text any more." in said
    assert f"clinic text {texts[2].pk}" not in said
