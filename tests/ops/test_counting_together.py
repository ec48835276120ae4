"""Processes that count into one folder: those that live are added up, those that are gone are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clinic_waitlist import gunicorn


def test_at_the_start_what_processes_counted_that_are_gone_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    names = [
        f"histogram_{os.getpid()}.db",
        f"histogram_{gone.pid}.db",
        f"gauge_max_{gone.pid}.db",
        "note.txt",
    ]
    for name in names:
        (tmp_path / name).touch()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    gunicorn.on_starting(None)
    assert sorted(path.name for path in tmp_path.iterdir()) == [names[0], "note.txt"]


def test_a_folder_that_is_named_and_not_there_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "counts"))
    gunicorn.on_starting(None)
    assert (tmp_path / "counts").is_dir()
