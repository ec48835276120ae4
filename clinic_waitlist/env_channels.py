"""The settings of the channels beside texts: e-mail, and WhatsApp."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from clinic_waitlist.env import LOOPBACK_HOSTS, SettingError, number, text

SMTP = "django.core.mail.backends.smtp.EmailBackend"
# Scheme: with TLS from the first byte, or after STARTTLS.
_SMTP = {"smtp": (False, False), "smtps": (False, True), "smtp+tls": (False, True), "smtp+ssl": (True, False)}
# Scheme: the setting that django-anymail wants the key in.
_PROVIDERS = {
    "brevo": "BREVO_API_KEY",
    "mailgun": "MAILGUN_API_KEY",
    "postmark": "POSTMARK_SERVER_TOKEN",
    "sendgrid": "SENDGRID_API_KEY",
    "sparkpost": "SPARKPOST_API_KEY",
}
TIMEOUT_SECONDS = 10


class Email:
    """EMAIL_URL as Django and django-anymail want it; `sender` "" means that e-mail is off.

    With the simulated phones e-mail is simulated as well, whatever EMAIL_URL says.
    """

    def __init__(self, *, is_mock: bool) -> None:
        self.backend, self.provider = SMTP, ""
        self.host, self.port, self.user, self.password = "", 25, "", ""
        self.use_ssl = self.use_tls = False
        self.anymail: dict[str, Any] = {"REQUESTS_TIMEOUT": TIMEOUT_SECONDS, "DEBUG_API_REQUESTS": False}
        self.per_second = number("EMAIL_PER_SECOND", default=0, low=0, high=1000)
        self.sender = text("EMAIL_FROM", default="clinic@example.org" if is_mock else "")
        url = text("EMAIL_URL")
        if url:
            self._read(url)
        self._check(url, is_mock)
        if not url and not is_mock:
            self.sender = ""
        secret = text("EMAIL_WEBHOOK_SECRET")
        if secret:
            self._keep_secret(secret)

    def _read(self, url: str) -> None:
        expected = "expected smtp+tls://user:password@host:587, or a provider such as postmark://token@api."
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            raise SettingError("EMAIL_URL", expected) from None
        if parts.scheme in _SMTP and parts.hostname:
            self.use_ssl, self.use_tls = _SMTP[parts.scheme]
            self.host = parts.hostname
            self.port = port or (465 if self.use_ssl else 587 if self.use_tls else 25)
            self.user, self.password = unquote(parts.username or ""), unquote(parts.password or "")
            if parts.scheme == "smtp" and parts.hostname not in LOOPBACK_HOSTS:
                raise SettingError("EMAIL_URL", "expected smtp+tls or smtp+ssl; plain smtp is for loopback.")
        elif parts.scheme in _PROVIDERS and parts.username and parts.hostname:
            self.provider = parts.scheme
            self.backend = f"anymail.backends.{parts.scheme}.EmailBackend"
            self.anymail[_PROVIDERS[parts.scheme]] = unquote(parts.username)
            if parts.scheme == "mailgun":
                # It signs its reports with a key of their own.
                self.anymail["MAILGUN_SENDER_DOMAIN"] = parts.hostname
                self.anymail["MAILGUN_WEBHOOK_SIGNING_KEY"] = unquote(parts.password or parts.username)
        else:
            raise SettingError("EMAIL_URL", expected)

    def _check(self, url: str, is_mock: bool) -> None:
        if url and not self.sender:
            raise SettingError("EMAIL_FROM", "is missing; expected the address that e-mail comes from.")
        if not self.sender:
            return
        try:
            validate_email(self.sender)
        except ValidationError:
            raise SettingError("EMAIL_FROM", "expected an address such as clinic@example.org.") from None

    def _keep_secret(self, secret: str) -> None:
        if not re.fullmatch(r"[^:\s]{1,64}:\S{16,}", secret):
            raise SettingError("EMAIL_WEBHOOK_SECRET", "expected a name, a colon and 16 or more characters.")
        self.anymail["WEBHOOK_SECRET"] = secret


def whatsapp_sender() -> str:
    """The number that WhatsApp messages leave by; "": off.

    Twilio signs no Business Associate Addendum for WhatsApp, which carries no health data without one unless
    the operator accepts that. What is covered, and how far we could check it: docs/twilio.md.
    """
    sender, accepted = text("WHATSAPP_SENDER"), text("WHATSAPP_WITHOUT_BAA")
    if not sender and not accepted:
        return ""
    if not re.fullmatch(r"\+[1-9]\d{6,14}", sender):
        raise SettingError("WHATSAPP_SENDER", "expected a number such as +15551234567, or nothing.")
    if accepted != "accepted":
        raise SettingError(
            "WHATSAPP_WITHOUT_BAA",
            "expected accepted, since Twilio signs no BAA for WhatsApp; or leave WHATSAPP_SENDER empty.",
        )
    return sender
