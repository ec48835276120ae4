"""The files that staff hand in: what each sort puts where, and in which words the page says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic import importing_patients, importing_visits
from core.importing import Report
from waitlist import importing

Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class Sort:
    """One sort of file. `name` is that of its templates; `done` is said of the `entries` and `patients`."""

    name: str
    run: Callable[..., Report]
    title: Words
    onto: Words
    counted: Words
    left_out: Words
    nothing: Words
    done: Words
    here: Any
    back: Any
    back_words: Words

    @property
    def columns(self) -> str:
        """The template of the rows that explain the columns."""
        return f"staff/_columns_{self.name}.html"


WAITLIST = Sort(
    name="waitlist",
    run=importing.run,
    title=_("Import a waitlist"),
    onto=_("Onto the list of"),
    counted=_("Put on the list"),
    left_out=_("Waiting already, left out"),
    nothing=_("Everybody in this file waits already."),
    done=_("%(entries)s put on the list, %(patients)s of them new on the books."),
    here=reverse_lazy("waitlist-import"),
    back=reverse_lazy("waitlist"),
    back_words=_("Waitlist"),
)
PATIENTS = Sort(
    name="patients",
    run=importing_patients.run,
    title=_("Import patients"),
    onto=_("Patients of"),
    counted=_("Taken on the books"),
    left_out=_("Known already, left out"),
    nothing=_("Everybody in this file is on the books already."),
    done=_("%(entries)s taken on the books."),
    here=reverse_lazy("patients-import"),
    back=reverse_lazy("patients"),
    back_words=_("Patients"),
)
VISITS = Sort(
    name="visits",
    run=importing_visits.run,
    title=_("Import appointments"),
    onto=_("Into the calendar of"),
    counted=_("Put into the calendar"),
    left_out=_("There already, or off: left out"),
    nothing=_("No visit of this file is to be put into the calendar."),
    done=_("%(entries)s put into the calendar, %(patients)s patients are new on the books."),
    here=reverse_lazy("appointments-import"),
    back=reverse_lazy("appointments"),
    back_words=_("Appointments"),
)
