"""What a text must hold, whoever wrote it: each rule refuses with its reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers import wordings, words

GOOD = "{clinic}: free {day} {time}. YES by {deadline} or NO. STOP to opt out"


def faults(body: str, *, name: str = "offer", language: str = "en") -> list[str]:
    return wordings.faults(name=name, language=language, body=body)


def test_words_that_keep_every_rule_have_no_fault() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("was", "becomes", "reason"),
    [
        ("{clinic}: ", "", "{clinic} is missing"),
        ("{day} ", "", "{day} is missing"),
        ("{time}", "at one", "{time} is missing"),
        ("{deadline}", "one", "{deadline} is missing"),
        ("YES by", "Answer by", "YES is missing"),
        ("YES by", "YESTERDAY by", "YES is missing"),
        (" or NO", "", "NO is missing"),
        ("STOP to opt out", "", "The STOP line is missing: write “STOP to opt out”."),
        ("STOP to opt out", "STOP by our office", "The STOP line is missing"),
        ("STOP to opt out", "Stop to opt out", "The STOP line is missing"),
        ("STOP to opt out", "NONSTOP to opt out", "The STOP line is missing"),
        ("STOP to opt out", "STOP para salir", "The STOP line is missing"),
        (
            "free",
            "free {reason}",
            "{reason} stands for nothing here. This text may use {clinic}, {phone}, {day}",
        ),
        ("free", "free {{day}}", "There is a brace that belongs to no placeholder."),
        ("free", "free }", "There is a brace that belongs to no placeholder."),
        ("free", "libre, sí", "Not in the alphabet of plain texts: í. Write i instead."),
        ("free", "“free”", 'Not in the alphabet of plain texts: “ ”. Write " " instead.'),
        ("free", "free 🎉", "Not in the alphabet of plain texts: 🎉."),
        (
            "free",
            "free " + "a" * 80,
            "Too long: on the longest names it is 2 segments, and one segment is the most.",
        ),
    ],
)
def test_words_that_break_a_rule_are_refused_with_the_reason(was: str, becomes: str, reason: str) -> None:
    assert was in GOOD
    assert any(found.startswith(reason) for found in faults(GOOD.replace(was, becomes)))


@pytest.mark.parametrize(
    "typed",
    [
        "{clinic.phone}",
        "{clinic[0]}",
        "{clinic!r}",
        "{clinic:>90}",
        "{}",
        "{0}",
        "{ clinic }",
        "{CLINIC}",
        "{__class__}",
        "{{ clinic }}",
        "{% load static %}",
        "{% debug %}",
        "${clinic}{",
        "%(clinic)s{",
    ],
)
def test_nothing_but_a_placeholders_name_is_read_in_braces(typed: str) -> None:
    assert faults(f"{GOOD}{typed}") != []


@pytest.mark.parametrize("typed", ["%(day)s", "$day", "<script>", "&lt;", "%s %d"])
def test_what_other_languages_would_read_is_only_sent(typed: str) -> None:
    body = f"{{clinic}}: {typed}"
    assert faults(body, name="declined") == []
    assert wordings.fill(body, {"clinic": "Lakeside", "day": "Monday"}) == f"Lakeside: {typed}"


def test_a_value_with_a_brace_is_no_placeholder() -> None:
    assert wordings.fill("{clinic} {day}", {"clinic": "{day}", "day": "{clinic}"}) == "{day} {clinic}"


def test_a_placeholder_is_only_for_texts_that_have_its_value() -> None:
    assert faults("{clinic}: thank you for {day}", name="declined") == [
        "{day} stands for nothing here. This text may use {clinic}, {phone}."
    ]


def test_spanish_words_may_have_two_segments_and_need_spanish_answers() -> None:
    body = GOOD.replace("YES", "SI").replace("to opt out", "para salir")
    assert faults(body, language="es") == []
    assert faults(body.replace("free", "a" * 150), language="es") == []
    assert faults(body.replace("free", "a" * 250), language="es") == [
        "Too long: on the longest names it is 3 segments, and 2 segments are the most."
    ]
    assert "SI is missing" in faults(body.replace("SI", "Si"), language="es")[0]


def test_a_name_longer_than_its_placeholder_is_what_counts() -> None:
    # 150 places as typed, and more on the longest names.
    body = "{clinic} " + "a" * 141
    assert len(body) == 150
    assert "Too long" in faults(body, name="declined")[0]


@given(st.text(max_size=400), st.sampled_from(list(wordings.RULES)), st.sampled_from(["en", "es"]))
def test_whatever_is_typed_is_answered_and_never_raises(body: str, name: str, language: str) -> None:
    found = faults(body, name=name, language=language)
    assert all(reason.strip() == reason and reason.endswith(".") for reason in found)
    if not found:
        assert wordings.is_usable(name=name, body=body)


@given(st.data())
def test_words_without_a_fault_can_be_filled(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(wordings.RULES)))
    pieces = [f"{{{key}}}" for key in wordings.RULES[name].may] + [
        "YES",
        "NO",
        "STOP to opt out",
        "START",
        " ",
        "x",
    ]
    body = " ".join(data.draw(st.lists(st.sampled_from(pieces), max_size=14)))
    if not faults(body, name=name):
        assert "{" not in wordings.fill(body, wordings.LONGEST["en"])


def test_words_are_kept_on_one_line() -> None:
    assert words.words("help", "en", " {clinic}:\r\n\tcall\u00a0us ").body == "{clinic}: call us"
