"""Prints every figure that the project promises, beside its target and its floor.

python -m bench [--only offering|webhook|sending|answers|boards|reminders|hl7|growth]
"""

from __future__ import annotations

import argparse
import signal
import sys

from bench.stage import prepared

PARTS = ("offering", "webhook", "sending", "answers", "boards", "reminders", "hl7", "growth")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part; may be repeated")
    parts = parser.parse_args().only or PARTS
    # However the bench is stopped, the processes that it started are stopped too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    with prepared() as stage:
        # Django is set up now, with the settings of the stage.
        from bench import run

        missed = run.measure(stage, parts)
    sys.stdout.write(f"{missed} missed.\n" if missed else "Every target is met.\n")


if __name__ == "__main__":
    main()
