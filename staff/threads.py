"""What a simulated phone shows: texts of every channel, what became of each, on the clinic's clock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models import Clinic, Patient
from messaging.models import Message, SimulatedCallback, SimulatedText
from messaging.receipts import RANKS

LONGEST_THREAD = 100
# How a channel is called on the phone; one that has no name here goes by its own.
CHANNELS = {
    "sms": gettext_lazy("text"),
    "whatsapp": "WhatsApp",
    "rcs": "RCS",
    "email": gettext_lazy("e-mail"),
    "voice": gettext_lazy("call"),
}
# The provider's own words for what became of a text.
WORDS = {
    "queued": gettext_lazy("queued"),
    "sent": gettext_lazy("sent"),
    "delivered": gettext_lazy("delivered"),
    "read": gettext_lazy("read"),
    "failed": gettext_lazy("failed"),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A text on a phone; `at` is on the clinic's own clock, `words` are ours where the provider took none.

    `side`: mine is the patient's, theirs the clinic's, network the provider's own. `mark` says what became
    of it and `is_lost` that this is no good; `is_here`: it shows up on the phone. `language` is that of a
    clinic's text, and "" where nobody knows.
    """

    text: SimulatedText
    words: str
    side: str
    at: datetime
    channel: str
    mark: str
    is_lost: bool
    is_here: bool
    language: str


@dataclass(frozen=True, kw_only=True)
class Story:
    """All that is known of one text, and what the clinic's side holds of it."""

    entry: Entry
    callbacks: Sequence[tuple[SimulatedCallback, datetime | None]]
    clinics_view: str
    may_be_forced: bool


def thread(patient: Patient, now: datetime) -> list[Entry]:
    """What this patient's phone shows, oldest first."""
    texts = SimulatedText.objects.filter(phone__number__in=addresses(patient))
    return entries(list(reversed(texts.order_by("-pk")[:LONGEST_THREAD])), now)


def addresses(patient: Patient) -> list[str]:
    """Where the patient is reached: texts and e-mails are on one phone."""
    return [address for address in (patient.phone, patient.email) if address]


def story(patient: Patient, text_id: int, now: datetime) -> Story | None:
    """One text of this phone; None where it is none."""
    texts = SimulatedText.objects.filter(phone__number__in=addresses(patient), pk=text_id)
    for entry in entries(list(texts), now):
        text, zone = entry.text, entry.at.tzinfo
        callbacks = sorted(text.callbacks.all(), key=lambda callback: callback.pk)
        told = [(row, (row.posted_at or row.due_at or now).astimezone(zone)) for row in callbacks]
        ours = (
            Message.objects.filter(Q(uuid=text.message_uuid) | Q(twilio_sid=text.sid)).order_by("pk").first()
        )
        return Story(
            entry=entry,
            callbacks=told,
            clinics_view=ours.get_status_display() if ours else "",
            may_be_forced=entry.side == "theirs" and not text.refused_code,
        )
    return None


def entries(texts: Sequence[SimulatedText], now: datetime) -> list[Entry]:
    """The texts as they are shown, with as many queries however many they are."""
    prefetch_related_objects(texts, "callbacks")
    about = _about([text.message_uuid for text in texts if text.message_uuid])
    zone, shown = timezone.get_default_timezone(), []
    for text in texts:
        # An answer is shown on the clock of the text before it.
        known = about.get(text.message_uuid) if text.message_uuid else None
        zone, language, words = known or (zone, "", "")
        mark, is_lost = _mark(text, now, zone)
        shown.append(
            Entry(
                text=text,
                words=words if text.refused_code else text.body,
                side="mine" if text.inbound else "network" if text.by_provider else "theirs",
                at=(text.arrives_at or text.created_at).astimezone(zone),
                channel=str(CHANNELS.get(text.channel, text.channel)),
                mark=mark,
                is_lost=is_lost,
                is_here=text.arrives_at is not None and text.arrives_at <= now,
                language=language,
            )
        )
    return shown


def version(shown: Iterable[object]) -> str:
    """A token that changes with whatever is to be seen."""
    return hashlib.blake2s(repr(list(shown)).encode(), digest_size=8).hexdigest()


def _about(uuids: list[UUID]) -> dict[UUID, tuple[ZoneInfo, str, str]]:
    """By text of ours its clinic's zone, the language of its words, which its template names, and these."""
    rows = Message.objects.filter(uuid__in=uuids).order_by("pk")
    found = list(rows.values_list("uuid", "related__clinic", "template", "body"))
    clinics = Clinic.objects.in_bulk([row[1] for row in found if row[1]])
    default = timezone.get_default_timezone()
    return {
        uuid: (clinics[pk].zone if pk in clinics else default, template.partition("/")[2][:2], body)
        for uuid, pk, template, body in found
    }


def _mark(text: SimulatedText, now: datetime, zone: ZoneInfo) -> tuple[str, bool]:
    """What became of it, as a mark and words, and whether that is no good."""
    if text.inbound or text.by_provider:
        return "", False
    if text.refused_code:
        return _("✗ refused at once (%(code)s)") % {"code": text.refused_code}, True
    callbacks = list(text.callbacks.all())
    due = min((row.due_at for row in callbacks if row.due_at), default=None)
    came = [row for row in callbacks if row.posted_at]
    if text.arrives_at is not None and text.arrives_at > now:
        return _("… on its way, here at %(time)s") % {"time": _second(text.arrives_at, zone)}, False
    mark, is_lost = _told(came)
    if due is not None and due > now:
        mark += _(", a callback comes at %(time)s") % {"time": _second(due, zone)}
    return mark, is_lost


def _second(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M:%S}"


def _told(came: list[SimulatedCallback]) -> tuple[str, bool]:
    if not came:
        return _("no callback yet"), False
    best = max(came, key=lambda row: (RANKS.get(row.word, 0), row.pk))
    times = sum(row.word == best.word for row in came)
    again = _(", told %(times)s times") % {"times": times} if times > 1 else ""
    if best.word == "undelivered":
        return _("✗ not delivered (%(code)s)") % {"code": best.error_code} + again, True
    return f"{'✓✓' if best.word == 'delivered' else '✓'} {WORDS.get(best.word, best.word)}{again}", False
