"""The faults that make mutants seeds can still be seeded."""

from __future__ import annotations

from tests import mutants


def is_there(test: str) -> bool:
    """A file of tests, or one test in it."""
    file, *names = test.partition("[")[0].split("::")
    path = mutants.ROOT / file
    return path.is_file() and (not names or f"def {names[-1]}(" in path.read_text())


def test_every_fault_finds_its_place_and_its_test() -> None:
    faults = mutants.every_fault()
    assert len(faults) > 100
    assert [why for why in map(mutants.does_not_apply, faults) if why] == []
    assert [fault.test for fault in faults if not is_there(fault.test)] == []
