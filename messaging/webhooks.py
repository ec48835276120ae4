"""Twilio's webhooks: verify, store, answer. Everything else happens later.

A text or a receipt is one INSERT: what the provider hears as 200 is on disk. With the database down the
answer is 503, so that the provider tries again; what it gives up on is fetched later (messaging.fetching).
"""

from __future__ import annotations

import base64
import binascii
import logging
import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.common import no_append_slash
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.request_validator import RequestValidator

from messaging import events
from messaging.events import without_nul

logger = logging.getLogger(__name__)

EMPTY_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def verified(view: Callable[[HttpRequest, dict[str, str]], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only what Twilio signed for our own account through; a 403 says nothing."""

    # A redirect to the path with its slash would lose the form.
    @no_append_slash
    @csrf_exempt
    @require_POST
    def checked(request: HttpRequest) -> HttpResponse:
        form = {without_nul(name): without_nul(str(value)) for name, value in request.POST.items()}
        if not _signed(request) or form.get("AccountSid") != settings.TWILIO_ACCOUNT_SID:
            return HttpResponse(status=403)
        return view(request, form)

    return checked


def _signed(request: HttpRequest) -> bool:
    if request.content_type == "application/json":
        # The official validator raises on a JSON body without bodySHA256; Twilio sends us forms only.
        return False
    signature = request.headers.get("X-Twilio-Signature", "")
    # PUBLIC_URL, never the Host header: whoever sends the request chooses that.
    url = settings.PUBLIC_URL + request.get_full_path()
    validators = (RequestValidator(token) for token in settings.TWILIO_AUTH_TOKENS)
    return any(validator.validate(url, request.POST, signature) for validator in validators)


def signature(url: str, form: dict[str, str]) -> str:
    """What Twilio would put into X-Twilio-Signature for this form."""
    validator = RequestValidator(settings.TWILIO_AUTH_TOKENS[0])
    return str(validator.compute_signature(url, form))


@verified
def inbound(request: HttpRequest, form: dict[str, str]) -> HttpResponse:
    """A patient's text."""
    if not all(form.get(name) for name in ("MessageSid", "From", "To")):
        return HttpResponse("MessageSid, From and To are needed.", status=400, content_type="text/plain")
    form["Body"] = _decoded(form)
    return _store(sid=form["MessageSid"], kind=events.INBOUND, sender=form["From"], form=form)


@verified
def status(request: HttpRequest, form: dict[str, str]) -> HttpResponse:
    """What became of a text of ours. `m` in the query is our own name for it."""
    sid, word = form.get("MessageSid"), form.get("MessageStatus")
    if not sid or not word:
        return HttpResponse("MessageSid and MessageStatus are needed.", status=400, content_type="text/plain")
    try:
        ours = uuid.UUID(request.GET.get("m", ""))
    except ValueError:
        ours = None
    return _store(sid=sid, kind=f"status:{word}", sender=form.get("To", ""), form=form, message_uuid=ours)


def _store(
    *, sid: str, kind: str, sender: str, form: dict[str, str], message_uuid: uuid.UUID | None = None
) -> HttpResponse:
    now = timezone.now()
    event = events.Event(
        sid=sid, kind=kind, sender=sender, form=form, received_at=now, message_uuid=message_uuid
    )
    try:
        events.store(event=event, now=now)
    except DatabaseError as error:
        logger.error("webhook not stored", extra={"error": type(error).__name__})
        return HttpResponse(status=503)
    return HttpResponse(EMPTY_ANSWER, content_type="text/xml")


def _decoded(form: dict[str, str]) -> str:
    """The words, which Twilio may send as base64 when told to."""
    body = form.get("Body", "")
    if form.get("BodyEncoding", "").lower() != "base64":
        return body
    try:
        return without_nul(base64.b64decode(body, validate=True).decode())
    except (binascii.Error, UnicodeDecodeError):
        return body
