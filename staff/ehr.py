"""What the pages of the EHR show: bookings to enter there, and the practices that are connected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models import Provider
from core import scoping
from integrations.drchrono import accounts, mapping
from integrations.models import (
    DrchronoAccount,
    DrchronoCursor,
    DrchronoRecord,
    FeedCode,
    Listing,
    Source,
    WriteBack,
)
from integrations.writing_back import by_hand
from integrations.writing_back.orders import What

User = AbstractUser | AnonymousUser

# What a person is told of a code; one that is not here is shown as it is.
WHYS = {
    "": gettext_lazy("This system takes no bookings from programs."),
    "may be there": gettext_lazy("It was changed before anybody said that it was entered."),
    "from a file": gettext_lazy("A file brought the visit here, and nobody knows its number there."),
    "patient unknown there": gettext_lazy("We do not know the patient’s record there."),
    "no code of the provider": gettext_lazy("We do not know the provider’s code there."),
    "no code of the clinic": gettext_lazy("We do not know the clinic’s code there."),
    "too late": gettext_lazy("The visit began before the other system could be told."),
    "no answer": gettext_lazy("No answer came: it may stand there already."),
    "cannot be asked": gettext_lazy("No answer came: it may stand there already."),
    "worker lost": gettext_lazy("No answer came: it may stand there already."),
    "no connection": gettext_lazy("It could not be reached for a day."),
    "no token": gettext_lazy("It does not let us in: our key or its address is wrong."),
    "certificate": gettext_lazy("The certificate of this connection cannot be read."),
    "secret": gettext_lazy("The key of this connection cannot be read."),
}
_REFUSED = gettext_lazy("The other system refused it: the time may be taken there.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One row for a person; `at` is on the clinic's clock."""

    row: WriteBack
    at: datetime
    why: str
    # A booking can turn out to be impossible there; a cancellation cannot.
    may_refuse: bool
    # Somebody won it by an answer, or by phone: given back it is somebody else's.
    is_won: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    source: Source
    account: DrchronoAccount | None
    may_write: bool
    cursors: Sequence[DrchronoCursor]
    records: Sequence[RecordForm]


class RecordForm(forms.Form):
    """Which of ours a doctor or an office is; nothing chosen: none of ours."""

    ours: forms.ModelChoiceField[Any] = forms.ModelChoiceField(queryset=None, required=False)

    def __init__(self, data: Any = None, *, record: DrchronoRecord, said: FeedCode | None = None) -> None:
        ours = (said.provider or said.clinic) if said else None
        super().__init__(data, auto_id=f"record-{record.pk}-%s", initial={"ours": ours})
        self.record, self.is_said = record, said is not None
        field: Any = self.fields["ours"]
        clinics = record.source.clinics.order_by("name")
        if record.listing == Listing.DOCTORS:
            field.queryset = Provider.objects.filter(clinics__in=clinics).distinct().order_by("name")
        else:
            field.queryset = clinics
        field.label = record.name or record.key
        field.empty_label = _("none of ours")
        field.widget.attrs["class"] = "form-select"


def tasks(user: User) -> list[Task]:
    """What waits for a person, the oldest first."""
    rows = scoping.limit(by_hand.waiting(), user).select_related(
        "appointment__patient", "appointment__visit_type"
    )
    return [
        Task(
            row=row,
            at=row.appointment.starts_at.astimezone(row.appointment.clinic.zone),
            why=why(row.reason),
            may_refuse=row.what == What.BOOK,
            is_won=row.appointment.fills_slot is not None,
        )
        for row in rows
    ]


def waiting(user: User) -> int:
    """How many bookings wait for a person who may see to them, for the board."""
    if not user.has_perm("integrations.view_writeback"):
        return 0
    return scoping.limit(by_hand.waiting(), user).count()


def why(reason: str) -> str:
    """Why a person is asked, in words."""
    if reason.startswith("refused"):
        return str(_REFUSED)
    return str(WHYS.get(reason) or _("The other system answered: %(code)s.") % {"code": reason})


def practices(user: User) -> list[Practice]:
    """Every source of drchrono that the user may see."""
    rows = scoping.limit(Source.objects.filter(kind="drchrono"), user).select_related("drchrono")
    return [_practice(source) for source in rows.order_by("name")]


def _practice(source: Source) -> Practice:
    known = mapping.meanings(source.pk)
    records = source.drchrono_records.select_related("source").order_by("listing", "name", "pk")
    kinds = mapping.KINDS
    named = [
        RecordForm(record=record, said=known.get((kinds[Listing(record.listing)], record.key)))
        for record in records
    ]
    return Practice(
        source=source,
        account=getattr(source, "drchrono", None),
        may_write=accounts.may_write(source.pk),
        cursors=list(source.drchrono_cursors.order_by("pk")),
        records=named,
    )


def why_not_connected(code: str) -> str:
    """What went wrong, in words for whoever connects."""
    if code == "scopes":
        return _("The right does not reach far enough: allow reading of user, calendar and patients.")
    if code == "refused":
        return _("drchrono gave no right. Begin again, and agree there.")
    return _("drchrono could not be reached. Try again in a minute.")
