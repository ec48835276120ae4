"""What gunicorn does besides serving: its processes count side by side, and each of them can tell of all.

Named by the Procfile. Read by the master before it forks; the workers import the metrics after that.
"""

import os
import shutil
import tempfile
from typing import Any

_PLACE = "PROMETHEUS_MULTIPROC_DIR"
_made: list[str] = []


def on_starting(server: Any) -> None:
    """A new folder for each start: what an earlier run has counted would be added to this one's."""
    if _PLACE not in os.environ:
        _made.append(tempfile.mkdtemp(prefix="clinic_waitlist-metrics-"))
        os.environ[_PLACE] = _made[0]


def on_exit(server: Any) -> None:
    """Leave nothing behind; a folder that the operator has named stays."""
    for place in _made:
        shutil.rmtree(place, ignore_errors=True)
