"""Words out, words in. A message knows a phone number and never a patient."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.channels import Channel
from messaging.errors import CARRIER_FILTERED
from messaging.retention_models import Redaction, RedactionResult
from messaging.sending_models import Alarm, AlarmKind, Oddity, Pause, Sender, SenderStatus, UnusableNumber
from messaging.simulated_call_models import SimulatedCall
from messaging.simulated_models import SimulatedCallback, SimulatedNetwork, SimulatedPhone, SimulatedText
from messaging.states import MessageStatus
from messaging.tally_models import Tally

__all__ = [
    "Alarm",
    "AlarmKind",
    "Attention",
    "Direction",
    "Kind",
    "Message",
    "Oddity",
    "Pause",
    "ProviderEvent",
    "Redaction",
    "RedactionResult",
    "Sender",
    "SenderStatus",
    "SimulatedCall",
    "SimulatedCallback",
    "SimulatedNetwork",
    "SimulatedPhone",
    "SimulatedText",
    "Suppression",
    "Tally",
    "UnusableNumber",
]


# Where a suppression came from that a key on a call made, and no text.
BY_CALL = "call"


class Direction(models.TextChoices):
    OUTBOUND = "outbound", _("Outbound")
    INBOUND = "inbound", _("Inbound")


class Kind(models.TextChoices):
    OFFER = "offer", _("Offer")
    CONFIRMATION = "confirmation", _("Confirmation")
    TAKEN = "taken", _("Taken")
    EXPIRED = "expired", _("No longer open")
    UNDONE = "undone", _("Not booked after all")
    CLARIFICATION = "clarification", _("Clarification")
    REMINDER = "reminder", _("Reminder")
    GREETING = "greeting", _("Greeting")
    OPTOUT_NOTICE = "optout_notice", _("Opt-out notice")
    HELP = "help", _("Help")
    REPLY = "reply", _("Reply")
    STAFF = "staff", _("Written by staff")
    LINK = "link", _("Link to the own page")
    TEST = "test", _("Test to a phone of staff")


class Attention(models.TextChoices):
    """Why a person must look at a message. Blank: nobody needs to."""

    NONE = "", "–"
    UNCLEAR = "unclear", _("Could not be understood")
    MAY_CANCEL = "may_cancel", _("May want to cancel an appointment")
    YES_OPTED_OUT = "yes_opted_out", _("Said YES after opting out")
    AFTER_BOOKING = "after_booking", _("Said NO after booking")
    WRONG_NUMBER = "wrong_number", _("Says it is the wrong number")
    UNKNOWN_SENDER = "unknown_sender", _("Nobody we know")
    NOT_SENT = "not_sent", _("A text may not have arrived")


class Message(models.Model):
    """One text, out or in. `related` holds ids of the upper rooms' records: {"offer": 7, …}."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    direction = models.CharField(max_length=8, choices=Direction)
    kind = models.CharField(max_length=14, choices=Kind)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.SMS)
    # A number without its app's name, or an e-mail address in small letters.
    to = models.CharField(max_length=254)
    from_number = models.CharField(max_length=254, blank=True)
    # Of an e-mail only.
    subject = models.CharField(max_length=120, blank=True, default="", db_default="")
    body = models.TextField(blank=True)
    language = models.CharField(max_length=2, default="en", db_default="en")
    # Of a WhatsApp message only: the approved words by their ContentSid, and what fills them.
    content = models.JSONField(null=True, blank=True)
    status = models.CharField(max_length=11, choices=MessageStatus)
    # What may exist once only, for example "taken:17". Null for inbound, whose key is the SID.
    logical_key = models.CharField(max_length=80, unique=True, null=True)  # noqa: DJ001 - unique where set
    twilio_sid = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - unique where set
    error_code = models.CharField(max_length=12, blank=True)
    skip_reason = models.CharField(max_length=40, blank=True)
    related = models.JSONField(default=dict)
    # The words' origin, for example "taken/en@3f9c1a2b". Blank: the kind's gate makes the words and says.
    template = models.CharField(max_length=60, blank=True, default="", db_default="")
    # Outbound: why it was allowed to leave, as its gate found it in the instant of leaving.
    permission = models.JSONField(null=True, blank=True)
    in_reply_to = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replies"
    )
    # Inbound: what it was understood to say and what came of it.
    outcome = models.CharField(max_length=24, blank=True)
    attention = models.CharField(max_length=14, choices=Attention, default=Attention.NONE, blank=True)
    attention_done_at = models.DateTimeField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=5)
    attempt = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    # When a worker was last woken for it; earlier than `next_attempt_at`: no wake-up is on its way.
    woken_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    call_started_at = models.DateTimeField(null=True)
    status_rank = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    # When its words were emptied here, being older than the retention age.
    purged_at = models.DateTimeField(null=True, blank=True)
    # Of emptied words that a carrier had filtered, in hex: they are known again and never sent there again.
    words_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status=MessageStatus.SENDING, lease_token__isnull=False)
                | (~Q(status=MessageStatus.SENDING) & Q(lease_token__isnull=True)),
                name="message_sending_has_lease",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[MessageStatus.SENT, MessageStatus.DELIVERED])
                | Q(twilio_sid__isnull=False),
                name="message_sent_has_sid",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[MessageStatus.QUEUED, MessageStatus.UNKNOWN])
                | Q(next_attempt_at__isnull=False),
                name="message_owed_has_due_time",
            ),
            models.CheckConstraint(
                condition=Q(purged_at=None) | Q(body=""), name="message_purged_has_no_body"
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "priority", "next_attempt_at", "id"],
                condition=Q(status=MessageStatus.QUEUED),
                name="message_due",
            ),
            models.Index(
                fields=["leased_until"], condition=Q(status=MessageStatus.SENDING), name="message_leased"
            ),
            models.Index(
                fields=["next_attempt_at"], condition=Q(status=MessageStatus.UNKNOWN), name="message_unknown"
            ),
            models.Index(
                fields=["to", "id"], condition=Q(status=MessageStatus.RECEIVED), name="message_to_answer"
            ),
            models.Index(
                fields=["-id"],
                condition=~Q(attention="") & Q(attention_done_at=None),
                name="message_for_staff",
            ),
            models.Index(fields=["to", "-id"], name="message_of_phone"),
            models.Index(fields=["from_number", "-id"], name="message_from_phone"),
            models.Index(fields=["-changed_at"], name="message_lately_changed"),
            models.Index(fields=["created_at", "id"], condition=Q(purged_at=None), name="message_to_purge"),
            # What a carrier filtered once must not go to that number again in the same words.
            models.Index(fields=["to"], condition=Q(error_code=CARRIER_FILTERED), name="message_filtered"),
            # Phones that may still ring.
            models.Index(
                fields=["call_started_at"],
                condition=Q(channel=Channel.VOICE, kind=Kind.OFFER, status=MessageStatus.SENT),
                name="message_call_under_way",
            ),
            # Failures are few: the count of the last day's codes reads those alone.
            models.Index(fields=["call_started_at"], condition=~Q(error_code=""), name="message_of_code"),
            GinIndex(fields=["related"], opclasses=["jsonb_path_ops"], name="message_related"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.kind} {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        """Those about one of the clinics, and those of no known clinic: nobody else would read them."""
        return Q(related__clinic__in=places) | ~Q(related__has_key="clinic")


class ProviderEvent(models.Model):
    """A webhook as it came, stored before it is answered. `handled_at` null means: still to do."""

    provider = models.CharField(max_length=12, default="twilio")
    sid = models.CharField(max_length=64)
    kind = models.CharField(max_length=40, help_text="“inbound”, or “status:” and the provider's word.")
    phone = models.CharField(max_length=254, blank=True, help_text="Whose events are handled in order.")
    message_uuid = models.UUIDField(null=True)
    payload = models.JSONField()
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    # An event that raises steps aside until then.
    next_attempt_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "sid", "kind"], name="event_once"),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(handled_at=None), name="event_to_handle"),
            models.Index(
                fields=["phone", "id"], condition=Q(handled_at=None), name="event_of_phone_to_handle"
            ),
            # The latest of each sort, however many of the other came since.
            models.Index(fields=["-received_at"], condition=Q(kind="inbound"), name="event_last_inbound"),
            models.Index(fields=["-received_at"], condition=~Q(kind="inbound"), name="event_last_callback"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.sid}"


class OwnNumber(models.Model):
    """A number of ours, and until when the provider has been asked which texts came in on it."""

    number = models.CharField(max_length=64, unique=True)
    known_since = models.DateTimeField()
    listed_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.number


class Suppression(models.Model):
    """A number or an e-mail address that is left in peace from `since` on. A lifted one stays as history."""

    phone = models.CharField(max_length=254, verbose_name="phone or e-mail")
    words = models.CharField(max_length=160, blank=True)
    source = models.CharField(max_length=20, default="text")
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_words = models.CharField(max_length=160, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["phone"], condition=Q(lifted_at=None), name="suppression_one_per_phone"
            )
        ]

    def __str__(self) -> str:
        return f"suppression {self.pk}"

    @property
    def status(self) -> str:
        """Whose word ends it: see messaging.optout. A number that pressed a key may have no other way."""
        if self.lifted_at is not None:
            return "lifted"
        return "by_call" if self.source == BY_CALL else "stands"
