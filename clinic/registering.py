"""Taking patients on the books, and keeping what is known of them true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clinic import consenting, noting, reaching
from clinic.models import ConsentChannel, ConsentSource, Patient, Provider
from clinic.models.clinic import validate_zone
from clinic.signals import contact_hours_changed, patient_within_reach
from core import phone
from core.channels import Channel


class RegisteringError(Exception):
    """Something about a patient that cannot be; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPatient:
    """A patient as staff know one. `phone` may be written as people write it; "" is none.

    `timezone` "" means: where the phone number is. `consent_words` is what the patient said about texts
    and `consent_source` how it reached us; without words those of the box that was ticked are kept.
    """

    first_name: str
    last_name: str
    date_of_birth: date | None = None
    phone: str = ""
    email: str = ""
    language: str = Patient.Language.ENGLISH
    status: str = Patient.Status.ACTIVE
    preferred_channel: str = Channel.SMS
    timezone: str = ""
    sms_consent: bool = False
    consent_words: str = ""
    consent_source: str = ConsentSource.STAFF
    primary_provider: Provider | None = None
    under_guardian: bool = False
    birthday_greetings: bool = True


EDITABLE = frozenset(NewPatient.__slots__)
# These are the ledger's to write.
_SAID = ("sms_consent", "consent_words", "consent_source")


@transaction.atomic
def register(*, patient: NewPatient, by: str, now: datetime) -> Patient:
    """Store a new patient, the phone as E.164, and what was said of consent. Raises RegisteringError."""
    return register_all(patients=[patient], by=by, now=now)[0]


@transaction.atomic
def register_all(*, patients: Sequence[NewPatient], by: str, now: datetime) -> list[Patient]:
    """`register` for many, in as many statements as for one: all of them, or none where one raises."""
    stored, words = [], []
    for new in patients:
        values = _checked(asdict(new), now)
        said = {name: values.pop(name) for name in _SAID}
        patient = Patient(**values)
        patient.contact_zones = _zones(patient)
        stored.append(patient)
        words.append(_word(patient, said))
    Patient.objects.bulk_create(stored)
    noting.note(verb="patient.registered", patients=stored, by=by, now=now, are_new=True)
    said_by = [(patient, word) for patient, word in zip(stored, words, strict=True) if word is not None]
    consenting.begin(said=said_by, by=by, now=now)
    return stored


@transaction.atomic
def update(*, patient_id: int, changes: Mapping[str, Any], by: str, now: datetime) -> Patient:
    """Change what is known of a patient. Raises RegisteringError; the audit line names the fields only.

    Who may no longer be asked where questions went to is announced as `patient_out_of_reach`, who has a phone
    or an e-mail address only now as `patient_within_reach`, and who is on other clocks as
    `contact_hours_changed`.
    """
    for name in sorted(set(changes) - EDITABLE):
        raise RegisteringError(name, _("This cannot be changed."))
    patient = Patient.objects.select_for_update(of=("self",), no_key=True).get(pk=patient_id)
    before, had, was_on = reaching.addresses(patient), _contacts(patient), patient.contact_zones
    values = _checked(changes, now)
    said = {name: values.pop(name) for name in _SAID if name in values}
    named = set(changes) - {"consent_words", "consent_source"}
    for name, value in values.items():
        setattr(patient, name, value)
    patient.contact_zones = _zones(patient)
    patient.save(update_fields=[*sorted(values), "contact_zones"])
    noting.note(verb="patient.updated", patients=[patient], by=by, now=now, fields=sorted(named))
    _keep_consent(patient, said, by, now)
    consenting.lost(patient=patient, before=before)
    if _contacts(patient) - had:
        patient_within_reach.send(sender=Patient, patient_id=patient.pk)
    if patient.contact_zones != was_on:
        contact_hours_changed.send(sender=Patient, patient_id=patient.pk, clinic_id=None)
    return patient


def _keep_consent(patient: Patient, said: Mapping[str, Any], by: str, now: datetime) -> None:
    word = _word(patient, said)
    if word is not None:
        consenting.write(patient=patient, word=word, by=by, now=now)


def _word(patient: Patient, said: Mapping[str, Any]) -> consenting.Word | None:
    """What was said of texts, as the ledger keeps it; None where it says nothing new."""
    given, words = said.get("sms_consent", patient.sms_consent), said.get("consent_words", "").strip()
    # The same again is a word of its own only where somebody wrote down new words for it.
    if given == patient.sms_consent and not words:
        return None
    return consenting.Word(
        channel=ConsentChannel.SMS,
        given=given,
        source=said.get("consent_source", ConsentSource.STAFF),
        words=words or (consenting.BOX_TICKED if given else consenting.BOX_CLEARED),
    )


def _contacts(patient: Patient) -> set[str]:
    return {name for name in ("phone", "email") if getattr(patient, name)}


def _zones(patient: Patient) -> str:
    """The zones in all of which the patient must be awake; "" where only the clinic's is known."""
    return patient.timezone or " ".join(phone.zones_of(patient.phone))


def _checked(values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    checked = dict(values)
    born = checked.get("date_of_birth")
    if born is not None and born > now.date():
        raise RegisteringError("date_of_birth", _("Nobody is born in the future."))
    if checked.get("email"):
        # Two ways of writing one address must not be two addresses to a STOP.
        checked["email"] = checked["email"].strip().lower()
    if checked.get("phone"):
        try:
            checked["phone"] = phone.normalise(checked["phone"])
        except ValidationError as error:
            raise RegisteringError("phone", " ".join(error.messages)) from None
    if checked.get("timezone"):
        try:
            validate_zone(checked["timezone"])
        except ValidationError as error:
            raise RegisteringError("timezone", " ".join(error.messages)) from None
    return checked
