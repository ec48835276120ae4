"""Why nobody is asked, with counts: beside a slot that finds nobody, and on a board with nothing on it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.models import Clinic
from core import scoping
from core.scoping import User
from messaging.models import Suppression
from offers import timing
from offers.models import Offer
from staff.cards import SlotCard
from waitlist.models import WaitlistEntry
from waitlist.reasons import Reason
from waitlist.states import EntryStatus

# A decision is never changed: its counts are made once in each process.
KEPT_SECONDS = 3600
_WORDS = {
    Reason.ELIGIBLE: gettext_lazy("%(n)s may be asked"),
    Reason.PAUSED: gettext_lazy("%(n)s paused"),
    Reason.EXPIRED: gettext_lazy("%(n)s whose wish has run out"),
    Reason.PATIENT_INACTIVE: gettext_lazy("%(n)s not active"),
    Reason.WRONG_PROVIDER: gettext_lazy("%(n)s want another provider"),
    Reason.WRONG_PROVIDER_TYPE: gettext_lazy("%(n)s want another type of provider"),
    Reason.WRONG_VISIT_TYPE: gettext_lazy("%(n)s wait for another kind of visit"),
    Reason.TOO_SHORT: gettext_lazy("%(n)s need longer"),
    Reason.NOT_FREE: gettext_lazy("%(n)s not free then"),
    Reason.TOO_LITTLE_NOTICE: gettext_lazy("%(n)s need more notice"),
    Reason.OWN_SLOT: gettext_lazy("%(n)s gave up this very slot"),
    Reason.NOT_EARLIER: gettext_lazy("%(n)s come earlier already"),
    Reason.NO_PHONE: gettext_lazy("%(n)s without a phone"),
    Reason.NO_CONSENT: gettext_lazy("%(n)s have not agreed to texts"),
    Reason.OPTED_OUT: gettext_lazy("%(n)s opted out"),
    Reason.ALREADY_ASKED: gettext_lazy("%(n)s asked about it already"),
    Reason.PHONE_BUSY: gettext_lazy("%(n)s with another question open"),
    Reason.DAY_CAP: gettext_lazy("%(n)s asked often enough today"),
    Reason.WEEK_CAP: gettext_lazy("%(n)s asked often enough this week"),
    Reason.COOL_DOWN: gettext_lazy("%(n)s said no or nothing a while ago"),
    Reason.ALREADY_BOOKED: gettext_lazy("%(n)s have a visit then"),
    Reason.UNUSABLE_NUMBER: gettext_lazy("%(n)s whom texts do not reach"),
    Reason.OUTSIDE_HOURS: gettext_lazy("%(n)s outside hours"),
    Reason.WRONG_NUMBER: gettext_lazy("%(n)s with a wrong number"),
}
_LAST_ROUNDS = """
    SELECT DISTINCT ON (cancellation_id) cancellation_id, id FROM offers_round
    WHERE cancellation_id = ANY(%s) ORDER BY cancellation_id, number DESC
"""
_COUNTS = """
    SELECT round.id, reason, count(*) FROM offers_round round, unnest(round.reasons) reason
    WHERE round.id = ANY(%s) GROUP BY round.id, reason
"""


def in_words(counts: dict[int, int]) -> str:
    """The counts by reason as one line, the most frequent first."""
    known = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(_WORDS[Reason(reason)] % {"n": count} for reason, count in known)


def explain(shown: Collection[SlotCard]) -> None:
    """Say on each card of a slot for which nobody is being asked why that is: its last decision, counted."""
    idle = {card.pk: card for card in shown if card.is_idle}
    with connection.cursor() as cursor:
        cursor.execute(_LAST_ROUNDS, [list(idle)])
        rounds = dict(cursor.fetchall())
    counted = _counted(rounds.values())
    for slot_id, round_id in rounds.items():
        idle[slot_id].reasons = in_words(counted.get(round_id, {}))


def _counted(rounds: Collection[int]) -> dict[int, dict[int, int]]:
    keys = {f"reasons-of-round:{pk}": pk for pk in rounds}
    known = {keys[key]: counts for key, counts in cache.get_many(keys).items()}
    missing = [pk for pk in rounds if pk not in known]
    if not missing:
        return known
    fresh: dict[int, dict[int, int]] = {pk: {} for pk in missing}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [missing])
        for pk, reason, count in cursor.fetchall():
            fresh[pk][reason] = count
    cache.set_many({f"reasons-of-round:{pk}": counts for pk, counts in fresh.items()}, KEPT_SECONDS)
    return known | fresh


def of_the_day(now: datetime, *, user: User) -> str:
    """How the user's waitlist stands today: "4 asked today, 2 opted out, 1 outside hours"."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    asked = scoping.limit(Offer.objects.filter(created_at__gte=midnight), user)
    asked_count = asked.aggregate(n=Count("patient", distinct=True))["n"]
    waiting = scoping.limit(WaitlistEntry.objects.filter(status=EntryStatus.WAITING), user)
    silent = Suppression.objects.filter(phone=OuterRef("patient__phone"), lifted_at=None)
    opted_out = waiting.exclude(patient__phone="").filter(Exists(silent)).count()
    people = waiting.count()
    counts = [
        ngettext("%(n)s patient waits", "%(n)s patients wait", people) % {"n": people},
        _("%(n)s asked today") % {"n": asked_count},
        _("%(n)s opted out") % {"n": opted_out},
        _("%(n)s outside hours") % {"n": _outside_hours(waiting, now, user)},
    ]
    return ", ".join(counts)


def _outside_hours(waiting: QuerySet[WaitlistEntry], now: datetime, user: User) -> int:
    outside = 0
    for clinic in scoping.limit(Clinic.objects.order_by("pk"), user):
        awake = timing.awake(clinic=clinic, now=now)
        outside += waiting.filter(clinic=clinic).exclude(patient__contact_zones__in=awake).count()
    return outside
