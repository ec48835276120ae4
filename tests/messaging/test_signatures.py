"""Who may speak for the provider: signatures made with openssl, not with the library that checks them."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from clinic_waitlist import env
from messaging.models import ProviderEvent

pytestmark = pytest.mark.django_db
OLD, NEW = "3f1c2ab47e6d4b0f9a5586f2d7c01e93", "c0ffee00" * 4
ACCOUNT = "AC" + "0123456789abcdef" * 2
PUBLIC_URL = "https://waitlist.example.org"
INBOUND, STATUS = "/webhooks/twilio/inbound/", "/webhooks/twilio/status/"
ABOUT_A_TEXT = f"{STATUS}?m=5f6e0c3a-8a0e-4a8e-9c53-0d8f3f0f6a11"
TEXT = {"AccountSid": ACCOUNT, "MessageSid": "SM1", "From": "+13125550142", "To": "+15005550006"}
YES = {**TEXT, "Body": "YES"}
GOOD = "Zr9sdJCbRgnQ3FaDhxYg1Ln7yVo="

VECTORS = {
    "plain": (INBOUND, YES, GOOD),
    "accents and an emoji": (
        INBOUND,
        {**TEXT, "Body": "Sí, está bien 👍🏽"},
        "ppDbnq3sDpVFBz2GM68r92kd8Hc=",
    ),
    "spaces and signs": (
        INBOUND,
        {**TEXT, "Body": ' a+b & c=d 100% \r\n"ok"'},
        "+RcYHPGB75FaUIkqM4rCANjipl0=",
    ),
    "a picture alone": (INBOUND, {**TEXT, "Body": "", "NumMedia": "1"}, "JZfyIIEgD4Pqgj5u3WyZYpmPmXY="),
    "capitals sort first": (
        INBOUND,
        {**YES, "body": "x", "a": "1", "Z": "2"},
        "alRXoib9INZBUbE54R28yN72ytc=",
    ),
    "a query": (ABOUT_A_TEXT, {**TEXT, "MessageStatus": "delivered"}, "V6xRbLJMCt9rHvG8V7JoQ+UXzSA="),
    "the second token": (INBOUND, YES, "ShOXAKtiSxXyd5sdZ7x1oRWyPqQ="),
}


@pytest.fixture(autouse=True)
def ours(settings: Any) -> None:
    settings.PUBLIC_URL, settings.TWILIO_ACCOUNT_SID = PUBLIC_URL, ACCOUNT
    settings.TWILIO_AUTH_TOKENS = [OLD, NEW]


def post(client: Client, path: str, form: dict[str, str], signature: str | None, **headers: str) -> int:
    form_type = "application/x-www-form-urlencoded"
    if signature is not None:
        headers |= {"X-Twilio-Signature": signature}
    answer = client.post(path, urlencode(form), content_type=form_type, headers=headers)
    return int(answer.status_code)


def signed(url: str, form: dict[str, str], *, how: Any = hashlib.sha1, token: str = OLD) -> str:
    words = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), words.encode(), how).digest()).decode()


@pytest.mark.parametrize("name", VECTORS)
def test_a_true_signature_is_taken(client: Client, name: str) -> None:
    path, form, signature = VECTORS[name]
    assert post(client, path, form, signature) == 200
    assert ProviderEvent.objects.get().payload == form


MALFORMED = {
    "none": None,
    "empty": "",
    "a word": "yes",
    "no base64": "%%%",
    "cut short": GOOD[:-2],
    "longer": f"{GOOD}=",
    "other letters": GOOD.swapcase(),
    "twice": f"{GOOD}, {GOOD}",
    "in quotes": f'"{GOOD}"',
    "in hexadecimal": base64.b64decode(GOOD).hex(),
    "another hash": signed(PUBLIC_URL + INBOUND, YES, how=hashlib.sha256),
    "another token": signed(PUBLIC_URL + INBOUND, YES, token="d" * 32),
    "an empty token": signed(PUBLIC_URL + INBOUND, YES, token=""),
    "the address alone": signed(PUBLIC_URL + INBOUND, {}),
    "another scheme": signed(f"http://waitlist.example.org{INBOUND}", YES),
    "another host": signed(f"https://testserver{INBOUND}", YES),
    "another path": signed(f"{PUBLIC_URL}{STATUS}", YES),
    "no slash at the end": signed(f"{PUBLIC_URL}{INBOUND[:-1]}", YES),
    "a query more": signed(f"{PUBLIC_URL}{INBOUND}?m=1", YES),
    "with the fragment": signed(f"{PUBLIC_URL}{INBOUND}#rc=5&rp=all", YES),
    "letters beyond ASCII": "Zr9sdJCbRgnQ3FaDhxYg1Ln7yV\xf6=",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_signature_is_refused(client: Client, name: str) -> None:
    assert post(client, INBOUND, YES, MALFORMED[name]) == 403
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize(
    "form",
    [
        {**YES, "Body": "NO"},
        {**YES, "From": "+13125550143"},
        {**YES, "New": "1"},
        TEXT,
        {**YES, "AccountSid": "AC" + "f" * 32},
    ],
)
def test_a_form_that_was_changed_on_its_way_is_refused(client: Client, form: dict[str, str]) -> None:
    assert post(client, INBOUND, form, GOOD) == 403


def test_rule_12_the_host_header_decides_nothing(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    host = "evil.example.org"
    assert post(client, INBOUND, YES, GOOD, Host=host) == 200
    assert post(client, INBOUND, YES, signed(f"https://{host}{INBOUND}", YES), Host=host) == 403


def test_a_port_that_goes_without_saying_may_be_said(client: Client) -> None:
    assert post(client, INBOUND, YES, signed(f"{PUBLIC_URL}:443{INBOUND}", YES)) == 200


class TestRotation:
    """Old token, then old and new, then new and old, then new alone: no text is refused on the way."""

    @pytest.mark.parametrize(
        ("tokens", "taken"),
        [([OLD], [200, 403]), ([OLD, NEW], [200, 200]), ([NEW, OLD], [200, 200]), ([NEW], [403, 200])],
    )
    def test_rule_12_each_listed_token_verifies(
        self, client: Client, settings: Any, tokens: list[str], taken: list[int]
    ) -> None:
        settings.TWILIO_AUTH_TOKENS = tokens
        _, _, by_new = VECTORS["the second token"]
        assert [post(client, INBOUND, YES, signature) for signature in (GOOD, by_new)] == taken

    def test_tokens_are_a_list_with_commas(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in (("ACCOUNT_SID", ACCOUNT), ("AUTH_TOKEN", f" {OLD} ,,{NEW},")):
            monkeypatch.setenv(f"TWILIO_{name}", value)
        monkeypatch.setenv("TWILIO_PHONE_NUMBER", "+15005550006")
        assert env.Twilio(debug=False, secret_key="x").auth_tokens == [OLD, NEW]


class TestNoRedirects:
    """A redirect would lose the form."""

    @pytest.mark.parametrize("path", [INBOUND[:-1], STATUS[:-1], f"{INBOUND}x", "/webhooks/twilio/"])
    def test_only_the_exact_path_is_answered(self, client: Client, path: str) -> None:
        assert post(client, path, YES, GOOD) == 404

    def test_a_proxy_that_says_nothing_of_https_is_not_sent_away(self, client: Client, settings: Any) -> None:
        settings.SECURE_SSL_REDIRECT = True
        assert post(client, INBOUND, YES, GOOD) == 200
        assert client.get("/login/").status_code == 301
