"""Why somebody who fits a slot is left in peace: rules about offers and texts, for waitlist.matching."""

from datetime import datetime, timedelta

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

_RULES = (
    (
        Reason.OPTED_OUT,
        """EXISTS (SELECT 1 FROM messaging_suppression s
            WHERE s.phone = person.phone AND s.lifted_at IS NULL)""",
    ),
    (
        Reason.WRONG_NUMBER,
        """EXISTS (SELECT 1 FROM offers_wrongnumber w
            WHERE w.patient_id = entry.patient_id AND w.phone = person.phone AND w.lifted_at IS NULL)""",
    ),
    (
        Reason.ALREADY_ASKED,
        """EXISTS (SELECT 1 FROM offers_offer o
            WHERE o.entry_id = entry.id AND o.cancellation_id = %(cancellation)s)""",
    ),
    (
        Reason.PHONE_BUSY,
        "EXISTS (SELECT 1 FROM offers_offer o WHERE o.phone = person.phone AND o.status = 'pending')",
    ),
    (Reason.DAY_CAP, "recent.in_a_day >= %(day_cap)s"),
    (Reason.WEEK_CAP, "recent.in_a_week >= %(week_cap)s"),
    (Reason.COOL_DOWN, "recent.turned_down_at > %(cool_since)s"),
)


def for_slot(*, slot: Cancellation, now: datetime) -> Bars:
    """The bars of the slot's clinic at `now`."""
    return Bars(
        ctes=_RECENT,
        joins="LEFT JOIN recent ON recent.patient_id = entry.patient_id",
        rules=_RULES,
        params={
            "cancellation": slot.pk,
            "day_cap": slot.clinic.offers_per_day,
            "week_cap": slot.clinic.offers_per_week,
            "cool_since": now - timedelta(minutes=slot.clinic.cool_down_minutes),
        },
    )
