"""Why somebody who fits a slot is left in peace: rules about offers and texts, for waitlist.matching."""

from datetime import datetime, timedelta

from messaging import numbers
from offers.models import Cancellation
from waitlist.matching import Bars
from waitlist.reasons import Reason

# One pass over a week of offers, whatever the length of the list and of the history.
_RECENT = """
, recent AS MATERIALIZED (
    SELECT patient_id,
        count(*) FILTER (WHERE created_at > %(now)s - interval '1 day') AS in_a_day,
        count(*) AS in_a_week,
        max(coalesce(responded_at, hold_expires_at)) FILTER (WHERE status IN ('declined', 'expired'))
            AS turned_down_at
    FROM offers_offer
    WHERE created_at > %(now)s - interval '7 days' AND (hold_expires_at IS NOT NULL OR status = 'pending')
    GROUP BY patient_id
)"""


def _those(condition: str) -> str:
    # Not a join: where the planner believes in an idle week, it reads all of `recent` for every entry.
    return f"entry.patient_id IN (SELECT patient_id FROM recent WHERE {condition})"  # noqa: S608 - constant text


_RULES = (
    (
        Reason.OPTED_OUT,
        """EXISTS (SELECT 1 FROM messaging_suppression s
            WHERE s.phone = person.phone AND s.lifted_at IS NULL)""",
    ),
    (Reason.UNUSABLE_NUMBER, numbers.IS_UNUSABLE.format(phone="person.phone")),
    (
        Reason.ALREADY_ASKED,
        """EXISTS (SELECT 1 FROM offers_offer o
            WHERE o.entry_id = entry.id AND o.cancellation_id = %(cancellation)s)""",
    ),
    (
        Reason.PHONE_BUSY,
        "EXISTS (SELECT 1 FROM offers_offer o WHERE o.phone = person.phone AND o.status = 'pending')",
    ),
    (Reason.DAY_CAP, _those("in_a_day >= %(day_cap)s")),
    (Reason.WEEK_CAP, _those("in_a_week >= %(week_cap)s")),
    (Reason.COOL_DOWN, _those("turned_down_at > %(cool_since)s")),
)


def for_slot(*, slot: Cancellation, now: datetime) -> Bars:
    """The bars of the slot's clinic at `now`."""
    return Bars(
        ctes=_RECENT,
        rules=_RULES,
        params={
            "cancellation": slot.pk,
            "day_cap": slot.clinic.offers_per_day,
            "week_cap": slot.clinic.offers_per_week,
            "cool_since": now - timedelta(minutes=slot.clinic.cool_down_minutes),
        },
    )
