"""Reads the environment and `.env`. A wrong setting stops the start with one line that names it."""

import base64
import datetime
import hashlib
import hmac
import os
import re
import secrets
import zoneinfo
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
EXAMPLE_SECRET_KEY = "example-key-replace-it-before-anybody-relies-on-this-server"  # noqa: S105 - refused in production
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
YES = {"true", "yes", "on", "1"}
NO = {"false", "no", "off", "0"}

_env = environ.Env()


class SettingError(SystemExit):
    """Ends the process with status 1 and one line; never carries the value, which may be a secret."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"Setting {name}: {expected}")


def load_file() -> None:
    """Add what `.env` (or the file that `ENV_FILE` names) says; the environment itself wins.

    The demo ignores the file: it may hold real credentials, and the demo's patients have invented numbers.
    """
    path = BASE_DIR / os.environ.get("ENV_FILE", ".env")
    if path.is_file() and not flag("DEMO", default=False):
        _env.read_env(path, overwrite=False)


def text(name: str, *, default: str = "") -> str:
    return str(_env.str(name, default="")).strip() or default


def flag(name: str, *, default: bool) -> bool:
    raw = text(name).lower()
    if raw in YES:
        return True
    if raw in NO:
        return False
    if raw:
        raise SettingError(name, "expected true or false.")
    return default


def whole(name: str, *, default: int, low: int, high: int) -> int:
    raw = text(name, default=str(default))
    if not re.fullmatch(r"\d{1,9}", raw) or not low <= int(raw) <= high:
        raise SettingError(name, f"expected a whole number from {low} to {high}.")
    return int(raw)


def number(name: str, *, default: float, low: float, high: float) -> float:
    raw = text(name, default=str(default))
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", raw) or not low <= float(raw) <= high:
        raise SettingError(name, f"expected a number from {low:g} to {high:g}.")
    return float(raw)


def time_of_day(name: str, *, default: str) -> datetime.time:
    raw = text(name, default=default)
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", raw):
        raise SettingError(name, "expected a time of day such as 08:00.")
    return datetime.time.fromisoformat(raw)


def contact_hours() -> tuple[datetime.time, datetime.time]:
    """The daily window, in a clinic's own zone, in which patients may be texted."""
    start = time_of_day("CONTACT_HOURS_START", default="08:00")
    end = time_of_day("CONTACT_HOURS_END", default="20:00")
    if start >= end:
        raise SettingError("CONTACT_HOURS_END", "expected a time of day after CONTACT_HOURS_START.")
    return start, end


def retention() -> datetime.timedelta | None:
    """After how long the words of a text are emptied; None: never. Twilio's API knows a text for 400 days."""
    days = whole("MESSAGE_RETENTION_DAYS", default=90, low=0, high=390)
    return datetime.timedelta(days=days) if days else None


def encryption_keys(*, secret_key: str, derived: bool) -> list[str]:
    """The keys that seal what rests here, the newest first; for a try-out one derived from the secret key."""
    keys = [part.strip() for part in text("FIELD_ENCRYPTION_KEYS").split(",") if part.strip()]
    for key in keys:
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}=", key):
            raise SettingError("FIELD_ENCRYPTION_KEYS", "expected Fernet keys of 44 characters, with commas.")
    if keys or not derived:
        return keys
    made = hmac.new(secret_key.encode(), b"sealing", hashlib.sha256).digest()
    return [base64.urlsafe_b64encode(made).decode()]


def timezone() -> str:
    name = text("TIMEZONE", default="America/Chicago")
    if name not in zoneinfo.available_timezones():
        raise SettingError("TIMEZONE", "expected a zone of the IANA list such as America/Chicago.")
    return name


def secret_key(*, debug: bool, demo: bool) -> str:
    key = text("SECRET_KEY")
    if debug:
        return key or EXAMPLE_SECRET_KEY
    if demo and not key:
        return _demo_secret_key()
    if not key:
        raise SettingError(
            "SECRET_KEY",
            "is missing; expected 50 or more random characters (or DEBUG=true).",
        )
    if key == EXAMPLE_SECRET_KEY or len(key) < 50 or len(set(key)) < 5:
        raise SettingError("SECRET_KEY", "expected 50 or more random characters, not the example.")
    return key


def _demo_secret_key() -> str:
    """A random key of this checkout, kept so that sessions survive a restart of the demo."""
    path = BASE_DIR / ".data" / "demo_secret_key"
    path.parent.mkdir(exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip() or EXAMPLE_SECRET_KEY
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(60))
    return path.read_text()


