#!/usr/bin/env python
"""Runs the management commands; `make help` names what people need."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_waitlist.settings")
    execute_from_command_line(sys.argv)
