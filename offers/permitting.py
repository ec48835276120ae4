"""Whether a text may leave, kind by kind, and the receipt that is kept with it.

* An answer to somebody who texts us needs no other permission: whoever writes first may be answered in that
  exchange (Twilio Messaging Policy, "Contact initiated by an individual"), and an opt-out may be confirmed
  once (47 CFR 64.1200(a)(12)). It goes at once, at any hour: somebody waits for it. To it belong
  clarifications, help, replies, the notice of an opt-out, and what a YES or NO is told.
* Everything else needs consent to the text's channel: offers, the confirmation of a visit that staff booked
  or that a standby got, the word that a question is off, reminders. Greetings need one of their own as well.
* Whatever is no answer keeps to contact hours in the patient's zone. The confirmation that a slot was filled
  by phone goes at once, and so does one whose window would open after the visit: a visit that nobody knows
  of is worse. So does the word that a slot is taken to somebody whose YES it answers.

A number that has opted out gets nothing: messaging.delivery looks at that for every kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from clinic import reaching
from clinic.models import Clinic, ConsentChannel, Patient
from core import prepared, rows
from messaging import gate
from messaging.models import Kind, Message
from offers import policy, senders, timing
from offers.models import Cancellation, Offer

# Nobody gets these unasked.
ANSWERS = (Kind.CLARIFICATION, Kind.REPLY, Kind.HELP, Kind.OPTOUT_NOTICE)


class About(NamedTuple):
    """Whom and what a text is about, as that is now; nothing is locked."""

    patient: Patient | None
    # With its clinic.
    slot: Cancellation | None
    # The last words of the ledger that said yes, by channel.
    agreed: Mapping[str, int]
    # What else was asked.
    also: Sequence[Any]


def may_leave(message: Message, go: gate.Go, now: datetime) -> gate.Verdict:
    """Whether a text that its kind's gate lets go may be sent to whom it is for, at `now`."""
    if message.in_reply_to_id is not None or message.kind in ANSWERS:
        return _go(go, message, {"basis": "answer", "to": message.in_reply_to_id})
    known: About = go.known or about(message)
    patient, slot, agreed, _ = known
    consent = _consent(patient, message, agreed)
    if patient is None or consent is None:
        return gate.Skip("no_consent")
    if _is_gone(patient, message.kind):
        return gate.Skip("not_active")
    clinic = slot.clinic if slot else _clinic(message, patient)
    if clinic is None:
        return gate.Skip("no_clinic")
    opens = timing.opens_at(patient=patient, clinic=clinic, now=now)
    at_once = "" if opens == now else _at_once(message, slot.starts_at if slot else go.valid_until, opens)
    if opens != now and not at_once:
        return gate.Later(opens) if opens else gate.Skip("outside_hours")
    hours = {"at_once": at_once} if at_once else checked_hours(patient=patient, clinic=clinic, now=now)
    return _go(go, message, {"basis": "consent", "consent": consent, "hours": hours})


def about(message: Message, also: str = "NULL", **values: Any) -> About:
    """Look up by one statement what a text is about, and in it what the SQL `also` asks with `values`.

    Of these `patient` and `phone` are there already.
    """
    asked = {"patient": message.related.get("patient"), "slot": message.related.get("cancellation")}
    asked |= {"phone": message.to, "channels": _channels(message), **values}
    with prepared.cursor() as cursor:
        cursor.execute(_seen(also), asked)
        found = cursor.fetchone()
    patient, slot, clinic = rows.built(found, Patient, Cancellation, Clinic)
    slot.clinic = clinic
    agreed, *rest = found[rows.width(Patient, Cancellation, Clinic) :]
    return About(patient if patient.pk else None, slot if slot.pk else None, json.loads(agreed), rest)


@cache
def _seen(also: str) -> str:
    return f"""
        SELECT {rows.columns(Patient, "person")}, {rows.columns(Cancellation, "slot")},
            {rows.columns(Clinic, "clinic")},
            (SELECT coalesce(jsonb_object_agg(channel, id) FILTER (WHERE given), '{{}}')::text
                FROM ({_LAST_WORDS}) words),
            {also}
        FROM (SELECT) text
        LEFT JOIN clinic_patient person ON person.id = %(patient)s
        LEFT JOIN offers_cancellation slot ON slot.id = %(slot)s
        LEFT JOIN clinic_clinic clinic ON clinic.id = slot.clinic_id
    """  # noqa: S608 - names of our models


