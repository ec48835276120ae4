"""What staff fill in about the waitlist: what they look for, a patient's wish, and a boost."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clinic.models import Appointment, Clinic, Patient, Provider, VisitType
from core import scoping
from core.scoping import User
from waitlist.joining import Window, Wish
from waitlist.listing import Wanted
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus

DAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)
URGENT = (("", _("Urgent or not")), ("true", _("Urgent only")), ("false", _("Not urgent")))


def _visible(model: Any, user: User) -> Any:
    return scoping.limit(model.objects.order_by("name", "pk"), user)


class WaitlistFilter(forms.Form):
    """What is looked for; it stands in the address, so that a list can be sent to a colleague."""

    clinic = forms.ModelChoiceField(Clinic.objects.none(), label=_("Clinic"), empty_label=None)
    provider = forms.ModelChoiceField(
        Provider.objects.none(), label=_("Provider"), required=False, empty_label=_("Any provider")
    )
    visit_type = forms.ModelChoiceField(
        VisitType.objects.order_by("name"),
        label=_("Visit type"),
        required=False,
        empty_label=_("Any visit type"),
    )
    urgent = forms.ChoiceField(choices=URGENT, label=_("Urgent"), required=False)
    status = forms.ChoiceField(
        choices=[("", _("Waiting or paused")), *EntryStatus.choices], label=_("Status"), required=False
    )

    def __init__(self, data: Any, *, user: User) -> None:
        clinics = _visible(Clinic, user)
        self.first = clinics.first()
        said = {name: data[name] for name in data}
        if "clinic" not in said and self.first:
            said["clinic"] = self.first.pk
        super().__init__(said)
        fields: dict[str, Any] = self.fields
        fields["clinic"].queryset = clinics
        fields["provider"].queryset = _visible(Provider, user).filter(active=True)

    def wanted(self) -> Wanted:
        """The valid form in the list's words."""
        data = self.cleaned_data
        return Wanted(
            clinic=data["clinic"],
            provider_id=data["provider"].pk if data["provider"] else None,
            visit_type_id=data["visit_type"].pk if data["visit_type"] else None,
            urgent={"true": True, "false": False}.get(data["urgent"]),
            status=data["status"],
        )


class WishForm(forms.Form):
    """What one patient wants: an earlier visit of a kind, with whom, and when it suits."""

    clinic = forms.ModelChoiceField(Clinic.objects.none(), label=_("Clinic"))
    visit_type = forms.ModelChoiceField(VisitType.objects.order_by("name"), label=_("Visit type"))
    provider = forms.ModelChoiceField(
        Provider.objects.none(), label=_("Provider"), required=False, empty_label=_("Any provider")
    )
    provider_type = forms.CharField(
        max_length=60,
        required=False,
        label=_("Provider type"),
        help_text=_("Where any provider will do: of which type. Empty: any."),
    )
    current_appointment = forms.ModelChoiceField(
        Appointment.objects.none(),
        required=False,
        label=_("Current appointment"),
        empty_label=pgettext_lazy("visit", "None"),
        help_text=_("It is freed when an earlier one is accepted."),
    )
    urgent = forms.BooleanField(required=False, label=_("Urgent"))
    min_notice_minutes = forms.IntegerField(
        min_value=0, max_value=60 * 24 * 14, initial=60, label=_("Minutes of notice the patient needs")
    )
    days = forms.TypedMultipleChoiceField(
        choices=DAYS,
        label=_("Days"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: any day, any time."),
    )
    free_from = forms.TimeField(
        label=_("Free from"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    free_until = forms.TimeField(
        label=_("Free until"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )

    def __init__(self, data: Any = None, *, user: User, patient: Patient, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.patient = patient
        fields: dict[str, Any] = self.fields
        fields["clinic"].queryset = _visible(Clinic, user)
        fields["provider"].queryset = _visible(Provider, user).filter(active=True)
        visits = Appointment.objects.active().filter(patient=patient, starts_at__gt=timezone.now())
        coming = scoping.limit(visits, user).select_related("clinic", "provider", "visit_type")
        fields["current_appointment"].queryset = coming.order_by("starts_at", "pk")
        fields["current_appointment"].label_from_instance = _visit

    def clean(self) -> dict[str, Any]:
        """Days need both ends of a time, and a time needs days."""
        data = super().clean() or {}
        ends = (data.get("free_from"), data.get("free_until"))
        if data.get("days") and None in ends:
            self.add_error("free_until", _("Say from when until when these days suit."))
        elif not data.get("days") and any(ends):
            self.add_error("days", _("Say on which days this time suits."))
        return data

    def wish(self) -> Wish:
        """The valid form in the verb's words."""
        data = self.cleaned_data
        current = data["current_appointment"]
        return Wish(
            patient_id=self.patient.pk,
            clinic_id=data["clinic"].pk,
            visit_type_id=data["visit_type"].pk,
            provider_id=data["provider"].pk if data["provider"] else None,
            provider_type=data["provider_type"],
            urgent=data["urgent"],
            current_appointment_id=current.pk if current else None,
            availability=[Window(day, data["free_from"], data["free_until"]) for day in data["days"]],
            min_notice_minutes=data["min_notice_minutes"],
        )


def _visit(visit: Appointment) -> str:
    starts = visit.starts_at.astimezone(visit.clinic.zone)
    at = f"{date_format(starts, 'D d M, H:i')} {starts.tzname()}"
    told = {"at": at, "visit": visit.visit_type, "provider": visit.provider}
    return gettext("%(at)s, %(visit)s with %(provider)s") % told


class BoostForm(forms.Form):
    """Whom staff put ahead of others, and why."""

    manual_boost = forms.IntegerField(min_value=0, max_value=40, label=_("Points, 0 to 40"))
    boost_reason = forms.CharField(
        max_length=200, required=False, label=_("Why this patient goes ahead of others")
    )
    urgent = forms.BooleanField(required=False, label=_("Urgent"))

    def __init__(self, data: Any = None, *, entry: WaitlistEntry) -> None:
        kept = {name: getattr(entry, name) for name in ("manual_boost", "boost_reason", "urgent")}
        super().__init__(data, initial=kept)
