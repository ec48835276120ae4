"""What follows from the few settings that a clinic makes."""

import re

import pytest
from django.test import Client

from tests.house.commands import NOWHERE, PRODUCTION, SECRET, manage, settings_in

SECURE = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")


def test_production_settings_pass_the_deployment_check() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr


def test_everything_about_addresses_follows_the_public_url() -> None:
    done = settings_in("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", *SECURE, **PRODUCTION)
    assert done.stdout.splitlines() == [
        "['waitlist.example.org']",
        "['https://waitlist.example.org']",
        "True",
        "True",
        "True",
        "31536000",
    ]


def test_plain_http_is_for_this_machine() -> None:
    done = settings_in("PUBLIC_URL", *SECURE, DATABASE_URL=NOWHERE, SECRET_KEY=SECRET, PORT="8123")
    assert done.stdout.splitlines() == ["http://127.0.0.1:8123", "False", "False", "False", "0"]


def test_a_trailing_slash_is_taken_off() -> None:
    settings = {**PRODUCTION, "PUBLIC_URL": "https://waitlist.example.org/"}
    assert settings_in("PUBLIC_URL", **settings).stdout == "https://waitlist.example.org\n"


def test_without_credentials_the_simulated_phones_sign_with_derived_ones() -> None:
    names = ("USE_MOCK_TWILIO", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKENS", "TWILIO_PHONE_NUMBER")
    settings = {"DATABASE_URL": NOWHERE, "SECRET_KEY": SECRET, "ENV_FILE": "none"}
    first, second = settings_in(*names, **settings).stdout, settings_in(*names, **settings).stdout
    mock, sid, tokens, number = first.splitlines()
    assert first == second
    assert (mock, number) == ("True", "+15005550006")
    assert re.fullmatch(r"AC[0-9a-f]{32}", sid)
    assert re.fullmatch(r"\['[0-9a-f]{32}'\]", tokens)


def test_of_several_tokens_all_are_kept_in_order() -> None:
    done = settings_in(
        "USE_MOCK_TWILIO", "TWILIO_AUTH_TOKENS", **{**PRODUCTION, "TWILIO_AUTH_TOKEN": "new, old"}
    )
    assert done.stdout.splitlines() == ["False", "['new', 'old']"]


def test_phone_calls_are_off_by_default() -> None:
    usual = settings_in("VOICE_CALLS", "TWILIO_VOICE_NUMBER", **PRODUCTION)
    assert usual.stdout.splitlines() == ["False", "+15005550006"]


def test_phone_calls_need_a_number_to_call_from() -> None:
    service = {"TWILIO_PHONE_NUMBER": "", "TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32}
    done = settings_in("VOICE_CALLS", **{**PRODUCTION, **service, "VOICE_CALLS": "true"})
    assert done.stderr.startswith("Setting TWILIO_VOICE_NUMBER: is missing")


def test_the_demo_waits_five_seconds_and_everybody_else_thirty() -> None:
    demo = settings_in("GRACE_SECONDS", "DEBUG", DATABASE_URL=NOWHERE, DEMO="true", SECRET_KEY=SECRET)
    other = settings_in("GRACE_SECONDS", **PRODUCTION)
    assert (demo.stdout, other.stdout) == ("5\nFalse\n", "30\n")


def test_texts_keep_their_words_for_90_days_and_with_0_for_ever() -> None:
    usual = settings_in("MESSAGE_RETENTION", **PRODUCTION)
    for_ever = settings_in("MESSAGE_RETENTION", **{**PRODUCTION, "MESSAGE_RETENTION_DAYS": "0"})
    assert (usual.stdout, for_ever.stdout) == ("90 days, 0:00:00\n", "None\n")


def test_the_demo_is_refused_in_public() -> None:
    done = manage("check", "--deploy", **{**PRODUCTION, "DEMO": "true"})
    assert "core.E001" in done.stderr


def test_simulated_phones_in_public_are_a_warning() -> None:
    done = manage("check", "--deploy", **{**PRODUCTION, "USE_MOCK_TWILIO": "true"})
    assert "core.W001" in done.stderr


@pytest.mark.django_db
def test_every_page_carries_the_headers() -> None:
    headers = Client().get("/login/").headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
def test_five_wrong_passwords_lock_the_login() -> None:
    client = Client()
    answers = [client.post("/login/", {"username": "alice", "password": "guess"}) for _ in range(6)]
    assert [answer.status_code for answer in answers][-1] == 429
