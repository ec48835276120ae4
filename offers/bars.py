"""Why somebody who fits a slot is left in peace: rules about offers and texts, for waitlist.matching."""

from datetime import datetime, timedelta
from functools import cache

from core.channels import Channel
from offers import channels, timing
from offers.models import Cancellation
from waitlist.barring import Rules
from waitlist.matching import Bars
from waitlist.reasons import Reason

# One pass over a week of offers, whatever the length of the list and of the history. A day is any 24 hours
# and a week seven of them: what a sliding day allows no calendar day of any zone exceeds, as long as that
# day's contact hours span no more than 24.
_RECENT = """
, recent AS MATERIALIZED (
    SELECT patient_id,
        count(*) FILTER (WHERE created_at > %(now)s - interval '1 day') AS in_a_day,
        count(*) FILTER (WHERE created_at > %(now)s - interval '7 days') AS in_a_week,
        max(coalesce(responded_at, hold_expires_at)) FILTER (WHERE status IN ('declined', 'expired'))
            AS turned_down_at
    FROM offers_offer asked
    WHERE created_at > %(recently)s AND (hold_expires_at IS NOT NULL OR status = 'pending')
    GROUP BY patient_id
)"""

# For a slot in shadow, and for no other, what slots in shadow would have asked counts as if it had been.
_AND_IN_SHADOW = """(
    SELECT cancellation_id, entry_id, patient_id, phone, status, hold_expires_at, responded_at, created_at
    FROM offers_offer
    UNION ALL
    SELECT cancellation_id, entry_id, patient_id, phone,
        CASE WHEN hold_expires_at > %(now)s THEN 'pending' ELSE 'expired' END, hold_expires_at,
        NULL::timestamptz, created_at
    FROM offers_shadowoffer
)"""

WEEK = timedelta(days=7)
# Longer than any hold, which Clinic.hold_minutes bounds at 999 minutes.
HOLDS = timedelta(days=1)


def _those(condition: str) -> str:
    # Not a join: where the planner believes in an idle week, it reads all of `recent` for every entry.
    return f"entry.patient_id IN (SELECT patient_id FROM recent WHERE {condition})"  # noqa: S608 - constant text


@cache
def _unreached(on: tuple[Channel, ...]) -> Rules:
    """Why nobody is reached, as it is with texts: each says no only where no other channel is left.

    Whom texts reach is asked nothing about the others.
    """
    usable = {channel: f"({channels.usable(channel)})" for channel in on}
    beside_texts = " OR ".join(usable[channel] for channel in on if channel != Channel.SMS) or "FALSE"
    beside_phone = usable.get(Channel.EMAIL, "FALSE")
    return (
        (Reason.NO_PHONE, f"person.phone = '' AND NOT {beside_phone}"),
        (Reason.OPTED_OUT, f"{channels.SILENT_NUMBER} AND NOT {beside_phone}"),
        # After the opt-out, which takes consent with it: staff see which of the two it was.
        (Reason.NO_CONSENT, f"NOT person.sms_consent AND NOT ({beside_texts})"),
        (Reason.UNUSABLE_NUMBER, f"{channels.unusable(Channel.SMS)} AND NOT ({beside_texts})"),
        (Reason.WRONG_NUMBER, f"{channels.WRONG_NUMBER} AND NOT {beside_phone}"),
    )


_RULES = (
    (
        Reason.ALREADY_ASKED,
        """EXISTS (SELECT 1 FROM offers_offer o
            WHERE o.entry_id = entry.id AND o.cancellation_id = %(cancellation)s)""",
    ),
    (
        Reason.PHONE_BUSY,
        """person.phone <> '' AND EXISTS (SELECT 1 FROM offers_offer o
            WHERE o.phone = person.phone AND o.status = 'pending')""",
    ),
    (
        Reason.PHONE_BUSY,
        """person.phone = '' AND EXISTS (SELECT 1 FROM offers_offer o
            WHERE o.patient_id = person.id AND o.phone = '' AND o.status = 'pending')""",
    ),
    # Whom a colleague has on the phone is not texted meanwhile; a NO said there is one about this slot.
    (
        Reason.PHONE_BUSY,
        """person.id IN (SELECT patient_id FROM offers_staffcall
            WHERE ended_at IS NULL AND ends_at > %(now)s)""",
    ),
    (
        Reason.ALREADY_ASKED,
        """person.id IN (SELECT patient_id FROM offers_staffcall
            WHERE cancellation_id = %(cancellation)s AND outcome = 'declined')""",
    ),
    (Reason.DAY_CAP, _those("in_a_day >= %(day_cap)s")),
    (Reason.WEEK_CAP, _those("in_a_week >= %(week_cap)s")),
    (Reason.COOL_DOWN, _those("turned_down_at > %(cool_since)s")),
)

# Asked last: whoever is named here may be asked as soon as their day begins.
_LAST = ((Reason.OUTSIDE_HOURS, "person.contact_zones <> ALL(%(zones_awake)s)"),)


def _asked(sql: str, slot: Cancellation) -> str:
    return sql.replace("FROM offers_offer", f"FROM {_AND_IN_SHADOW}") if slot.is_shadow else sql


def for_slot(*, slot: Cancellation, now: datetime) -> Bars:
    """The bars of the slot's clinic at `now`."""
    cool_since = now - timedelta(minutes=slot.clinic.cool_down_minutes)
    return Bars(
        ctes=_asked(_RECENT, slot),
        rules=(
            *_unreached(channels.switched_on()),
            *((reason, _asked(condition, slot)) for reason, condition in _RULES),
        ),
        last=_LAST,
        params={
            "cancellation": slot.pk,
            "day_cap": slot.clinic.offers_per_day,
            "week_cap": slot.clinic.offers_per_week,
            "cool_since": cool_since,
            # A question may be turned down long after it was put.
            "recently": min(now - WEEK, cool_since - HOLDS),
            "whatsapp_languages": channels.whatsapp_languages(),
            "zones_awake": timing.awake(clinic=slot.clinic, now=now),
        },
    )
