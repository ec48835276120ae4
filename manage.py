#!/usr/bin/env python
"""Runs the management commands; `make help` names what people need."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_waitlist.settings")
    try:
        execute_from_command_line(sys.argv)
    except SystemExit as end:
        # One word for every failure: argparse has a 2 of its own.
        sys.exit(min(end.code, 1) if isinstance(end.code, int) else end.code)
