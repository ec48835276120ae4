"""By which channel somebody is asked, and by which next where that one fails.

First the patient's own wish, then texts, WhatsApp, e-mail, a call; of these only what the operator has
switched on, the patient has agreed to and can be reached by. Whoever said on a number that it is to be left
alone, or that it is somebody else's, is left alone on it by texts, WhatsApp and calls alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from clinic import reaching
from clinic.models import Patient
from core import prepared
from core.channels import ON_A_PHONE, Channel
from messaging import numbers, senders
from offers.models import Offer, WhatsAppTemplate

ORDER = (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL, Channel.VOICE)
# What is told unasked waits for no answer within minutes.
IN_WRITING = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)

_SILENT = "EXISTS (SELECT 1 FROM messaging_suppression s WHERE s.phone = {} AND s.lifted_at IS NULL)"
SILENT_NUMBER = _SILENT.format("person.phone")
WRONG_NUMBER = """EXISTS (SELECT 1 FROM offers_wrongnumber w
            WHERE w.patient_id = person.id AND w.phone = person.phone AND w.lifted_at IS NULL)"""


def unusable(channel: Channel) -> str:
    """SQL for whether a channel cannot reach `person`."""
    address = "person.email" if channel == Channel.EMAIL else "person.phone"
    return numbers.IS_UNUSABLE.format(phone=address, channel=f"'{channel.value}'")


def usable(channel: Channel) -> str:
    """SQL for whether `person` agreed to a channel that can reach them, whatever was said of the number."""
    conditions = [f"person.{reaching.FLAGS[channel]}", f"NOT {unusable(channel)}"]
    if channel == Channel.EMAIL:
        conditions += ["person.email <> ''", f"NOT {_SILENT.format('person.email')}"]
    if channel == Channel.WHATSAPP:
        conditions += ["person.language = ANY(%(whatsapp_languages)s)"]
    return " AND ".join(conditions)


def switched_on() -> tuple[Channel, ...]:
    """The channels that the operator uses, in their order."""
    return tuple(channel for channel in ORDER if senders.is_on(channel))


def whatsapp_languages(name: str = "offer") -> list[str]:
    """In which languages WhatsApp has approved words for a text."""
    rows = WhatsAppTemplate.objects.filter(name=name).order_by("language")
    return list(rows.values_list("language", flat=True))


def any_open(*, without: Collection[Channel] = ()) -> str:
    """SQL for whether `person` may be asked by any channel; its parameter is `whatsapp_languages`."""
    left = (channel for channel in switched_on() if channel not in without)
    return " OR ".join(f"({_is_open(channel)})" for channel in left) or "FALSE"


def open_to(patient_ids: Collection[int], *, name: str = "offer") -> dict[int, list[Channel]]:
    """By which channels each of the patients may be told the text `name`, the best first; one statement."""
    on = switched_on()
    columns = ", ".join(f"coalesce({_is_open(channel)}, false)" for channel in on)
    sql = f"""SELECT person.id, person.preferred_channel, {columns}
        FROM clinic_patient person WHERE person.id = ANY(%(ids)s)"""  # noqa: S608 - constant text
    with prepared.cursor() as cursor:
        cursor.execute(sql, {"ids": list(patient_ids), "whatsapp_languages": whatsapp_languages(name)})
        return {
            pk: in_order(preferred, (channel for channel, is_open in zip(on, found, strict=True) if is_open))
            for pk, preferred, *found in cursor.fetchall()
        }


def in_order(preferred: str, found: Iterable[Channel]) -> list[Channel]:
    """The patient's own wish first, then as ORDER has it."""
    return sorted(found, key=lambda channel: (channel != preferred, ORDER.index(channel)))


def in_writing(patient: Patient, *, name: str) -> Channel | None:
    """By which channel this patient is told the text `name` unasked; None: nothing reaches them.

    The patient's own wish first, then as IN_WRITING has it. Whoever agreed to none is texted, and the gate of
    texts says why not. Nobody is rung up for it.
    """
    found = open_to([patient.pk], name=name)[patient.pk]
    wishes = (Channel(patient.preferred_channel), *IN_WRITING)
    written = (each for each in wishes if each in found and each in IN_WRITING)
    return next(written, Channel.SMS if patient.phone else None)


def address_of(offer: Offer) -> str:
    """Where the exchange about an offer goes: the number it was put to, or the patient's e-mail address."""
    return offer.phone if offer.channel in ON_A_PHONE else offer.patient.email


def _is_open(channel: Channel) -> str:
    if channel == Channel.EMAIL:
        return usable(channel)
    return f"person.phone <> '' AND NOT {SILENT_NUMBER} AND NOT {WRONG_NUMBER} AND {usable(channel)}"
