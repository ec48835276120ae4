"""The rules of this room in SQL, in the order in which they are asked; constant text, values are parameters.

`entry`, `person` and `current` are rows of waitlist.matching's statement; `busy` are those with a visit then.
A condition that is NULL says nothing against an entry.
"""

from __future__ import annotations

from collections.abc import Sequence

from waitlist.reasons import Reason

Rules = Sequence[tuple[Reason, str]]

# What the entry's own row says about the slot as such. Most of a list ends here, so these read nothing else.
WISH: Rules = (
    (Reason.PAUSED, "entry.status = 'paused'"),
    (Reason.EXPIRED, "entry.expires_at <= %(now)s"),
    (Reason.WRONG_PROVIDER, "entry.provider_id <> %(provider)s"),
    (
        Reason.WRONG_PROVIDER_TYPE,
        "entry.provider_id IS NULL AND entry.provider_type NOT IN ('', %(provider_type)s)",
    ),
    (Reason.WRONG_VISIT_TYPE, "entry.visit_type_id <> %(visit_type)s"),
    (Reason.TOO_SHORT, "%(too_short)s"),
)
# The windows are looked up for each entry that is left: in one pass they would be those of all clinics.
TIME: Rules = (
    (
        Reason.NOT_FREE,
        """NOT (
            SELECT coalesce(bool_or(hours.weekday = %(weekday)s AND %(same_day)s
                AND hours.start <= %(local_start)s AND hours.end >= %(local_end)s), true)
            FROM waitlist_availability hours WHERE hours.entry_id = entry.id)""",
    ),
    (Reason.TOO_LITTLE_NOTICE, "entry.min_notice_minutes > %(minutes_left)s"),
    (Reason.OWN_SLOT, "entry.patient_id = %(freed_by)s"),
)
PERSON: Rules = (
    (Reason.PATIENT_INACTIVE, "person.status <> 'active'"),
    (Reason.NOT_EARLIER, "current.starts_at <= %(starts_at)s"),
)
# Not a join: where the planner believes in an empty calendar, it reads all of `busy` for every entry.
CALENDAR: Rules = (
    (
        Reason.ALREADY_BOOKED,
        """entry.patient_id IN (SELECT patient_id FROM busy)
            AND (entry.patient_id, coalesce(entry.current_appointment_id, 0))
                NOT IN (SELECT patient_id, only_visit FROM busy WHERE visits = 1)""",
    ),
    # As clinic.conflicts has it. Staff weigh it; somebody who is only asked by a text cannot.
    (
        Reason.TOO_SOON,
        """%(has_interval)s AND EXISTS (SELECT FROM clinic_appointment last
            WHERE last.patient_id = entry.patient_id AND last.visit_type_id = %(visit_type)s
                AND last.status IN ('booked', 'arrived', 'completed')
                AND last.starts_at >= %(interval_since)s AND last.starts_at < %(starts_at)s)""",
    ),
)


def first(rules: Rules) -> str:
    """SQL for the number of the first rule that says no, 0 where none does."""
    cases = "\n".join(f"WHEN {condition} THEN {int(reason)}" for reason, condition in rules)
    return f"CASE {cases} ELSE 0 END"


def any_of(rules: Rules) -> str:
    """SQL for whether a rule says no: true, or else false or NULL."""
    return "(" + " OR ".join(f"({condition})" for _, condition in rules) + ")"
