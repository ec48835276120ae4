"""Every golden message through the door: its answer, and what has become of our calendar."""

from __future__ import annotations

import re

import pytest

from clinic.models import Appointment, Patient
from integrations import codes
from integrations.codes import Meaning
from integrations.facts import Code
from integrations.models import CodeKind, FeedMessage, Parked, Source
from tests.integrations.hl7 import goldens
from tests.integrations.hl7.conftest import Send
from tests.integrations.hl7.goldens import Golden

pytestmark = pytest.mark.django_db


def as_set_up(source: Source, golden: Golden) -> None:
    """The source with the settings that the golden message was written for."""
    source.timezone = str(golden.zone)
    source.placer_is_constant = golden.settings.placer_is_constant
    source.receiver = golden.settings.receiver
    source.save(update_fields=["timezone", "placer_is_constant", "receiver"])
    for word, standing in golden.settings.statuses.items():
        meaning = Meaning(standing=standing.value)
        code = Code(value=word)
        codes.say(source=source, kind=CodeKind.STATUS, code=code, meaning=meaning, by="m", now=golden.said_at)


def visits() -> list[str]:
    return [visit_line(visit) for visit in Appointment.objects.order_by("pk")]


def visit_line(visit: Appointment) -> str:
    minutes = (visit.ends_at - visit.starts_at).total_seconds() / 60
    said = f"{visit.status} {visit.starts_at:%Y-%m-%d %H:%M}, {minutes:.0f} min"
    if visit.offer_from is None:
        return said
    return said + (", staff are asked" if visit.ask_first else ", offered after 90 s")


def patients() -> list[str]:
    rows = Patient.objects.order_by("pk")
    return [" ".join((row.first_name, row.last_name, row.phone, row.language, row.status)) for row in rows]


def effect() -> dict[str, list[str]]:
    parked = [f"{row.why} {row.place}" for row in Parked.objects.order_by("pk")]
    return {"visits": visits(), "parked": parked, "patients": patients()}


@pytest.mark.parametrize("golden", goldens.ALL, ids=goldens.NAMES)
def test_a_golden_message_has_the_effect_beside_it(golden: Golden, source: Source, send: Send) -> None:
    as_set_up(source, golden)
    for name in golden.expected.get("after", []):
        send(goldens.load(name))
    answer = send(golden)
    expected = golden.expected["effect"]
    found = effect()
    assert {name: found[name] for name in expected} == expected
    assert " ".join(re.findall(r"\rMSA.(\w\w)", answer.ack.decode("latin-1"))) == golden.expected["ack"]
    assert re.findall(r"\rERR.*?(\d{3})\W", answer.ack.decode("latin-1")) == [
        code for code in [golden.expected.get("err")] if code
    ]


# One of each kind: what makes them differ lies before the row of the message.
AGAIN = [
    "s12_book",
    "s13_move",
    "s15_cancel",
    "s26_no_show",
    "s23_block",
    "orm_cancel",
    "a08_dead",
    "a40_merge",
]
AGAIN += ["batch", "s12_without_time", "oru_unsupported", "not_hl7"]


@pytest.mark.parametrize("golden", [goldens.load(name) for name in AGAIN], ids=AGAIN)
def test_a_golden_message_that_comes_again_changes_nothing(
    golden: Golden, source: Source, send: Send
) -> None:
    as_set_up(source, golden)
    for name in golden.expected.get("after", []):
        send(goldens.load(name))
    first = send(golden)
    before, rows = effect(), FeedMessage.objects.count()
    again = send(golden)
    assert (effect(), FeedMessage.objects.count()) == (before, rows)
    assert again.verdict is first.verdict
