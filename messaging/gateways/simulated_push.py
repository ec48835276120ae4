"""What arrives on a simulated phone is pushed to NTFY_URL, by a task of its own: no text waits for it."""

from __future__ import annotations

import logging
from datetime import datetime

import requests
from django.conf import settings
from django.urls import reverse

from messaging.models import SimulatedText

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 10
AT_ONCE = 50


def push(*, text_id: int, now: datetime) -> bool:
    """Push a text that is due, once; False where there is nothing to push, or where it did not get through.

    Title, tag, click and button are headers, which have to be ASCII here; the words are the body:
    https://docs.ntfy.sh/publish/. The words begin with the clinic's short name, and nobody's name is in them.
    """
    due = SimulatedText.objects.filter(pk=text_id, push_at__lte=now)
    # Taken back before the call: a push that is lost is lost, and never comes twice.
    if not settings.NTFY_URL or not due.update(push_at=None):
        return False
    text = SimulatedText.objects.get(pk=text_id)
    page = f"{settings.PUBLIC_URL}{reverse('phone-of-text', args=[text.pk])}"
    headers = {
        "Title": f"Text to the phone ...{text.to[-4:]}",
        "Tags": "speech_balloon",
        "Click": page,
        "Actions": f"view, Open the phone, {page}",
    }
    try:
        answer = requests.post(
            settings.NTFY_URL, data=text.body.encode(), headers=headers, timeout=PATIENCE_SECONDS
        )
        answer.raise_for_status()
    except requests.RequestException as error:
        logger.warning("push lost", extra={"error": type(error).__name__})
        return False
    return True


def sweep(*, now: datetime) -> int:
    """Push whatever has arrived and no task has pushed; how many got through."""
    if not settings.NTFY_URL:
        return 0
    due = SimulatedText.objects.filter(push_at__lte=now).order_by("push_at", "pk")
    return sum(push(text_id=pk, now=now) for pk in list(due.values_list("pk", flat=True)[:AT_ONCE]))
