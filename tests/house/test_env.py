"""A setting that is missing or malformed stops the start with one line that names it."""

import pytest

from tests.house.commands import PRODUCTION, manage, settings_in

MALFORMED = [
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "short"),
    ("SECRET_KEY", "example-key-replace-it-before-anybody-relies-on-this-server"),
    ("DEBUG", "perhaps"),
    ("PUBLIC_URL", "waitlist.example.org"),
    ("PUBLIC_URL", "http://waitlist.example.org"),
    ("PUBLIC_URL", "https://waitlist.example.org/path"),
    ("PORT", "0"),
    ("DATABASE_URL", "sqlite:///db.sqlite3"),
    ("DATABASE_URL", "postgres://u:p@host:port/name"),
    ("REDIS_URL", "localhost:6379"),
    ("TWILIO_ACCOUNT_SID", "AC123"),
    ("TWILIO_AUTH_TOKEN", ""),
    ("TWILIO_PHONE_NUMBER", ""),
    ("TWILIO_PHONE_NUMBER", "555-0100"),
    ("TWILIO_MESSAGING_SERVICE_SID", "MG1"),
    ("TWILIO_OFFER_SENDER", "555-0100"),
    ("TWILIO_VOICE_NUMBER", "555-0100"),
    ("VOICE_CALLS", "sometimes"),
    ("TWILIO_TEXTS_PER_SECOND", "-1"),
    ("TWILIO_API_BASE_URL", "https://elsewhere.example.org"),
    ("NTFY_URL", "my-topic"),
    ("EMAIL_URL", "mail.example.org:587"),
    ("EMAIL_URL", "smtp://user:password@mail.example.org"),
    ("EMAIL_URL", "pigeon://token@api"),
    ("EMAIL_FROM", "the clinic"),
    ("EMAIL_WEBHOOK_SECRET", "short"),
    ("WHATSAPP_SENDER", "555-0100"),
    ("BATCH_SIZE", "0"),
    ("BATCH_SIZE", "three"),
    ("HOLD_MINUTES", "nan"),
    ("HOLD_MINUTES", "0"),
    ("GRACE_SECONDS", "-1"),
    ("CONTACT_HOURS_START", "8"),
    ("CONTACT_HOURS_END", "07:00"),
    ("TIMEZONE", "Central"),
    ("MESSAGE_RETENTION_DAYS", "401"),
    ("MESSAGE_RETENTION_DAYS", "for ever"),
    ("FIELD_ENCRYPTION_KEYS", "too-short"),
    ("DRCHRONO_BASE_URL", "app.drchrono.com"),
    ("DRCHRONO_BASE_URL", "https://elsewhere.example.org"),
    ("WRITE_BACK_TLS_CERT", "/nowhere/cert.pem"),
    ("SWEEP_SECONDS", "0"),
    ("SESSION_IDLE_MINUTES", "0"),
    ("LOG_LEVEL", "chatty"),
]


@pytest.mark.parametrize(("name", "value"), MALFORMED)
def test_one_line_names_the_setting(name: str, value: str) -> None:
    done = settings_in("DEBUG", **{**PRODUCTION, name: value})
    assert done.returncode == 1
    assert done.stderr.startswith(f"Setting {name}: ")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_the_line_never_repeats_the_value() -> None:
    done = settings_in("DEBUG", **{**PRODUCTION, "DATABASE_URL": "mysql://root:hunter2@host/name"})
    assert "hunter2" not in done.stderr


def test_management_commands_say_it_without_a_traceback() -> None:
    done = manage("check", **{**PRODUCTION, "SECRET_KEY": ""})
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_the_example_key_is_fine_while_developing() -> None:
    done = settings_in(
        "DEBUG", DEBUG="true", ENV_FILE=".env.example", DATABASE_URL=PRODUCTION["DATABASE_URL"]
    )
    assert done.stdout == "True\n"


def test_the_environment_wins_over_the_file() -> None:
    settings = {**PRODUCTION, "ENV_FILE": ".env.example"}
    assert settings_in("SECRET_KEY", **settings).stdout.strip() == PRODUCTION["SECRET_KEY"]


def test_a_socket_may_name_the_database_server() -> None:
    url = "postgres://app@%2Fvar%2Frun%2FpostgreSQL/clinic"
    done = settings_in("DATABASES['default']['HOST']", **{**PRODUCTION, "DATABASE_URL": url})
    assert done.stdout.strip() == "/var/run/postgreSQL"


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({"EMAIL_URL": "smtp+tls://user:password@mail.example.org"}, "EMAIL_FROM"),
        ({"WHATSAPP_SENDER": "+15005550011"}, "WHATSAPP_WITHOUT_BAA"),
        ({"WHATSAPP_WITHOUT_BAA": "accepted"}, "WHATSAPP_SENDER"),
        ({"WHATSAPP_SENDER": "+15005550011", "WHATSAPP_WITHOUT_BAA": "yes"}, "WHATSAPP_WITHOUT_BAA"),
    ],
)
def test_a_channel_that_is_half_configured_stops_the_start(settings: dict[str, str], missing: str) -> None:
    done = settings_in("DEBUG", **{**PRODUCTION, **settings})
    assert done.returncode == 1
    assert done.stderr.startswith(f"Setting {missing}: ")
    assert len(done.stderr.splitlines()) == 1


def test_e_mail_is_off_where_nothing_is_configured() -> None:
    assert settings_in("EMAIL_FROM", **PRODUCTION).stdout == "\n"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp+tls://me:p%40ss@mail.example.org", "mail.example.org 587 me p@ss True False"),
        ("smtp+ssl://mail.example.org", "mail.example.org 465   False True"),
        ("smtp://127.0.0.1:2525", "127.0.0.1 2525   False False"),
    ],
)
def test_e_mail_goes_by_the_server_that_is_named(url: str, found: str) -> None:
    named = (
        "EMAIL_HOST",
        "EMAIL_PORT",
        "EMAIL_HOST_USER",
        "EMAIL_HOST_PASSWORD",
        "EMAIL_USE_TLS",
        "EMAIL_USE_SSL",
    )
    settings = {**PRODUCTION, "EMAIL_URL": url, "EMAIL_FROM": "clinic@example.org"}
    assert " ".join(settings_in(*named, **settings).stdout.split("\n")).strip() == found


def test_a_provider_of_e_mail_is_named_with_its_key() -> None:
    settings = {**PRODUCTION, "EMAIL_URL": "mailgun://key@mg.example.org", "EMAIL_FROM": "clinic@example.org"}
    done = settings_in(
        "EMAIL_PROVIDER", "ANYMAIL['MAILGUN_API_KEY']", "ANYMAIL['MAILGUN_SENDER_DOMAIN']", **settings
    )
    assert done.stdout.split() == ["mailgun", "key", "mg.example.org"]
