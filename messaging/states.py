"""The states of a message and the arrows between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageStatus(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    UNDELIVERED = "undelivered", _("Undelivered")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unknown")
    NOT_SENT = "not_sent", _("Not sent")
    SKIPPED = "skipped", _("Skipped")
    RECEIVED = "received", _("Received")
    HANDLED = "handled", _("Handled")


_OUTCOMES = {MessageStatus.DELIVERED, MessageStatus.UNDELIVERED, MessageStatus.FAILED}

ARROWS: dict[str, frozenset[str]] = {
    MessageStatus.QUEUED: frozenset({MessageStatus.SENDING, MessageStatus.SKIPPED}),
    # Back to the queue only where the provider certainly did not take the message.
    MessageStatus.SENDING: frozenset(
        {
            MessageStatus.QUEUED,
            MessageStatus.SKIPPED,
            MessageStatus.SENT,
            MessageStatus.UNKNOWN,
            *_OUTCOMES,
        }
    ),
    MessageStatus.SENT: frozenset(_OUTCOMES),
    # A carrier's "failed" may be overtaken by the phone's "delivered" (rank 5 < 6).
    MessageStatus.UNDELIVERED: frozenset({MessageStatus.DELIVERED}),
    MessageStatus.FAILED: frozenset({MessageStatus.DELIVERED}),
    MessageStatus.UNKNOWN: frozenset({MessageStatus.SENT, MessageStatus.NOT_SENT, *_OUTCOMES}),
    MessageStatus.NOT_SENT: frozenset({MessageStatus.SENT, *_OUTCOMES}),
    MessageStatus.RECEIVED: frozenset({MessageStatus.HANDLED}),
}
