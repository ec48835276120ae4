"""Whose birthday it is, and why somebody is not greeted: one statement for all who ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.conf import settings
from django.db import connection

from clinic.models import Clinic
from core import zones
from core.channels import Channel
from offers import channels, timing
from outreach import greeting_days
from outreach.greeting_days import Clocks, Unfit

NAME = "greeting"
# Nobody is rung up for it.
UNSPOKEN = (Channel.VOICE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Birthday:
    """One patient's birthday `on` a day; `why` not, "" where nothing bars it. `greeting_id`: it was decided.

    The clinic is that one of the primary provider's where the patient was last, else the provider's first.
    """

    patient_id: int
    on: date
    provider_id: int | None
    clinic_id: int | None
    greeting_id: int | None
    why: str
    contact_zones: str
    timezone: str | None
    start: time | None
    end: time | None
    late_days: int | None

    @property
    def clocks(self) -> Clocks:
        """The patient's clocks, and the hours of the clinic; where there is none, the installation's."""
        clinic = Clinic(
            timezone=self.timezone or settings.TIME_ZONE,
            contact_hours_start=self.start,
            contact_hours_end=self.end,
        )
        start, end = clinic.contact_hours
        known = timing.zones_of(contact_zones=self.contact_zones, clinic=clinic)
        return Clocks(zones=tuple(known), start=start, end=end)

    def moment(self, now: datetime) -> datetime | Unfit:
        """As greeting_days.moment."""
        late = self.late_days or 0
        return greeting_days.moment(on=self.on, late_days=late, clocks=self.clocks, now=now)


def birthdays(
    *,
    days: Sequence[date],
    patient_id: int | None = None,
    provider_id: int | None = None,
    is_on: bool = False,
) -> list[Birthday]:
    """The birthdays on these days by day and patient, of all, of one patient or of one provider's patients.

    `is_on` asks as if every provider had switched greetings on.
    """
    months, month_days, on = zip(*greeting_days.births(days), strict=True)
    only = {"patient": "person.id = %(patient)s"} if patient_id is not None else {}
    only |= {"provider": "person.primary_provider_id = %(provider)s"} if provider_id is not None else {}
    also = "".join(f" AND {condition}" for condition in only.values())
    params = {
        "months": list(months),
        "month_days": list(month_days),
        "days": list(on),
        "patient": patient_id,
        "provider": provider_id,
        "is_on": is_on,
        "whatsapp_languages": channels.whatsapp_languages(NAME),
        **zones.params(),
    }
    with connection.cursor() as cursor:
        zone = zones.in_sql("place.timezone")
        cursor.execute(_BIRTHDAYS.format(why=_why(), also=also, zone=zone), params)
        names = [column.name for column in cursor.description]
        return [Birthday(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _why() -> str:
    """SQL for the first reason that bars a greeting, "" where none does."""
    by_mail = channels.any_open(without=[channel for channel in Channel if channel != Channel.EMAIL])
    rules = (
        ("deceased", "person.status = 'deceased'"),
        ("inactive", "person.status <> 'active'"),
        ("future_birth", "person.date_of_birth > asked.on_day"),
        ("impossible_birth", "person.date_of_birth < asked.on_day - interval '120 years'"),
        ("greeted_lately", _GREETED_LATELY),
        ("guardian", "person.under_guardian OR person.date_of_birth > asked.on_day - interval '18 years'"),
        ("no_doctor", "doctor.id IS NULL"),
        ("doctor_left", "NOT doctor.active"),
        ("switched_off", f"NOT %(is_on)s AND NOT {_SWITCHED_ON}"),
        ("patient_off", "NOT person.birthday_greetings"),
        ("no_clinic", "home.id IS NULL"),
        ("no_contact", "person.phone = '' AND person.email = ''"),
        ("opted_out", f"person.phone <> '' AND {channels.SILENT_NUMBER} AND NOT ({by_mail})"),
        ("no_consent", f"NOT coalesce({_AGREED}, false)"),
        ("", channels.any_open(without=UNSPOKEN)),
        ("wrong_number", f"person.sms_consent AND {channels.WRONG_NUMBER}"),
        ("unusable_number", f"person.sms_consent AND {channels.unusable(Channel.SMS)}"),
    )
    cases = " ".join(f"WHEN {condition} THEN '{reason}'" for reason, condition in rules)
    return f"CASE {cases} ELSE 'no_consent' END"


# On that day already, by the clinic's calendar, and now as well: nobody is greeted for the days before.
_SWITCHED_ON = """(EXISTS (SELECT FROM outreach_greetingswitch s
        WHERE s.provider_id = doctor.id AND s.ended_at IS NULL)
    AND EXISTS (SELECT FROM outreach_greetingswitch s WHERE s.provider_id = doctor.id
        AND (s.accepted_at AT TIME ZONE coalesce(home.zone, 'UTC'))::date <= asked.on_day
        AND (s.ended_at IS NULL
            OR (s.ended_at AT TIME ZONE coalesce(home.zone, 'UTC'))::date >= asked.on_day)))"""
# A date of birth that was corrected across New Year gives two birthdays in as many calendar years. Between
# two of one person there are 365 days at least, with 29 February as well.
_GREETED_LATELY = """EXISTS (SELECT FROM outreach_greeting near
    WHERE near.patient_id = person.id AND near.status <> 'skipped'
        AND near.year <> EXTRACT(YEAR FROM asked.on_day)
        AND near.birthday_on > asked.on_day - 365 AND near.birthday_on < asked.on_day + 365)"""
_AGREED = """(SELECT c.given FROM clinic_consent c
    WHERE c.patient_id = person.id AND c.channel = 'greeting' ORDER BY c.id DESC LIMIT 1)"""
# The day of birth itself is none. The visits are grouped: asked for the last one of a patient at a clinic,
# PostgreSQL would walk back through all of the clinic's.
_BIRTHDAYS = """
    SELECT person.id AS patient_id, asked.on_day AS "on", person.primary_provider_id AS provider_id,
        home.id AS clinic_id, greeting.id AS greeting_id, {why} AS why, person.contact_zones,
        home.timezone, home.contact_hours_start AS start, home.contact_hours_end AS "end",
        home.greeting_late_days AS late_days
    FROM unnest(%(months)s::int[], %(month_days)s::int[], %(days)s::date[]) AS asked (month, day, on_day)
    JOIN clinic_patient person ON EXTRACT(MONTH FROM person.date_of_birth) = asked.month
        AND EXTRACT(DAY FROM person.date_of_birth) = asked.day AND person.date_of_birth <> asked.on_day{also}
    LEFT JOIN outreach_greeting greeting
        ON greeting.patient_id = person.id AND greeting.year = EXTRACT(YEAR FROM asked.on_day)
    LEFT JOIN clinic_provider doctor ON doctor.id = person.primary_provider_id
    LEFT JOIN LATERAL (
        SELECT place.*, {zone} AS zone FROM clinic_provider_clinics works
        JOIN clinic_clinic place ON place.id = works.clinic_id
        LEFT JOIN (
            SELECT visit.clinic_id, max(visit.starts_at) AS last FROM clinic_appointment visit
            WHERE visit.patient_id = person.id GROUP BY visit.clinic_id
        ) visited ON visited.clinic_id = place.id
        WHERE works.provider_id = doctor.id ORDER BY visited.last DESC NULLS LAST, place.id LIMIT 1
    ) home ON true
    ORDER BY asked.on_day, person.id
"""
