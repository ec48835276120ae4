"""The one statement behind analytics: all figures come from one look, so that no two of them disagree.

Slots are chosen by the day on which the clinic's own clock stood when they were logged; whatever is about a
slot, texts included, counts with it. A local day is computed from the instant, so that days of 23 and 25
hours, and hours that a clock shows twice, are counted as people there lived them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import connection

from clinic.states import AppointmentStatus
from core import zones
from messaging.models import Direction, Kind
from messaging.states import MessageStatus
from offers.accepting import MOVED
from offers.figures import ENOUGH_PEOPLE, FILL_BANDS, IN_TIME_MINUTES, REPLY_BANDS, Period
from offers.states import FILLABLE, CancellationStatus, OfferStatus, UnfilledReason

# No clock on earth is further from UTC, and the index wants instants.
FURTHEST_CLOCK = timedelta(days=1)
# Whoever was looked at again and again is one person; for so many looks that takes 0.2 s to find out.
MOST_LOOKS = 250_000


def count(
    *,
    period: Period,
    clinics: Iterable[int] | None,
    provider_id: int | None,
    now: datetime,
) -> dict[str, Any]:
    """{"lots": [a row of figures for each lot], "replies": {…}, "people": {…}}, as the statement makes them.

    `clinics` None is all of them.
    """
    params = {
        **_CONSTANTS,
        **zones.params(),
        "clinics": None if clinics is None else sorted(set(clinics)),
        "provider": provider_id,
        "since": period.since,
        "until": period.until,
        "earliest": datetime.combine(period.since, time(), UTC) - FURTHEST_CLOCK,
        "latest": datetime.combine(period.until, time(), UTC) + 2 * FURTHEST_CLOCK,
        "step": period.step,
        "young": now - timedelta(minutes=IN_TIME_MINUTES),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, params)
        lots, replies, people = cursor.fetchone()
    return {"lots": lots, "replies": replies, "people": people}


# width_bucket takes a band's lower end in and its upper one out; turned around it is as we want it.
_CONSTANTS: dict[str, Any] = {
    "filled": CancellationStatus.FILLED,
    "unfilled": CancellationStatus.UNFILLED,
    "withdrawn": CancellationStatus.WITHDRAWN,
    "running": [state for state in FILLABLE if state != CancellationStatus.UNFILLED],
    "call": UnfilledReason.CALL,
    "accepted": OfferStatus.ACCEPTED,
    "cancelled": AppointmentStatus.CANCELLED,
    "moved": MOVED,
    "inbound": Direction.INBOUND,
    "question": Kind.OFFER,
    "confirmation": Kind.CONFIRMATION,
    "taken": Kind.TAKEN,
    "not_handed": [
        MessageStatus.QUEUED,
        MessageStatus.SENDING,
        MessageStatus.SKIPPED,
        MessageStatus.RECEIVED,
        MessageStatus.HANDLED,
    ],
    "delivered": MessageStatus.DELIVERED,
    "lost": [MessageStatus.UNDELIVERED, MessageStatus.FAILED, MessageStatus.NOT_SENT],
    "enough": ENOUGH_PEOPLE,
    "in_time": 60 * IN_TIME_MINUTES,
    "fill_bands_turned": [-60 * end for end in reversed(FILL_BANDS)],
    "reply_bands_turned": [-60 * end for end in reversed(REPLY_BANDS)],
    "most_looks": MOST_LOOKS,
}


def _banded(column: str, ends: tuple[int, ...]) -> str:
    counts = (f"count(*) FILTER (WHERE {column} = {place})" for place in range(len(ends) + 1))
    return f"ARRAY[{', '.join(counts)}]"


# Whom staff booked without a question having been put: the audit line of the filling names the visit, and the
# entry left the list in the instant of that booking.
_BY_HAND = """
        SELECT entry.id AS entry_id
        FROM core_auditevent filling
        JOIN clinic_appointment visit ON visit.id = (filling.data->>'appointment')::bigint
        JOIN waitlist_waitlistentry entry ON entry.patient_id = visit.patient_id
            AND entry.clinic_id = logged.clinic_id AND entry.visit_type_id = logged.visit_type_id
            AND entry.changed_at = visit.created_at
        WHERE logged.status = %(filled)s AND of_offers.entry_id IS NULL AND visit.fills_slot = logged.id
            AND filling.object_type = 'offers.cancellation' AND filling.object_id = logged.id::text
            AND filling.verb = 'slot.filled' AND visit.created_at = logged.closed_at
        ORDER BY filling.id DESC LIMIT 1
"""
# Unpacking the frozen decisions is the dear part.
_CONSIDERED = """
        SELECT CASE WHEN (SELECT coalesce(sum(considered_count), 0) FROM decided) <= %(most_looks)s THEN (
            SELECT count(DISTINCT entry.patient_id) FROM waitlist_waitlistentry entry
            WHERE entry.id IN (
                SELECT unnest(round.entry_ids) FROM decided JOIN offers_round round ON round.id = decided.id
            )
        ) END
