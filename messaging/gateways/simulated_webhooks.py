"""How the simulated provider speaks to us: over HTTP, through the webhooks, signed as Twilio signs."""

from __future__ import annotations

import secrets

import requests
from anymail.signals import AnymailTrackingEvent
from django.conf import settings
from django.utils import timezone

from core.channels import Channel
from messaging import mail_reports, webhooks
from messaging.models import SimulatedCallback, SimulatedText

PATIENCE_SECONDS = 10
API_VERSION = "2010-04-01"


def deliver(text: SimulatedText, *, opt_out_type: str = "") -> None:
    """Bring a patient's text. Raises requests.RequestException where that fails.

    The form is Twilio's: https://www.twilio.com/docs/messaging/guides/webhook-request
    """
    form = {
        **_both(text, "received"),
        "Body": text.body,
        "NumSegments": "1",
        "NumMedia": str(text.media),
    }
    for number in range(text.media):
        form[f"MediaContentType{number}"] = "image/jpeg"
        form[f"MediaUrl{number}"] = _address_of_picture(text)
    if opt_out_type:
        form["OptOutType"] = opt_out_type
    _post("/webhooks/twilio/inbound/", form)


def report(callback: SimulatedCallback) -> None:
    """Tell what became of a text of ours. Raises requests.RequestException where that fails.

    The form is Twilio's: https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
    """
    text = callback.text
    if text.channel == Channel.EMAIL:
        _report_mail(text, callback.word, callback.error_code)
        return
    form = {**_both(text, callback.word), "MessageStatus": callback.word}
    if callback.error_code:
        form["ErrorCode"] = callback.error_code
    _post(f"/webhooks/twilio/status/?m={text.message_uuid}", form)


def _report_mail(text: SimulatedText, word: str, error_code: str) -> None:
    """As anymail hands on what a provider of e-mail reports; one that was only taken is reported by none."""
    report = AnymailTrackingEvent(
        event_type={"undelivered": "bounced"}.get(word, word),
        recipient=text.to,
        reject_reason=error_code or None,
        metadata={"m": str(text.message_uuid)},
    )
    mail_reports.store(report=report, now=timezone.now())


def new_sid(*, pictures: int = 0) -> str:
    """An id as Twilio gives it: that of a text with pictures begins otherwise."""
    return f"{'MM' if pictures else 'SM'}{secrets.token_hex(16)}"


def _both(text: SimulatedText, word: str) -> dict[str, str]:
    """What is in both forms."""
    return {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "SmsStatus": word,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "From": text.from_number,
        "To": text.to,
        "ApiVersion": API_VERSION,
    }


def _address_of_picture(text: SimulatedText) -> str:
    """Where Twilio would keep it. There is none, and nothing of ours fetches it."""
    account = f"https://api.twilio.com/{API_VERSION}/Accounts/{settings.TWILIO_ACCOUNT_SID}"
    return f"{account}/Messages/{text.sid}/Media/ME{secrets.token_hex(16)}"


def _post(path: str, form: dict[str, str]) -> None:
    url = settings.PUBLIC_URL + path
    headers = {"X-Twilio-Signature": webhooks.signature(url, form)}
    _send(url, data=form, headers=headers).raise_for_status()


def _send(url: str, *, data: dict[str, str], headers: dict[str, str]) -> requests.Response:
    return requests.post(url, data=data, headers=headers, timeout=PATIENCE_SECONDS, allow_redirects=False)