def _is_gone(patient: Patient, kind: str) -> bool:
    """Whether the patient is to hear nothing unasked any more; of a booked visit the living still do."""
    if patient.status == Patient.Status.INACTIVE:
        return kind != Kind.CONFIRMATION
    return patient.status != Patient.Status.ACTIVE


def consent_of(patient: Patient | None, message: Message) -> dict[str, int] | None:
    """The rows of the ledger that permit this text, by channel; None where one is missing.

    Consent is given for the address that the patient has: to another one there is none.
    """
    if patient is None:
        return None
    with prepared.cursor() as cursor:
        cursor.execute(_LAST_WORDS, {"patient": patient.pk, "channels": _channels(message)})
        return _consent(patient, message, {channel: pk for channel, pk, given in cursor.fetchall() if given})


def _consent(patient: Patient | None, message: Message, agreed: Mapping[str, int]) -> dict[str, int] | None:
    if patient is None or reaching.address(patient, message.channel) != message.to:
        return None
    return dict(agreed) if len(agreed) == len(_channels(message)) else None


def _channels(message: Message) -> list[str]:
    """What a text needs consent to."""
    return [message.channel, *([ConsentChannel.GREETING] if message.kind == Kind.GREETING else [])]


def offer_receipt(
    *, patient: Patient, clinic: Clinic, consent: Mapping[str, int], template: str, now: datetime
) -> dict[str, Any]:
    """Why an offer may leave at `now`: consent, hours, caps with this offer counted, words and policy."""
    with prepared.cursor() as cursor:
        cursor.execute(_COUNTED, {"patient": patient.pk, "now": now})
        in_a_day, in_a_week = cursor.fetchone()
    return {
        "basis": "consent",
        "consent": dict(consent),
        "hours": checked_hours(patient=patient, clinic=clinic, now=now),
        "caps": {"day": [in_a_day, clinic.offers_per_day], "week": [in_a_week, clinic.offers_per_week]},
        "template": template,
        "policy": policy.POLICY_VERSION,
    }


def checked_hours(*, patient: Patient, clinic: Clinic, now: datetime) -> dict[str, Any]:
    """The window, and what the clocks of the zones showed that were looked at."""
    start, end = clinic.contact_hours
    zones = timing.zones_of(contact_zones=patient.contact_zones, clinic=clinic)
    shown = {zone.key: f"{now.astimezone(zone):%H:%M}" for zone in zones}
    return {"from": f"{start:%H:%M}", "to": f"{end:%H:%M}", "at": shown}


def _go(go: gate.Go, message: Message, why: Mapping[str, Any]) -> gate.Go:
    receipt = {**why, "template": message.template, "policy": policy.POLICY_VERSION}
    return replace(go, permission=receipt)


def _clinic(message: Message, patient: Patient) -> Clinic | None:
    named = rows.read(Clinic, "id = %s", [message.related.get("clinic")])
    return next(iter(named), None) or senders.clinic_of(patient)


def _at_once(message: Message, starts_at: datetime | None, opens: datetime | None) -> str:
    """Why this text does not wait for contact hours; "" where it does."""
    if message.kind == Kind.TAKEN:
        # A YES that came before its sender was told has no other answer than this.
        said_yes = Offer.objects.filter(pk=message.related.get("offer"), responded_at__isnull=False)
        return "answers_a_yes" if said_yes.exists() else ""
    if message.kind not in (Kind.CONFIRMATION, Kind.UNDONE):
        return ""
    if (
        message.kind == Kind.CONFIRMATION
        and "offer" not in message.related
        and "appointment" not in message.related
    ):
        return "spoken_to"
    too_late = starts_at is not None and (opens is None or opens >= starts_at)
    return "visit_comes_first" if too_late else ""


_LAST_WORDS = """
    SELECT DISTINCT ON (channel) channel, id, given FROM clinic_consent
    WHERE patient_id = %(patient)s AND channel = ANY(%(channels)s::text[]) ORDER BY channel, id DESC
"""
# As offers.bars counts them.
_COUNTED = """
    SELECT count(*) FILTER (WHERE created_at > %(now)s - interval '1 day'), count(*)
    FROM offers_offer
    WHERE patient_id = %(patient)s AND created_at > %(now)s - interval '7 days'
        AND (hold_expires_at IS NOT NULL OR status = 'pending')
"""
