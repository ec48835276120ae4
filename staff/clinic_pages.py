"""What the settings pages of a clinic show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from clinic import settling
from clinic.models import Clinic
from core import scoping
from core.scoping import User
from core.translating import translated
from messaging import segments
from messaging.models import Pause
from offers import wordings, words
from offers.languages import LANGUAGES
from offers.models import ClinicText
from staff import typed
from staff.settings_forms import GROUPS, ClinicSettings


@dataclass(frozen=True, kw_only=True)
class ClinicRow:
    """A clinic in the list of those one may look at."""

    clinic: Clinic
    pause: Pause | None


@dataclass(frozen=True, kw_only=True)
class TextRow:
    """One text in one language: the clinic's own words or the standard ones, at their longest."""

    name: str
    language: str
    sent: str
    body: str
    is_own: bool
    changed_by: str
    segments: int
    is_spoken: bool


def clinics(user: User) -> list[ClinicRow]:
    """The clinics that the user may see, with what holds their texts; two queries."""
    found = list(scoping.limit(Clinic.objects.order_by("name", "pk"), user))
    pauses = {pause.clinic_id: pause for pause in Pause.objects.filter(ended_at=None).order_by("pk")}
    everywhere = pauses.get(None)
    return [ClinicRow(clinic=clinic, pause=everywhere or pauses.get(clinic.pk)) for clinic in found]


def pause_of(clinic: Clinic) -> Pause | None:
    """What holds the clinic's texts now: a pause of all clinics before one of its own."""
    standing = Pause.objects.filter(Q(clinic_id=clinic.pk) | Q(clinic_id=None), ended_at=None)
    return standing.order_by(F("clinic_id").asc(nulls_first=True), "pk").first()


def own_pause(clinic: Clinic, number: str) -> int:
    """The id of the clinic's own pause that a form names; 0, which is none, for one of others or of all."""
    found = Pause.objects.filter(clinic_id=clinic.pk, pk=typed.row_id(number) or 0)
    return found.values_list("pk", flat=True).first() or 0


def texts(clinic: Clinic) -> list[TextRow]:
    """Every text of the clinic in every language; one query."""
    own = {
        (text.name, text.language): text
        for text in ClinicText.objects.filter(clinic=clinic, ended_at=None).order_by("pk")
    }
    names = list(wordings.RULES)
    standard = sorted(words.standard().items(), key=lambda item: (names.index(item[0][0]), item[0][1]))
    return [_row(name, language, own.get((name, language)), made.body) for (name, language), made in standard]


def _row(name: str, language: str, own: ClinicText | None, standard: str) -> TextRow:
    body = own.body if own else standard
    longest = wordings.at_its_longest(name=name, language=language, body=body)
    return TextRow(
        name=name,
        language=language,
        sent=translated(wordings.RULES[name].sent),
        body=body,
        is_own=own is not None,
        changed_by=own.changed_by if own else "",
        segments=segments.count(longest).segments,
        is_spoken=wordings.RULES[name].is_spoken,
    )


def own_words(clinic: Clinic, name: str, language: str) -> ClinicText | None:
    """The clinic's own words for the text, where it has some."""
    return ClinicText.objects.filter(clinic=clinic, name=name, language=language, ended_at=None).first()


def told_whose(stale: Exception, own: ClinicText | None) -> str:
    """Why words were not taken, by whom those in use are, and what they are."""
    if own is None:
        return f"{stale} " + _("The standard words are in use.")
    told = {"by": own.changed_by, "body": own.body}
    return f"{stale} " + _("By %(by)s: “%(body)s” Save again to use yours.") % told


def is_text(name: str, language: str) -> bool:
    """Whether there is such a text in that language."""
    return (name, language) in words.standard() and language in LANGUAGES


def in_words(last: settling.Change | None) -> list[tuple[Any, Any, Any]]:
    """What the last change changed: label, old and new value."""
    labels = ClinicSettings.Meta.labels
    known = [name for group in GROUPS for name in group[1]]
    changes = last.changes if last else {}
    return [(labels[name], *changes[name]) for name in known if name in changes]
