"""The simulated phones: whose they are, by initials and last digits alone, and which of them to look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.models import Patient
from core import scoping
from core.scoping import User
from messaging.gateways import simulated_phones
from messaging.models import SimulatedCall, SimulatedPhone
from staff import threads
from staff.threads import Entry

MOST_PHONES = 100
LONGEST_SEARCH = 5
# What a phone was used for last.
_LAST = ("last_text", "last_call")
ANSWERS = {Patient.Language.ENGLISH.value: ("YES", "NO", "STOP")}
ANSWERS[Patient.Language.SPANISH.value] = ("SÍ", "NO", "STOP")


@dataclass(frozen=True, kw_only=True)
class Handset:
    """A phone, and the last that happened on it; a parent and a child may share one.

    `who` are initials, `digits` the last four of the number: the page may stand in a lobby.
    """

    pk: int
    who: str
    digits: str
    last: Entry | None
    call: SimulatedCall | None
    is_unread: bool


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """The phones that a page shows; `version` changes with whatever is to be seen of them."""

    handsets: Sequence[Handset]
    search: str
    is_cut: bool
    version: str
    summary: str


def shelf(*, search: str, user: User, now: datetime) -> Shelf:
    """The phones of the user's patients that were used lately, the latest first, or those found."""
    phones = _found(search, user) if search else _latest()
    patients = _owners([phone.number for phone in phones], user)
    texts = [phone.last_text for phone in phones if phone.last_text is not None]
    entries = {entry.text.pk: entry for entry in threads.entries(texts, now)}
    shown = [_handset(phone, patients[phone.number], entries) for phone in phones if phone.number in patients]
    unread = sum(handset.is_unread for handset in shown)
    return Shelf(
        handsets=shown[:MOST_PHONES],
        search=search,
        is_cut=len(phones) > MOST_PHONES,
        version=threads.version(shown),
        summary=ngettext(
            "%(count)s phone with texts to look at", "%(count)s phones with texts to look at", unread
        )
        % {"count": unread},
    )


def phone_of(patient: Patient) -> SimulatedPhone:
    """What is known of a patient's phone; one that was never texted is no row yet."""
    known = SimulatedPhone.objects.filter(number=patient.phone).first()
    return known or SimulatedPhone(number=patient.phone)


def owner_of(text_id: int, *, user: User) -> Patient | None:
    """The first of those whom the user may see at whose number the text is."""
    phone = SimulatedPhone.objects.filter(texts=text_id).first()
    if phone is None:
        return None
    return scoping.limit(Patient.objects.filter(_reached_at([phone.number])), user).order_by("pk").first()


def look(patient: Patient, shown: Sequence[Entry]) -> None:
    """Somebody has seen these."""
    if shown:
        for number in threads.addresses(patient):
            simulated_phones.look(number=number, last=shown[-1].text.pk)


def named(patients: Sequence[Patient]) -> str:
    """Initials, of everybody who shares the phone."""
    return _(" and ").join(f"{patient.first_name[:1]}. {patient.last_name[:1]}." for patient in patients)


def sharing(patient: Patient) -> list[Patient]:
    """Everybody at this patient's number."""
    return _owners([patient.phone]).get(patient.phone) or [patient]


def quick_answers(patient: Patient, phone: SimulatedPhone) -> tuple[str, ...]:
    """What is answered most; START where the network holds texts back."""
    answers = ANSWERS.get(patient.language, ANSWERS["en"])
    return (*answers, "START") if phone.blocked_at else answers


def _latest() -> list[SimulatedPhone]:
    used = SimulatedPhone.objects.exclude(last_text=None, last_call=None).select_related(*_LAST)
    # The later of the two, where there are both.
    used = used.annotate(used_at=Greatest(*(f"{each}__created_at" for each in _LAST)))
    return list(used.order_by("-used_at", "-last_text", "-pk")[: MOST_PHONES + 1])


def _found(search: str, user: User) -> list[SimulatedPhone]:
    """The phones of the patients whom every word fits, those too that were never texted."""
    patients = scoping.limit(Patient.objects.exclude(phone=""), user)
    for word in search.split()[:LONGEST_SEARCH]:
        fits = Q(first_name__icontains=word) | Q(last_name__icontains=word)
        patients = patients.filter(fits | Q(phone__endswith=word) if word.isdecimal() else fits)
    listed = patients.order_by("last_name", "first_name", "pk").values_list("phone", flat=True)
    numbers = list(dict.fromkeys(listed[: MOST_PHONES + 1]))
    rows = SimulatedPhone.objects.filter(number__in=numbers).select_related(*_LAST)
    known = {phone.number: phone for phone in rows.order_by("pk")}
    return [known.get(number) or SimulatedPhone(number=number) for number in numbers]


def _owners(numbers: Collection[str], user: User | None = None) -> dict[str, list[Patient]]:
    owners: defaultdict[str, list[Patient]] = defaultdict(list)
    reached = Patient.objects.filter(_reached_at(numbers))
    for patient in (reached if user is None else scoping.limit(reached, user)).order_by("pk"):
        for number in set(numbers) & set(threads.addresses(patient)):
            owners[number].append(patient)
    return owners


def _reached_at(numbers: Collection[str]) -> Q:
    at = Q(phone__in=[number for number in numbers if number])
    mails = [number for number in numbers if "@" in number]
    return at | Q(email__in=mails) if mails else at


def _handset(phone: SimulatedPhone, owners: list[Patient], entries: dict[int, Entry]) -> Handset:
    last, call = entries.get(phone.last_text_id or 0), phone.last_call
    if call is not None and last is not None and last.text.created_at > call.created_at:
        call = None
    is_new = last is not None and last.is_here and last.text.pk > phone.seen_text
    return Handset(
        pk=owners[0].pk,
        who=named(owners),
        digits=phone.number[-4:],
        last=last,
        call=call,
        is_unread=is_new or (call is not None and call.status == SimulatedCall.Status.RINGING),
    )
