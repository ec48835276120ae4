"""The list of messages: those that need a reply, those that did not arrive, and all, the newest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.models import Patient
from core import phone, scoping
from core.scoping import User
from messaging.attending import LOST_FOR
from messaging.models import Attention, Direction, Kind, Message
from messaging.states import MessageStatus
from staff import talks
from staff.talks import Said

PAGE_SIZE = 50
# Beyond this a number says no more than "many", and counting costs.
MOST_COUNTED = 999
_FAILED = (MessageStatus.FAILED, MessageStatus.UNDELIVERED, MessageStatus.NOT_SENT)


def _need_a_reply(rows: QuerySet[Message], now: datetime) -> QuerySet[Message]:
    waiting = rows.filter(attention_done_at=None).exclude(attention="")
    return waiting.filter(direction=Direction.INBOUND)


def _did_not_arrive(rows: QuerySet[Message], now: datetime) -> QuerySet[Message]:
    """Of the last days. Those that somebody has seen to are left out, and those that were not needed."""
    unsent = Q(kind=Kind.STAFF, status=MessageStatus.SKIPPED)
    lost = Q(status__in=_FAILED) | Q(attention=Attention.NOT_SENT) | unsent
    # The condition on the words makes the index of what is to be purged serve for the days.
    lately = rows.filter(purged_at=None, created_at__gt=now - LOST_FOR, direction=Direction.OUTBOUND)
    return lately.filter(lost, attention_done_at=None)


def _all(rows: QuerySet[Message], now: datetime) -> QuerySet[Message]:
    return rows


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A way to look at the messages; `count` is None where nobody needs it."""

    name: str
    label: Promise | str
    count: int | None
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One line: what was said, and with whom."""

    said: Said
    who: str

    @property
    def may_be_finished(self) -> bool:
        return self.said.waits


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """One page of a tab. `older` is the id before which the next page begins; None: there is none."""

    tab: str
    tabs: list[Tab]
    letters: list[Letter]
    older: int | None


TABS: dict[str, tuple[Promise | str, Callable[[QuerySet[Message], datetime], QuerySet[Message]]]] = {
    "reply": (_("Need a reply"), _need_a_reply),
    "failed": (_("Did not arrive"), _did_not_arrive),
    "all": (_("All"), _all),
}


def inbox(*, tab: str, before: int | None, user: User, now: datetime) -> Inbox:
    """The messages of a tab that the user may see, from the id `before` back."""
    seen = scoping.limit(Message.objects.all(), user)
    rows = TABS[tab][1](seen, now)
    rows = rows if before is None else rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    names = _names(shown, user)
    return Inbox(
        tab=tab,
        tabs=[_tab(name, tab, seen, now) for name in TABS],
        letters=[Letter(said=one, who=_who(one, names)) for one in talks.said(shown, user=user)],
        older=shown[-1].pk if len(found) > PAGE_SIZE else None,
    )


def version() -> str:
    """Changes whenever any message does: one look at the end of an index."""
    at = Message.objects.aggregate(at=Max("changed_at"))["at"]
    return f"{at.timestamp():.6f}" if at else "0"


def _tab(name: str, current: str, seen: QuerySet[Message], now: datetime) -> Tab:
    label, narrowed = TABS[name]
    count = None if name == "all" else narrowed(seen, now)[: MOST_COUNTED + 1].count()
    return Tab(name=name, label=label, count=count, is_current=name == current)


def _names(rows: list[Message], user: User) -> dict[str, list[str]]:
    """The patients at each of the addresses, in one query."""
    addresses = {talks.address_of(row) for row in rows} - {""}
    there = Patient.objects.filter(Q(phone__in=addresses) | Q(email__in=addresses))
    found: dict[str, list[str]] = {}
    for patient in scoping.limit(there, user).order_by("pk"):
        for address in {patient.phone, patient.email}:
            found.setdefault(address, []).append(str(patient))
    return found


def _who(one: Said, names: dict[str, list[str]]) -> str:
    """The patient it is about, else all who share the address, else the end of the number."""
    address = talks.address_of(one.message)
    if one.about:
        return one.about
    if names.get(address):
        return ", ".join(names[address])
    return str(_("an unknown e-mail address")) if "@" in address else phone.mask(address)
