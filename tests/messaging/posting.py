"""Webhooks as the provider sends them: a signed form."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from twilio.request_validator import RequestValidator

from tests.twilio_standin import StandIn, Taken

INBOUND = "/webhooks/twilio/inbound/"
STATUS = "/webhooks/twilio/status/"
CLINIC_NUMBER = "+15005550006"


def new_sid() -> str:
    return f"SM{secrets.token_hex(16)}"


def post(client: Client, path: str, form: dict[str, str], *, token: str = "") -> Any:
    """Post `form` signed for `path` by the first of our tokens, or by `token`."""
    validator = RequestValidator(token or settings.TWILIO_AUTH_TOKENS[0])
    signature = validator.compute_signature(settings.PUBLIC_URL + path, form)
    form_type = "application/x-www-form-urlencoded"
    headers = {"X-Twilio-Signature": signature}
    return client.post(path, data=urlencode(form), content_type=form_type, headers=headers)


def text_form(*, sender: str, body: str, sid: str = "") -> dict[str, str]:
    """What a patient's text looks like when it comes in."""
    account = settings.TWILIO_ACCOUNT_SID
    form = {"MessageSid": sid or new_sid(), "AccountSid": account, "From": sender, "To": CLINIC_NUMBER}
    return {**form, "Body": body, "NumMedia": "0", "ApiVersion": "2010-04-01"}


def text(client: Client, *, sender: str, body: str, sid: str = "") -> Any:
    """A patient texts us."""
    return post(client, INBOUND, text_form(sender=sender, body=body, sid=sid))


def report(client: Client, *, sid: str, word: str, ours: object = "", code: str = "") -> Any:
    """The provider reports a status of one of our texts; `ours` is the text's uuid."""
    form = {"MessageSid": sid, "AccountSid": settings.TWILIO_ACCOUNT_SID, "MessageStatus": word}
    form |= {"ErrorCode": code} if code else {}
    return post(client, f"{STATUS}?m={ours}", form)


def lose(twilio: StandIn, *, sender: str, body: str, to: str = CLINIC_NUMBER, sid: str = "") -> Taken:
    """A patient's text that the provider has, and tells nobody of."""
    text = Taken(
        sid=sid or new_sid(),
        to=to,
        sender=sender,
        service="",
        body=body,
        callback="",
        validity="",
        created_at=datetime.now(UTC).replace(microsecond=0),
        status="received",
        direction="inbound",
    )
    twilio.inbound.append(text)
    return text
