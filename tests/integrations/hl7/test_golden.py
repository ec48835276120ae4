"""Every golden message is read into the facts that stand beside it, or waits for a person for that reason."""

from __future__ import annotations

import pytest

from integrations.facts import Park
from tests.integrations.hl7 import goldens
from tests.integrations.hl7.goldens import Golden

SAY_SOMETHING = [golden for golden in goldens.ALL if "facts" in golden.expected]
WAIT = [golden for golden in goldens.ALL if "park" in golden.expected]


def named(golden: Golden) -> str:
    return golden.name


@pytest.mark.parametrize("golden", SAY_SOMETHING, ids=named)
def test_a_golden_message_says_what_stands_beside_it(golden: Golden) -> None:
    assert [goldens.plain(fact) for fact in golden.read()] == golden.expected["facts"]


@pytest.mark.parametrize("golden", WAIT, ids=named)
def test_a_golden_message_waits_for_the_reason_beside_it(golden: Golden) -> None:
    with pytest.raises(Park) as parked:
        golden.read()
    code = parked.value.code.value if parked.value.code else None
    said = {"why": str(parked.value.why), "where": parked.value.where} | ({"code": code} if code else {})
    assert said == golden.expected["park"]


def test_each_golden_message_has_one_outcome_and_there_are_enough_of_them() -> None:
    assert {golden.name for golden in SAY_SOMETHING} & {golden.name for golden in WAIT} == set()
    assert len(SAY_SOMETHING) + len(WAIT) == len(goldens.ALL) >= 60


@pytest.mark.parametrize("trigger", ["S12", "S13", "S14", "S15", "S16", "S17", "S23", "S24", "S26"])
def test_every_scheduling_event_has_a_golden_message(trigger: str) -> None:
    assert any(f"SIU^{trigger}^".encode() in golden.body for golden in goldens.ALL)
