"""The listener's command, killed with SIGKILL once: after its first commit, and before the answer.

    python -m tests.integrations.hl7.killed FLAG_FILE ARGUMENTS OF hl7_listen

The flag file is left behind at that moment; with it the listener lives on. Production code has no hook for
it: the function that commits is wrapped here.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import django


def main(flag: Path, arguments: list[str]) -> None:
    django.setup()
    from django.core.management import call_command

    from integrations import receiving

    receive = receiving.receive

    def receive_and_die(**said: Any) -> Any:
        arrived = receive(**said)
        if not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return arrived

    receiving.receive = receive_and_die
    call_command("hl7_listen", *arguments)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