"""

_SQL = f"""
WITH place AS MATERIALIZED (
    SELECT id, {zones.in_sql("timezone")} AS zone FROM clinic_clinic
), logged AS MATERIALIZED (
    SELECT slot.*, clinic.zone, slot.created_at AT TIME ZONE clinic.zone AS local
    FROM place clinic
    JOIN offers_cancellation slot ON slot.clinic_id = clinic.id
        AND slot.created_at >= %(earliest)s AND slot.created_at < %(latest)s
    WHERE (%(clinics)s::bigint[] IS NULL OR clinic.id = ANY(%(clinics)s::bigint[]))
        AND (%(provider)s::bigint IS NULL OR slot.provider_id = %(provider)s::bigint)
        AND (slot.created_at AT TIME ZONE clinic.zone)::date BETWEEN %(since)s AND %(until)s
        AND NOT slot.is_shadow
), texts AS MATERIALIZED (
    SELECT logged.id AS slot_id, (text.related->>'offer')::bigint AS offer_id, text.kind, text.status,
        text.direction = %(inbound)s AS is_answer, text.attention <> '' AS for_a_person,
        text.status <> ALL(%(not_handed)s) AS is_handed_over, text.sent_at, text.received_at
    FROM logged
    CROSS JOIN LATERAL (
        SELECT * FROM messaging_message about
        WHERE about.related ? 'cancellation' AND (about.related->>'cancellation')::bigint = logged.id
        -- The planner takes a slot for a two-hundredth of all texts and would read them all.
        OFFSET 0
    ) text
), of_texts AS (
    SELECT slot_id, count(*) FILTER (WHERE is_handed_over) AS handed_over,
        count(*) FILTER (WHERE status = %(delivered)s) AS delivered,
        count(*) FILTER (WHERE status = ANY(%(lost)s)) AS not_delivered,
        count(*) FILTER (WHERE kind = %(taken)s AND is_handed_over) AS taken,
        count(*) FILTER (WHERE is_answer AND for_a_person) AS for_a_person
    FROM texts GROUP BY slot_id
), said AS (
    SELECT offer_id, min(received_at) FILTER (WHERE is_answer) AS heard_at,
        min(sent_at) FILTER (WHERE kind = %(question)s AND NOT is_answer) AS sent_at,
        bool_or(kind = %(confirmation)s AND NOT is_answer) AS is_confirmed
    FROM texts WHERE offer_id IS NOT NULL GROUP BY offer_id
), asked AS MATERIALIZED (
    SELECT offer.cancellation_id AS slot_id, offer.patient_id, offer.entry_id,
        offer.status = %(accepted)s AS has_won, coalesce(said.is_confirmed, false) AS by_text,
        offer.hold_expires_at IS NOT NULL AS is_asked,
        offer.responded_at IS NOT NULL OR said.heard_at IS NOT NULL AS has_answered,
        CASE WHEN said.heard_at >= said.sent_at THEN extract(epoch FROM said.heard_at - said.sent_at) END
            AS seconds
    FROM logged
    JOIN offers_offer offer ON offer.cancellation_id = logged.id
    LEFT JOIN said ON said.offer_id = offer.id
), of_offers AS (
    SELECT slot_id, count(*) FILTER (WHERE is_asked) AS asked,
        count(*) FILTER (WHERE is_asked AND has_answered) AS answered,
        count(*) FILTER (WHERE is_asked AND has_won) AS won,
        bool_or(has_won AND by_text) AS by_text,
        min(entry_id) FILTER (WHERE has_won) AS entry_id
    FROM asked GROUP BY slot_id
), decided AS MATERIALIZED (
    SELECT round.id, logged.id AS slot_id, round.number, round.considered_count, round.eligible_count
    FROM logged JOIN offers_round round ON round.cancellation_id = logged.id
), of_rounds AS (
    SELECT slot_id, max(considered_count) AS considered,
        (array_agg(eligible_count ORDER BY number))[1] AS depth
    FROM decided GROUP BY slot_id
), measured AS MATERIALIZED (
    SELECT logged.clinic_id, logged.provider_id, date_trunc(%(step)s, logged.local)::date AS day,
        extract(hour FROM logged.local)::int AS hour, logged.status = %(filled)s AS is_filled,
        logged.status = %(withdrawn)s AS is_withdrawn,
        logged.status = %(withdrawn)s AND logged.closed_at <= logged.grace_ends_at AS is_slip,
        logged.status = ANY(%(running)s) AND logged.created_at > %(young)s AS is_undecided,
        logged.status = %(unfilled)s AND logged.unfilled_reason = %(call)s AS is_to_call,
        logged.status IN (%(filled)s, %(unfilled)s) AS is_settled,
        took.seconds,
        {len(FILL_BANDS)} - width_bucket(-took.seconds, %(fill_bands_turned)s::float8[]) AS band,
        of_rounds.depth, of_rounds.considered, of_texts.handed_over, of_texts.delivered,
        of_texts.not_delivered, of_texts.taken, of_texts.for_a_person, of_offers.asked, of_offers.answered,
        of_offers.won, logged.status = %(filled)s AND coalesce(of_offers.by_text, false) AS by_text,
        CASE WHEN logged.status = %(filled)s THEN
            (old.starts_at AT TIME ZONE logged.zone)::date - (logged.starts_at AT TIME ZONE logged.zone)::date
        END AS days_gained
    FROM logged
    LEFT JOIN of_rounds ON of_rounds.slot_id = logged.id
    LEFT JOIN of_texts ON of_texts.slot_id = logged.id
    LEFT JOIN of_offers ON of_offers.slot_id = logged.id
    LEFT JOIN LATERAL (
        SELECT extract(epoch FROM logged.closed_at - logged.created_at)::float8 AS seconds
        WHERE logged.status = %(filled)s
    ) took ON true
    LEFT JOIN LATERAL (
{_BY_HAND}    ) phoned ON true
    LEFT JOIN waitlist_waitlistentry entry ON entry.id = coalesce(of_offers.entry_id, phoned.entry_id)
    LEFT JOIN clinic_appointment old ON old.id = entry.current_appointment_id
        AND old.status = %(cancelled)s AND old.cancel_reason = %(moved)s AND old.starts_at > logged.starts_at
), lots AS (
    SELECT CASE grouping(clinic_id, provider_id, hour, day)
            WHEN 7 THEN 'clinic' WHEN 11 THEN 'provider' WHEN 13 THEN 'hour' WHEN 14 THEN 'day' ELSE 'all'
        END AS lot,
        coalesce(clinic_id::text, provider_id::text, hour::text, day::text) AS key,
        count(*) AS logged,
        count(*) FILTER (WHERE is_slip) AS withdrawn_in_grace,
        count(*) FILTER (WHERE is_withdrawn AND NOT is_slip) AS withdrawn_later,
        count(*) FILTER (WHERE is_undecided) AS undecided,
        count(*) FILTER (WHERE NOT is_withdrawn AND NOT is_undecided) AS counted,
        count(*) FILTER (WHERE seconds <= %(in_time)s) AS in_time,
        count(*) FILTER (WHERE is_settled) AS settled,
        count(*) FILTER (WHERE is_filled) AS filled,
        count(*) FILTER (WHERE by_text) AS by_text,
        count(*) FILTER (WHERE is_to_call) AS to_call,
        coalesce(sum(handed_over), 0) AS handed_over, coalesce(sum(delivered), 0) AS delivered,
        coalesce(sum(not_delivered), 0) AS not_delivered, coalesce(sum(taken), 0) AS taken,
        coalesce(sum(for_a_person), 0) AS for_a_person, coalesce(sum(considered), 0) AS considered,
        coalesce(sum(asked), 0) AS asked, coalesce(sum(answered), 0) AS answered,
        coalesce(sum(won), 0) AS won,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY depth) AS depth,
        count(*) FILTER (WHERE depth < %(enough)s) AS thin, count(depth) AS rounds,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) AS fill_median,
        percentile_disc(0.9) WITHIN GROUP (ORDER BY seconds) AS fill_ninth,
        {_banded("band", FILL_BANDS)} AS fill_bands,
        count(days_gained) AS moved, coalesce(sum(days_gained), 0) AS days_gained,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY days_gained) AS days_median
    FROM measured
    GROUP BY GROUPING SETS ((), (clinic_id), (provider_id), (hour), (day))
), replies AS (
    SELECT count(seconds) AS answers, percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) AS median,
        percentile_disc(0.9) WITHIN GROUP (ORDER BY seconds) AS ninth, {_banded("band", REPLY_BANDS)} AS bands
    FROM (
        SELECT seconds, {len(REPLY_BANDS)}
            - width_bucket(-seconds::float8, %(reply_bands_turned)s::float8[]) AS band
        FROM asked WHERE is_asked
    ) timed
), people AS (
    SELECT count(DISTINCT patient_id) AS asked,
        count(DISTINCT patient_id) FILTER (WHERE has_answered) AS answered,
        count(DISTINCT patient_id) FILTER (WHERE has_won) AS won,
        ({_CONSIDERED}) AS considered
    FROM asked WHERE is_asked
)
SELECT (SELECT json_agg(lots) FROM lots), (SELECT row_to_json(replies) FROM replies),
    (SELECT row_to_json(people) FROM people)
"""  # noqa: S608 - constant text of this project's own; every value is a parameter