def web_address(name: str, *, default: str = "") -> str:
    """An http(s) address without path, query or trailing slash; `""` where the setting is empty."""
    raw = text(name, default=default).rstrip("/")
    if not raw:
        return ""
    parts = urlsplit(raw)
    try:
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        port_is_fine = False
    bare = not (parts.path or parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("http", "https") or not parts.hostname or not bare or not port_is_fine:
        raise SettingError(name, "expected an address such as https://waitlist.example.org, without a path.")
    return raw


def is_loopback(address: str) -> bool:
    return urlsplit(address).hostname in LOOPBACK_HOSTS


def public_url(*, debug: bool, port: int) -> str:
    address = web_address("PUBLIC_URL", default=f"http://127.0.0.1:{port}")
    if not debug and address.startswith("http:") and not is_loopback(address):
        raise SettingError("PUBLIC_URL", "expected https; plain http is for a loopback address only.")
    return address


def allowed_hosts(address: str) -> list[str]:
    """The host of the public address; a loopback address goes by all its names."""
    host = urlsplit(address).hostname or ""
    return ["127.0.0.1", "localhost", "[::1]"] if is_loopback(address) else [host]


def log_level() -> str:
    level = text("LOG_LEVEL", default="INFO").upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise SettingError("LOG_LEVEL", "expected debug, info, warning or error.")
    return level


def push_address(name: str) -> str:
    raw = text(name)
    if raw and not re.fullmatch(r"https?://[^\s/]+/\S+", raw):
        raise SettingError(name, "expected the address of a topic such as https://ntfy.sh/my-topic.")
    return raw


def redis_url() -> str:
    raw = text("REDIS_URL")
    if raw and not re.match(r"(rediss?|unix)://\S+$", raw):
        raise SettingError("REDIS_URL", "expected redis://host:port/number, or nothing.")
    return raw


def broker_options(*, redis: bool) -> dict[str, Any]:
    """How the broker is spoken to: never for long, since a row waits for the sweep anyway."""
    if redis:
        # A wake-up that is lost costs a sweep, so the broker keeps no account of who has taken which one.
        once = {"ack_emulation": False, "max_retries": 1}
        return {"socket_timeout": 5, "socket_connect_timeout": 1, "socket_keepalive": True, **once}
    # Seconds between two looks at the queues in memory; the default is a whole second.
    return {"polling_interval": 0.005}


def database() -> dict[str, Any]:
    """The database for Django: `DATABASE_URL`, or the embedded server, which it starts or adopts."""
    url = text("DATABASE_URL")
    if not url:
        from clinic_waitlist import embedded_postgres

        url = embedded_postgres.url()
    expected = "expected postgres://user:password@host:port/name."
    if not re.match(r"(postgres|postgresql|psql)://\S+$", url):
        raise SettingError("DATABASE_URL", expected)
    try:
        found: dict[str, Any] = dict(environ.Env.db_url_config(url))
    except (ValueError, environ.ImproperlyConfigured):
        raise SettingError("DATABASE_URL", expected) from None
    if not found.get("NAME"):
        raise SettingError("DATABASE_URL", expected)
    return {**found, "HOST": unquote(found["HOST"])}


class Twilio:
    """Credentials of the messaging provider, or those the simulated phones sign with."""

    def __init__(self, *, debug: bool, secret_key: str) -> None:
        self.account_sid = text("TWILIO_ACCOUNT_SID")
        self.auth_tokens = [part.strip() for part in text("TWILIO_AUTH_TOKEN").split(",") if part.strip()]
        self.phone_number = text("TWILIO_PHONE_NUMBER")
        self.messaging_service_sid = text("TWILIO_MESSAGING_SERVICE_SID")
        self.offer_sender = text("TWILIO_OFFER_SENDER")
        self.voice_number = text("TWILIO_VOICE_NUMBER")
        self.calls = flag("VOICE_CALLS", default=False)
        self.api_base_url = web_address("TWILIO_API_BASE_URL")
        self.is_mock = flag("USE_MOCK_TWILIO", default=not (self.account_sid or self.auth_tokens))
        if self.api_base_url and not debug and not is_loopback(self.api_base_url):
            raise SettingError("TWILIO_API_BASE_URL", "expected a loopback address, or DEBUG=true.")
        if self.is_mock:
            self._derive(secret_key)
        self.voice_number = self.voice_number or self.phone_number
        self._check()
        self._check_voice()

    def _derive(self, secret_key: str) -> None:
        def derived(purpose: str) -> str:
            return hmac.new(secret_key.encode(), purpose.encode(), hashlib.sha256).hexdigest()[:32]

        self.account_sid = self.account_sid or "AC" + derived("simulated account")
        self.auth_tokens = self.auth_tokens or [derived("simulated token")]
        if not self.messaging_service_sid:
            self.phone_number = self.phone_number or "+15005550006"

    def _check(self) -> None:
        if not re.fullmatch(r"AC[0-9a-fA-F]{32}", self.account_sid):
            raise SettingError("TWILIO_ACCOUNT_SID", "expected AC and 32 hexadecimal digits.")
        if not self.auth_tokens:
            raise SettingError("TWILIO_AUTH_TOKEN", "is missing; expected one token, or several with commas.")
        if not self.phone_number and not self.messaging_service_sid:
            raise SettingError(
                "TWILIO_PHONE_NUMBER",
                "is missing; expected +15551234567 or a service.",
            )
        if self.phone_number and not re.fullmatch(r"\+[1-9]\d{6,14}", self.phone_number):
            raise SettingError("TWILIO_PHONE_NUMBER", "expected a number such as +15551234567.")
        if self.messaging_service_sid and not re.fullmatch(r"MG[0-9a-fA-F]{32}", self.messaging_service_sid):
            raise SettingError("TWILIO_MESSAGING_SERVICE_SID", "expected MG and 32 hexadecimal digits.")
        if self.offer_sender and not re.fullmatch(r"\+[1-9]\d{6,14}|MG[0-9a-fA-F]{32}", self.offer_sender):
            raise SettingError("TWILIO_OFFER_SENDER", "expected a number such as +15551234567, or a service.")

    def _check_voice(self) -> None:
        if self.voice_number and not re.fullmatch(r"\+[1-9]\d{6,14}", self.voice_number):
            raise SettingError("TWILIO_VOICE_NUMBER", "expected a number such as +15551234567.")
        if self.calls and not self.voice_number:
            raise SettingError("TWILIO_VOICE_NUMBER", "is missing; VOICE_CALLS needs a number to call from.")
