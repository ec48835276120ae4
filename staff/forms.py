"""What staff fill in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, Patient, Provider, VisitType
from core import phone, scoping
from core.scoping import User
from offers import explaining
from offers.models import Cancellation
from offers.opening import NewSlot
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus

MOST_PATIENTS = 50
CLOCKS_CHANGE = _("The clocks change at that time. Choose a time before or after it.")


class ProviderField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Providers with what they do and where."""

    def label_from_instance(self, obj: Provider) -> str:
        return f"{obj} ({obj.provider_type}; {', '.join(str(clinic) for clinic in obj.clinics.all())})"


class WallClockField(forms.DateTimeField):
    """A time as a clock on the wall shows it: which zone's wall is not known yet."""

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(UTC):
            typed = super().to_python(value)
        return typed.replace(tzinfo=None) if typed else None


def _in_reason(typed: datetime) -> None:
    # Beyond these a calendar's arithmetic has no answer.
    if not 1900 <= typed.year <= 2199:
        raise forms.ValidationError(_("Choose a year from 1900 to 2199."))


def start_field() -> WallClockField:
    """When something starts, as the clinic's own clock shows it."""
    return WallClockField(
        label=_("Start, on the clinic's own clock"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        validators=[_in_reason],
    )


def instant(typed: datetime, clinic: Clinic) -> datetime | None:
    """The instant at which the clinic's clock shows this; None where it skips it or shows it twice."""
    local = typed.replace(tzinfo=clinic.zone, fold=0)
    return local if local.utcoffset() == typed.replace(tzinfo=clinic.zone, fold=1).utcoffset() else None


class SlotForm(forms.Form):
    """A cancelled slot, its time as the clinic's own clock shows it."""

    clinic = forms.ModelChoiceField(Clinic.objects.order_by("name"), label=_("Clinic"))
    provider = ProviderField(
        Provider.objects.filter(active=True).prefetch_related("clinics").order_by("name", "pk"),
        label=_("Provider"),
    )
    visit_type = forms.ModelChoiceField(VisitType.objects.order_by("name"), label=_("Visit type"))
    starts_at = start_field()
    duration_minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=5,
        max_value=720,
        required=False,
        help_text=_("Empty: as the visit takes."),
    )
    reason = forms.CharField(
        max_length=200, required=False, label=_("Reason"), help_text=_("For staff; patients never see it.")
    )
    tells_patient = forms.BooleanField(
        required=False, initial=True, label=_("Tell the patient whose visit is cancelled with it")
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        for name in ("clinic", "provider"):
            field: Any = self.fields[name]
            field.queryset = scoping.limit(field.queryset, user)

    def clean(self) -> dict[str, Any]:
        """Put the start into the clinic's zone; a time that its clocks skip or show twice is refused."""
        data = super().clean() or {}
        typed, clinic = data.get("starts_at"), data.get("clinic")
        if typed is None or clinic is None:
            return data
        data["starts_at"] = instant(typed, clinic)
        if data["starts_at"] is None:
            self.add_error("starts_at", CLOCKS_CHANGE)
        return data

    def slot(self) -> NewSlot:
        """The valid form in the verb's words."""
        data = self.cleaned_data
        starts_at: datetime = data["starts_at"]
        minutes = data["duration_minutes"] or data["visit_type"].duration_minutes
        return NewSlot(
            clinic_id=data["clinic"].pk,
            provider_id=data["provider"].pk,
            visit_type_id=data["visit_type"].pk,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            reason=data["reason"],
            tells_patient=data["tells_patient"],
        )


def described(patient: Patient) -> str:
    """A patient told apart from others of the same name."""
    born, number = "", gettext(", no phone")
    if patient.date_of_birth:
        born = gettext(", born %(day)s") % {"day": f"{patient.date_of_birth:%Y-%m-%d}"}
    if patient.phone:
        number = gettext(", phone %(phone)s") % {"phone": phone.mask(patient.phone)}
    return f"{patient}{born}{number}"


class PatientChoice(forms.Form):
    """A patient: `likely` ones to choose from, or those that a search by name finds.

    `first` are patients' ids, each with what there is to say of that one: they stand first, in this order.
    """

    patient = forms.ModelChoiceField(Patient.objects.none(), label=_("Patient"), empty_label=None)

    def __init__(
        self,
        data: Any = None,
        *,
        user: User,
        likely: QuerySet[Patient] | None = None,
        first: Mapping[int, str] = MappingProxyType({}),
        name: str = "",
    ) -> None:
        super().__init__(data)
        self.name = name.replace("\0", "").strip()
        choice: Any = self.fields["patient"]
        choice.queryset = scoping.limit(Patient.objects.all(), user)
        found = choice.queryset.filter(status=Patient.Status.ACTIVE)
        if self.name:
            for word in self.name.split()[:5]:
                found = found.filter(Q(first_name__icontains=word) | Q(last_name__icontains=word))
        else:
            found = found.none() if likely is None else found.filter(pk__in=likely.values("pk"))
        noted = found.in_bulk(list(first))
        others = found.exclude(pk__in=noted).order_by("last_name", "first_name", "pk")[: MOST_PATIENTS + 1]
        shown = [*(noted[pk] for pk in first if pk in noted), *others]
        self.is_cut = len(shown) > MOST_PATIENTS
        choices = [(one.pk, described(one) + first.get(one.pk, "")) for one in shown]
        choice.widget = forms.RadioSelect(choices=choices[:MOST_PATIENTS])


class FillForm(PatientChoice):
    """Who has taken the slot on the phone: whom it fits first, then whoever waits at that clinic."""

    def __init__(self, data: Any = None, *, slot: Cancellation, user: User, name: str = "") -> None:
        waiting = WaitlistEntry.objects.filter(clinic=slot.clinic_id, status=EntryStatus.WAITING)
        likely = Patient.objects.filter(pk__in=waiting.values("patient"))
        super().__init__(data, user=user, likely=likely, first=_fitting(slot), name=name)


def _fitting(slot: Cancellation) -> dict[int, str]:
    """Patients whom the slot fits, the best first, as many as are shown."""
    best = explaining.fitting(cancellation=slot)[:MOST_PATIENTS]
    entries = WaitlistEntry.objects.filter(pk__in=[each.entry_id for each in best])
    patients = dict(entries.values_list("pk", "patient"))
    words = gettext(", fits: %(score)s points")
    return {
        patients[each.entry_id]: words % {"score": each.score} for each in best if each.entry_id in patients
    }
