"""The words of e-mail: each in both languages, with nothing private in what is seen without opening it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import checks
from django.utils import timezone

from core.channels import Channel
from messaging import checks as mail_checks
from offers import mailings, texts, wordings
from offers.languages import LANGUAGES
from offers.mailings import Mailing
from tests.factories import CancellationFactory

WRITTEN = [name for name, rule in wordings.RULES.items() if not rule.is_spoken]
EVERY = [(name, language) for name in WRITTEN for language in LANGUAGES]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_text_can_be_an_e_mail_in_both_languages(name: str, language: str) -> None:
    slot = CancellationFactory(clinic__sms_name="Riverside", provider__name="Dr. Gray")
    until = timezone.now() + timedelta(minutes=7)
    made = texts.compose(
        name, language=language, clinic=slot.clinic, slot=slot, until=until, channel=Channel.EMAIL
    )
    assert made.subject.startswith("Riverside: ")
    assert made.language == language
    for private in ("{", "Dr. Gray", slot.visit_type.name, "STOP"):
        assert private not in made.subject
    assert "{" not in made.body.replace("{link}", "")
    assert f"/{language}/mail@" in made.version


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_an_e_mail_asks_for_no_texted_word(name: str, language: str) -> None:
    """Nobody reads answers to an e-mail: its page has buttons."""
    found = mailings.of(name=name, language=language)
    asks = bool(wordings.RULES[name].answers or wordings.RULES[name].has_stop_line)
    assert asks == (mailings.TEXT not in wordings.placeholders(found.body)) or name in OWN_ALL_THE_SAME


# Of these the text says "this number" or "we will text you".
OWN_ALL_THE_SAME = ("no_open_offer", "standby", "wrong_number")


def test_the_files_have_no_fault_and_the_start_says_so() -> None:
    assert list(mailings.faults()) == []
    assert [found for found in checks.run_checks() if found.id in ("offers.E002", "messaging.E001")] == []


@pytest.mark.parametrize(
    ("mailing", "reason"),
    [
        (Mailing("", "{clinic} {day} {time} {deadline}", "v"), "its subject"),
        (Mailing("{clinic}: {day}", "{clinic} {day} {time} {deadline}", "v"), "the clinic only"),
        (Mailing("Hello", "{clinic} {day} {time} {deadline}", "v"), "the clinic only"),
        (Mailing("{clinic}", "{clinic} {day} {time}", "v"), "must name"),
        (Mailing("{clinic}", "{clinic} {day} {time} {deadline} {patient}", "v"), "stands for nothing"),
    ],
)
def test_a_file_that_breaks_a_rule_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, mailing: Mailing, reason: str
) -> None:
    files = {**mailings.standard(), ("offer", "es"): mailing}
    monkeypatch.setattr(mailings, "standard", lambda: files)
    (fault,) = list(mailings.faults())[:1]
    assert fault.startswith("templates/mails/es/offer.txt: ")
    assert reason in fault


def test_a_language_that_a_mail_lacks_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {key: found for key, found in mailings.standard().items() if key != ("taken", "es")}
    monkeypatch.setattr(mailings, "standard", lambda: files)
    assert list(mailings.faults()) == ["templates/mails/es/taken.txt: The file is missing."]


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% nonsense %}", "not a template"),
        ("{% autoescape off %}{{ body }}{% endautoescape %}", "one link"),
        ("{{ answer }} {{ stop }}", "words"),
    ],
)
def test_a_frame_without_words_or_links_stops_the_start(settings: Any, template: str, reason: str) -> None:
    loaders = [
        ("django.template.loaders.locmem.Loader", {f"mail/{code}.txt": template for code in LANGUAGES})
    ]
    options = {"loaders": loaders, "string_if_invalid": ""}
    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": options}
    settings.TEMPLATES = [engine]
    found = mail_checks.frames_of_mails()
    assert len(found) == len(LANGUAGES)
    assert all(reason in str(error.msg) for error in found)
