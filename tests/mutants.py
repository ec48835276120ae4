"""Seed one fault at a time into a copy of the project, and see whether its test notices.

python -m tests.mutants [--only NAME]
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from tests.faults import Fault

ROOT = Path(__file__).resolve().parent.parent
# Of the exit codes of pytest this one says that tests ran and some failed.
TESTS_FAILED = 1


def copy_to(folder: Path) -> None:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)  # noqa: S607
    for name in names.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")


def environment() -> dict[str, str]:
    """Ours, with a database of its own on the same server."""
    url = os.environ.get("DATABASE_URL", "")
    own = {"DATABASE_URL": re.sub(r"(\?|$)", r"_mutants\1", url, count=1)} if url else {}
    return {"RACES": "50", "SEARCH_DEPTH": "3", **os.environ, **own}


def run(folder: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--create-db"]
    command = [str(folder / ".venv/bin/python"), "-m", "pytest", *options, *tests]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)


@contextmanager
def seeded(folder: Path, fault: Fault) -> Iterator[None]:
    """The copy with the fault in it."""
    path = folder / fault.file
    sound = path.read_text()
    path.write_text(sound.replace(fault.old, fault.new))
    yield
    path.write_text(sound)


def does_not_apply(fault: Fault) -> str:
    """Why the fault cannot be made any more; "" where it can."""
    times = (ROOT / fault.file).read_text().count(fault.old)
    return "" if times == 1 else f"{fault.name}: {fault.file} holds the text to replace {times} times"


def is_caught(folder: Path, fault: Fault) -> bool:
    with seeded(folder, fault):
        result = run(folder, [fault.test])
    return result.returncode == TESTS_FAILED and re.search(r"\b[1-9]\d* failed", result.stdout) is not None


def survivors(folder: Path, faults: list[Fault]) -> list[str]:
    survived = []
    for fault in faults:
        caught = is_caught(folder, fault)
        sys.stdout.write(
            f"{'caught' if caught else 'SURVIVED':10}{fault.name:50}{fault.test.split('::')[1]}\n"
        )
        sys.stdout.flush()
        survived += [] if caught else [fault.name]
    return survived


def every_fault() -> list[Fault]:
    """Those of every module beside this one that is named after faults."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("faults*.py"))
    return [fault for name in names for fault in import_module(f"tests.{name}").FAULTS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="the name of one fault, or a part of it")
    wanted = parser.parse_args().only or ""
    faults = [fault for fault in every_fault() if wanted in fault.name]
    if stale := [why for why in map(does_not_apply, faults) if why]:
        # Before an hour of tests, and all of them at once.
        sys.exit("\n".join(stale))
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        copy_to(folder)
        sound = run(folder, sorted({fault.test for fault in faults}))
        if sound.returncode != 0:
            sys.exit(f"the tests fail without any fault:\n{sound.stdout[-3000:]}{sound.stderr[-3000:]}")
        survived = survivors(folder, faults)
    sys.stdout.write(f"{len(faults) - len(survived)} of {len(faults)} faults were caught\n")
    sys.exit(bool(survived))


if __name__ == "__main__":
    main()
