"""What gunicorn does besides serving: its processes count side by side, and each of them can tell of all.

Named by the Procfile. Read by the master before it forks; the workers import the metrics after that.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

_PLACE = "PROMETHEUS_MULTIPROC_DIR"
_made: list[str] = []


def on_starting(server: Any) -> None:
    """A new folder for each start: what an earlier run has counted would be added to this one's.

    In a folder that the operator has named others count as well, such as hl7_listen; theirs stays while
    they live.
    """
    if _PLACE not in os.environ:
        _made.append(tempfile.mkdtemp(prefix="clinic_waitlist-metrics-"))
        os.environ[_PLACE] = _made[0]
        return
    place = Path(os.environ[_PLACE])
    place.mkdir(parents=True, exist_ok=True)
    for counts in place.glob("*_*.db"):
        if not _lives(counts.stem.rpartition("_")[2]):
            counts.unlink(missing_ok=True)


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True  # somebody else's
    return True


def on_exit(server: Any) -> None:
    """Leave nothing behind; a folder that the operator has named stays."""
    for place in _made:
        shutil.rmtree(place, ignore_errors=True)
