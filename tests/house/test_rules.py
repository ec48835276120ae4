"""Every rule of texting has a test that carries its number, so that a reader finds what holds it."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
# A number that is no rule's is a slip of the pen.
RULES = set(range(1, 26))
_NAMED = re.compile(r"^\s*(?:def test_rule_|class TestRule)(\d+)", re.MULTILINE)


def test_every_rule_of_texting_has_a_test_named_after_it_and_no_other_number_has() -> None:
    found = {int(rule) for path in TESTS.rglob("test_*.py") for rule in _NAMED.findall(path.read_text())}
    assert found == RULES
