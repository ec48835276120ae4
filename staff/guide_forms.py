"""What the first-run guide asks for, a form a step; each hands what was entered to one verb."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.forms import DeclarativeFieldsMetaclass
from django.utils.translation import gettext_lazy as _

from clinic import arranging, registering, settling
from clinic.models import Clinic, Provider, VisitType
from offers import testing
from waitlist import enrolling, joining

_CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class NewClinicForm(forms.ModelForm):  # type: ignore[type-arg]
    """A clinic as patients and staff know it. It begins in shadow."""

    class Meta:
        model = Clinic
        fields = ("name", "sms_name", "phone", "timezone")
        labels = {
            "name": _("Name"),
            "sms_name": _("Name in texts"),
            "phone": _("Phone that patients may call, like +13125550100"),
            "timezone": _("Time zone, like America/Chicago"),
        }

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"timezone": settings.TIME_ZONE})

    def carry_out(self, *, by: str, now: datetime) -> Clinic:
        values = {**self.cleaned_data, "is_shadow": True}
        return arranging.arrange(record=Clinic(), values=values, by=by, now=now)


class AbstractForms(DeclarativeFieldsMetaclass, ABCMeta):
    """Lets a form be abstract: one that does not say how it is carried out cannot be made."""


class StepForm(forms.Form, metaclass=AbstractForms):
    """One step of the guide for one clinic. What the verb refuses stands at its field."""

    permission: ClassVar[str]
    refusals: ClassVar[tuple[type[Exception], ...]] = ()

    def __init__(self, data: Any = None, *, clinic: Clinic) -> None:
        self.clinic = clinic
        super().__init__(data, auto_id=f"id_{type(self).__name__.lower()}_%s")

    @abstractmethod
    def carry_out(self, *, by: str, now: datetime) -> None:
        """Hand what was entered to one verb. Raises one of `refusals`."""

    def is_done(self, *, by: str, now: datetime) -> bool:
        """Whether the step could be taken; else the form says why not."""
        try:
            self.carry_out(by=by, now=now)
        except self.refusals as refusal:
            field = str(getattr(refusal, "field", "")).removesuffix("_id")
            self.add_error(field if field in self.fields else None, str(refusal))
        return not self.errors


class HoursForm(StepForm):
    permission = "clinic.change_clinic"
    refusals = (settling.Overtaken,)

    contact_hours_start = forms.TimeField(label=_("Texts from"), widget=_CLOCK)
    contact_hours_end = forms.TimeField(label=_("Texts until"), widget=_CLOCK)
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, clinic: Clinic) -> None:
        super().__init__(data, clinic=clinic)
        start, end = clinic.contact_hours
        self.initial = {
            "contact_hours_start": start,
            "contact_hours_end": end,
            "seen": settling.version(clinic),
        }

    def clean(self) -> dict[str, Any]:
        """The clinic's own rule about both ends."""
        data = super().clean() or {}
        hours = {name: data.get(name) for name in ("contact_hours_start", "contact_hours_end")}
        if None not in hours.values():
            try:
                Clinic(**hours).clean()
            except ValidationError as error:
                self.add_error("contact_hours_end", error.messages)
        return data

    def carry_out(self, *, by: str, now: datetime) -> None:
        hours = dict(self.cleaned_data)
        seen = hours.pop("seen")
        settling.settle(clinic_id=self.clinic.pk, values=hours, seen=seen, by=by, now=now)


class ProviderForm(StepForm):
    permission = "clinic.add_provider"

    name = forms.CharField(max_length=120, label=_("Name"))
    provider_type = forms.CharField(max_length=60, label=_("What they are, like physician or dentist"))

    def carry_out(self, *, by: str, now: datetime) -> None:
        values = {**self.cleaned_data, "clinics": [self.clinic]}
        arranging.arrange(record=Provider(), values=values, by=by, now=now)


class VisitForm(StepForm):
    permission = "clinic.add_visittype"

    name = forms.CharField(max_length=80, label=_("Kind of visit"))
    duration_minutes = forms.IntegerField(min_value=5, max_value=720, initial=30, label=_("Minutes"))

    def clean_name(self) -> str:
        """One name, one kind."""
        name: str = self.cleaned_data["name"]
        if VisitType.objects.filter(name=name).exists():
            raise ValidationError(_("There is a visit of this name already."))
        return name

    def carry_out(self, *, by: str, now: datetime) -> None:
        arranging.arrange(record=VisitType(), values=self.cleaned_data, by=by, now=now)


class PersonForm(StepForm):
    """Somebody who waits, with the words in which they agreed to texts."""

    permission = "waitlist.add_waitlistentry"
    refusals = (registering.RegisteringError, joining.JoiningError)

    first_name = forms.CharField(max_length=80, label=_("First name"))
    last_name = forms.CharField(max_length=80, label=_("Last name"))
    phone = forms.CharField(max_length=40, label=_("Phone"))
    consent_words = forms.CharField(
        max_length=2000,
        label=_("What they said about being texted, word for word"),
        help_text=_("Without it nobody may be texted."),
    )
    visit_type = forms.ModelChoiceField(
        VisitType.objects.order_by("name"), label=_("Waits for"), empty_label=None
    )

    def carry_out(self, *, by: str, now: datetime) -> None:
        said = dict(self.cleaned_data)
        wish = {"clinic_id": self.clinic.pk, "visit_type_id": said.pop("visit_type").pk}
        patient = registering.NewPatient(**said, sms_consent=True)
        enrolling.enrol(patient=patient, wish=wish, by=by, now=now)


class TestForm(StepForm):
    # Not a test of ours.
    __test__ = False
    permission = "clinic.change_clinic"
    refusals = (testing.NotSent,)

    phone = forms.CharField(max_length=40, label=_("A phone of your own, like +13125550100"))

    def carry_out(self, *, by: str, now: datetime) -> None:
        testing.send(clinic_id=self.clinic.pk, to=self.cleaned_data["phone"], by=by, now=now)


FORMS: dict[str, type[StepForm]] = {
    "hours": HoursForm,
    "provider": ProviderForm,
    "visit": VisitForm,
    "people": PersonForm,
    "test": TestForm,
}
