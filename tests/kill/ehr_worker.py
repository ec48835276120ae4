"""A worker of the EHR that dies once at a named step, by SIGKILL, and is replaced."""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import django

from tests.kill.worker import Step, die_at

STEPS = {
    "after a page came, before it is stored": Step("integrations.drchrono.syncing", "_read", nth=3),
    "with a page's records stored, before its mark": Step("integrations.drchrono.syncing", "_receive", nth=2),
    "with a page and its mark, before the commit": Step("integrations.drchrono.syncing", "_marked", nth=4),
    "after a page's commit": Step("integrations.drchrono.syncing", "turn_page", nth=4),
    "after a booking is claimed": Step("integrations.writing_back.sending", "claim"),
    "after a booking was taken, before it is known": Step("integrations.writing_back.sending", "call"),
    "with a booking settled": Step("integrations.writing_back.sending", "settle"),
}
PAUSE_SECONDS = 0.05


def hurry() -> None:
    """Leases that run out within the test."""
    from integrations.drchrono import syncing
    from integrations.writing_back import sending

    syncing.LEASE = timedelta(seconds=1)
    sending.LEASE = timedelta(seconds=1)


def work(step: Step, flag: Path) -> None:
    """Sweep for ever, as beat and the workers do."""
    from integrations import tasks

    hurry()
    die_at(step, flag)
    while True:
        tasks.sync_drchrono.run()
        tasks.sweep_messages.run()
        tasks.sweep_write_backs.run()
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "clinic_waitlist.settings"
    django.setup()
    work(STEPS[sys.argv[1]], Path(sys.argv[2]))
