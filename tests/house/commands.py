"""Runs the project's own programs as people do: in a process of their own, with a given environment."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz"
NOWHERE = "postgres://nobody@127.0.0.1:1/none"
PRODUCTION = {
    "DATABASE_URL": NOWHERE,
    "ENV_FILE": "none",
    "PUBLIC_URL": "https://waitlist.example.org",
    "SECRET_KEY": SECRET,
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "a-token",
    "TWILIO_PHONE_NUMBER": "+15005550006",
}


def environment(**settings: str) -> dict[str, str]:
    """What a shell has, and these settings; nothing of the test run leaks in."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, **settings}


def database_url() -> str:
    """The address of the database of this test."""
    database = connection.settings_dict
    login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}" if database["USER"] else ""
    host = f"{quote(database['HOST'], safe='')}:{database['PORT'] or 5432}"
    return f"postgres://{login}@{host}/{database['NAME']}"


def manage(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    env = environment(**settings)
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def settings_in(*names: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Print the named settings, one a line, as a process with this environment sees them."""
    code = "from clinic_waitlist import settings as s\n" + "\n".join(f"print(s.{name})" for name in names)
    command = [sys.executable, "-c", code]
    env = environment(**settings)
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
