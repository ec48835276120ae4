"""What staff fill in to book, move or cancel a visit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic import booking, scheduling
from clinic.booking import NewBooking
from clinic.conflicts import Conflict
from clinic.models import Appointment, Patient, Resource
from core import scoping
from core.scoping import User
from staff.forms import CLOCKS_CHANGE, SlotForm, instant, start_field


class WithConflicts(forms.Form):
    """A form whose visit may have conflicts; a warning is booked against by whoever says why."""

    override = forms.CharField(
        max_length=200,
        required=False,
        label=_("Book it all the same, because"),
        help_text=_("Only where a warning speaks against the time. It is kept with the visit's history."),
    )
    found: list[Conflict]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = []

    def refuse(self, found: Iterable[Conflict]) -> None:
        """Show what speaks against the visit."""
        self.found = list(found)
        if any(conflict.is_block for conflict in self.found):
            self.add_error(None, _("This time cannot be booked."))
        else:
            self.add_error("override", _("Say why it is booked all the same, or choose another time."))

    @property
    def conflicts(self) -> list[dict[str, Any]]:
        return said(self.found)

    def booking(self) -> NewBooking:
        """The valid form in the verb's words."""
        raise NotImplementedError

    def look(self) -> list[dict[str, Any]]:
        """What speaks against the visit as it is typed; nothing while it is not complete."""
        return said(scheduling.against(booking=self.booking())) if self.is_valid() else []


def said(found: Iterable[Conflict]) -> list[dict[str, Any]]:
    """Conflicts in the language of the page, blocks first."""
    return [
        {"is_block": conflict.is_block, "words": gettext(conflict.words) % conflict.values}
        for conflict in sorted(found, key=lambda conflict: not conflict.is_block)
    ]


class VisitForm(WithConflicts, SlotForm):
    """A visit of one patient, its time as the clinic's own clock shows it."""

    reason = None  # type: ignore[assignment]
    resources = forms.ModelMultipleChoiceField(
        Resource.objects.none(),
        required=False,
        label=_("Rooms and equipment"),
        widget=forms.CheckboxSelectMultiple,
    )
    tells_patient = forms.BooleanField(
        required=False, initial=True, label=_("Send the patient a confirmation")
    )
    field_order = (
        "clinic",
        "provider",
        "visit_type",
        "starts_at",
        "duration_minutes",
        "resources",
        "tells_patient",
        "override",
    )

    def __init__(self, data: Any = None, *, user: User, patient: Patient) -> None:
        super().__init__(data, user=user)
        self.patient = patient
        things = scoping.limit(Resource.objects.filter(active=True).select_related("clinic"), user)
        resources: Any = self.fields["resources"]
        resources.queryset = things.order_by("clinic__name", "name", "pk")
        resources.label_from_instance = lambda thing: f"{thing} ({thing.clinic})"

    def clean(self) -> dict[str, Any]:
        """Provider and things must be at the clinic."""
        data = super().clean()
        clinic, provider = data.get("clinic"), data.get("provider")
        if clinic and provider and clinic not in provider.clinics.all():
            self.add_error("provider", _("This provider does not work at that clinic."))
        if clinic and any(thing.clinic_id != clinic.pk for thing in data.get("resources") or ()):
            self.add_error("resources", _("This is at another clinic."))
        return data

    def booking(self) -> NewBooking:
        data = self.cleaned_data
        starts_at: datetime = data["starts_at"]
        minutes = data["duration_minutes"] or data["visit_type"].duration_minutes
        return NewBooking(
            clinic_id=data["clinic"].pk,
            provider_id=data["provider"].pk,
            patient_id=self.patient.pk,
            visit_type_id=data["visit_type"].pk,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            resource_ids=tuple(sorted(thing.pk for thing in data["resources"])),
            override=data["override"],
            tells_patient=data["tells_patient"],
        )


class MoveForm(WithConflicts):
    """When a visit is to be instead, and whether its patient goes on waiting for an earlier one."""

    starts_at = start_field()
    waits_on = forms.BooleanField(
        required=False, initial=True, label=_("A wish for an earlier time stands, if there is one")
    )
    field_order = ("starts_at", "waits_on", "override")

    def __init__(self, data: Any = None, *, visit: Appointment) -> None:
        local = visit.starts_at.astimezone(visit.clinic.zone).replace(tzinfo=None)
        super().__init__(data, initial={"starts_at": local})
        self.visit = visit

    def clean_starts_at(self) -> datetime:
        starts_at = instant(self.cleaned_data["starts_at"], self.visit.clinic)
        if starts_at is None:
            raise forms.ValidationError(CLOCKS_CHANGE)
        return starts_at

    def booking(self) -> NewBooking:
        return booking.as_moved(self.visit, starts_at=self.cleaned_data["starts_at"])


class CancelForm(forms.Form):
    """Why a visit is off, and whether somebody else may have its time."""

    reason = forms.CharField(
        max_length=200,
        required=False,
        label=_("Reason"),
        help_text=_("For staff; patients never see it."),
    )
    offer_slot = forms.BooleanField(required=False, initial=True, label=_("Offer the time to the waitlist"))
    tells_patient = forms.BooleanField(
        required=False,
        initial=True,
        label=_("Tell the patient that the visit is cancelled"),
        help_text=_("Clear it where the patient is on the phone."),
    )
