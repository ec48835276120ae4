"""The look ahead of the form for a slot: who would be asked, in which words, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.models import Clinic, Patient
from messaging import pausing
from offers import foreseeing, opening
from staff import formatting, shortages
from staff.forms import SlotForm


@dataclass(frozen=True, kw_only=True)
class Row:
    """Somebody who would be asked, with the parts of the score."""

    rank: int
    name: str
    score: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class Words:
    """The exact text in one language."""

    language: str
    how: str
    subject: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`summary` says it in one sentence; `problem` why nothing can be foreseen yet."""

    summary: str = ""
    problem: str = ""
    visit: str = ""
    held: str = ""
    rows: list[Row] = field(default_factory=list)
    texts: list[Words] = field(default_factory=list)
    not_asked: str = ""


def nothing_yet() -> Seen:
    """Before anything is filled in."""
    return Seen(problem=_("Choose clinic, provider, visit type and start to see who would be asked."))


def of(form: SlotForm, now: datetime) -> Seen:
    """What would happen if the form were sent now."""
    if not form.is_valid():
        wrong = [
            str(error) for name, errors in form.errors.items() if form.data.get(name) for error in errors
        ]
        return Seen(problem=" ".join(wrong)) if wrong else nothing_yet()
    try:
        ahead = foreseeing.foresee(slot=form.slot(), now=now)
    except opening.BadSlot as refusal:
        return Seen(problem=refusal.message)
    clinic = form.cleaned_data["clinic"]
    return Seen(
        summary=_summary(ahead, clinic),
        visit=_visit(ahead, clinic),
        held=held(clinic),
        rows=[_row(asked) for asked in ahead.asked],
        texts=[_words(words) for words in ahead.words],
        not_asked=shortages.in_words({int(reason): count for reason, count in ahead.not_asked.items()}),
    )


def held(clinic: Clinic) -> str:
    """That no text reaches anybody at this moment; "" where texts leave, and where none are to."""
    if clinic.is_shadow or not pausing.is_held(clinic_id=clinic.pk):
        return ""
    return _("Texts are held back at this moment: nobody is texted until they are let go. Call instead.")


def _summary(ahead: foreseeing.Foresight, clinic: Clinic) -> str:
    at = formatting.second_with_zone(ahead.at.astimezone(clinic.zone))
    if ahead.is_too_late:
        return _("Too late: nobody would be texted. A slot is offered only while somebody can still come.")
    if ahead.asked:
        sentence = ngettext(
            "%(count)s patient is texted at %(at)s, of %(eligible)s who may be asked.",
            "%(count)s patients are texted at %(at)s, of %(eligible)s who may be asked.",
            len(ahead.asked),
        )
        return sentence % {"count": len(ahead.asked), "at": at, "eligible": ahead.eligible}
    if ahead.opens_at is not None:
        opens = ahead.opens_at.astimezone(clinic.zone)
        when = f"{formatting.day_and_time(opens)} {opens.tzname()}"
        return _("Nobody is texted before contact hours begin: %(when)s at the earliest.") % {"when": when}
    return _("Nobody on the waitlist may be asked for this time.")


def _visit(ahead: foreseeing.Foresight, clinic: Clinic) -> str:
    if ahead.visit is None:
        return ""
    words = {"who": str(ahead.visit.patient)}
    return _("This cancels the visit of %(who)s, which is booked at this time.") % words


def _row(asked: foreseeing.Asked) -> Row:
    parts = asked.parts
    words = {
        "total": parts.total,
        "urgent": parts.urgent,
        "boost": parts.boost,
        "proximity": parts.proximity,
        "seniority": parts.seniority,
    }
    score = _(
        "%(total)s = %(urgent)s urgent + %(boost)s boost + %(proximity)s proximity + %(seniority)s waiting"
    )
    return Row(
        rank=asked.rank,
        name=str(asked.entry.patient),
        score=score % words,
        channel=str(asked.channel.label),
    )


def _words(words: foreseeing.Words) -> Words:
    how = str(words.channel.label)
    if words.segments:
        count = words.segments
        how = ngettext("%(how)s, %(count)s segment", "%(how)s, %(count)s segments", count) % {
            "how": how,
            "count": count,
        }
    language = str(Patient.Language(words.language).label)
    return Words(language=language, how=how, subject=words.text.subject, body=words.text.body)
