"""The ledger of consent: who agreed to what, in which words, and who took it back.

The only writer of Consent and of `Patient.sms_consent`, which is the last word about texts, and of the like
columns of the other channels: both are written in one transaction under the lock of the patient's row, so
that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, OuterRef, Subquery, TextField, Value, When
from django.utils.translation import gettext as _

from clinic import noting, reaching
from clinic.models import Consent, ConsentChannel, ConsentSource, Patient
from clinic.signals import patient_out_of_reach, patient_within_reach
from core.channels import Channel

# The words of the box that staff tick, kept where nobody wrote down what the patient said.
BOX_TICKED = "The patient agreed to be texted about earlier appointments."
BOX_CLEARED = "The patient no longer agrees to be texted about earlier appointments."
PATIENT = "patient"


class ConsentError(Exception):
    """What cannot stand in the ledger; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a patient said about a channel: given, or else withdrawn, in exactly these words."""

    channel: str
    given: bool
    source: str
    words: str


@transaction.atomic
def record(*, patient_id: int, word: Word, by: str, now: datetime) -> Consent:
    """Write down what a patient said. Raises ConsentError and Patient.DoesNotExist.

    Who takes back consent by any other way than by that channel is announced as `patient_out_of_reach`.
    """
    if word.channel not in ConsentChannel.values:
        raise ConsentError("channel", _("There is no such channel."))
    if not word.words.strip():
        raise ConsentError("words", _("Write down what the patient said."))
    patient = Patient.objects.select_for_update(of=("self",), no_key=True).get(pk=patient_id)
    before = reaching.addresses(patient)
    row = write(patient=patient, word=word, by=by, now=now)
    lost(patient=patient, before=before)
    return row


def lost(*, patient: Patient, before: Mapping[Channel, str]) -> None:
    """Announce a patient who may no longer be asked by some channel where that was so `before`."""
    after = reaching.addresses(patient)
    if any(after.get(channel) != where for channel, where in before.items()):
        patient_out_of_reach.send(sender=Patient, patient_id=patient.pk)


def write(*, patient: Patient, word: Word, by: str, now: datetime) -> Consent:
    """`record`, for a verb that holds the patient's row and announces by itself who is out of reach."""
    row = Consent.objects.create(
        patient=patient,
        channel=word.channel,
        given=word.given,
        source=word.source,
        words=word.words,
        recorded_by=by,
        recorded_at=now,
    )
    # Greetings have no column: nothing set-wise asks for them.
    flag = reaching.FLAGS.get(word.channel)  # type: ignore[call-overload]
    if flag and getattr(patient, flag) != word.given:
        setattr(patient, flag, word.given)
        patient.save(update_fields=[flag])
        if word.given:
            patient_within_reach.send(sender=Patient, patient_id=patient.pk)
    verb = "patient.consent_given" if word.given else "patient.consent_withdrawn"
    noting.note(verb=verb, patients=[patient], by=by, now=now, channel=word.channel, source=word.source)
    return row


def begin(*, said: Sequence[tuple[Patient, Word]], by: str, now: datetime) -> None:
    """The first words of patients who were stored in this transaction."""
    rows = [
        Consent(
            patient=patient,
            channel=word.channel,
            given=word.given,
            source=word.source,
            words=word.words,
            recorded_by=by,
            recorded_at=now,
        )
        for patient, word in said
    ]
    Consent.objects.bulk_create(rows)
    for way, flag in reaching.FLAGS.items():
        agreed = [patient for patient, word in said if word.given and word.channel == way]
        if agreed:
            Patient.objects.filter(pk__in=[patient.pk for patient in agreed]).update(**{flag: True})
        for patient in agreed:
            setattr(patient, flag, True)
    for (given, channel, source), group in _alike(said).items():
        verb = "patient.consent_given" if given else "patient.consent_withdrawn"
        noting.note(verb=verb, patients=group, by=by, now=now, channel=channel, source=source)


def last_agreed(*, patient: str, channel: str = ConsentChannel.SMS) -> Subquery:
    """For a list that goes out: the words in which whom the column `patient` names agrees; "" after a no."""
    rows = Consent.objects.filter(patient=OuterRef(patient), channel=channel).order_by("-pk")
    said = Case(When(given=True, then=F("words")), default=Value(""), output_field=TextField())
    return Subquery(rows.annotate(agreed=said).values("agreed")[:1])


def _alike(said: Sequence[tuple[Patient, Word]]) -> dict[tuple[bool, str, str], list[Patient]]:
    found: dict[tuple[bool, str, str], list[Patient]] = {}
    for patient, word in said:
        found.setdefault((word.given, word.channel, word.source), []).append(patient)
    return found


def standing(*, patient_id: int, channel: str) -> Consent | None:
    """The row that permits this channel; None: the patient never agreed, or has taken it back."""
    last = Consent.objects.on(patient_id=patient_id, channel=channel).first()
    return last if last is not None and last.given else None


@transaction.atomic
def stopped_by_text(*, address: str, channel: str, words: str, source: str, now: datetime) -> int:
    """Somebody at this number or address wants no more: nobody reached there agrees any longer; how many did.

    A revocation holds however it is worded: 47 CFR 64.1200(a)(10). What is open at the number is closed
    by whoever answers the text, which may come after a YES of the same sender: nobody is announced here.
    """
    word = Word(channel=channel, given=False, source=source, words=words)
    agreed = [
        patient for patient in _at(address, channel) if standing(patient_id=patient.pk, channel=channel)
    ]
    for patient in agreed:
        write(patient=patient, word=word, by=PATIENT, now=now)
    return len(agreed)


@transaction.atomic
def started_by_text(*, address: str, channel: str, words: str, source: str, now: datetime) -> int:
    """Somebody there wants to hear from us again: those whom a text silenced agree again; how many.

    Whoever had not agreed before, or took it back in another way, has not agreed by this either: phones
    are shared.
    """
    word = Word(channel=channel, given=True, source=source, words=words)
    silenced = [patient for patient in _at(address, channel) if _was_silenced(patient, channel)]
    for patient in silenced:
        write(patient=patient, word=word, by=PATIENT, now=now)
    return len(silenced)


def _was_silenced(patient: Patient, channel: str) -> bool:
    last = Consent.objects.on(patient_id=patient.pk, channel=channel).first()
    by_text = {ConsentSource.TEXT, ConsentSource.EMAIL, ConsentSource.PROVIDER}
    if channel != Channel.VOICE:
        # Who pressed 9 wants no calls; a START says that texts are welcome again, and nothing of calls.
        by_text.add(ConsentSource.CALL)
    return last is not None and not last.given and last.source in by_text


def _at(address: str, channel: str) -> list[Patient]:
    rows = Patient.objects.select_for_update(of=("self",), no_key=True)
    there = {"email": address} if channel == Channel.EMAIL else {"phone": address}
    return list(rows.filter(**there).order_by("pk"))
