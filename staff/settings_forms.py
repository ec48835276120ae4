"""What managers set: how a clinic asks, when, whom first, and what its texts say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from clinic import settling
from clinic.models import Clinic
from messaging.pausing import REASON_LENGTH

GROUPS = (
    (
        _("How many are asked, and for how long"),
        ("batch_size", "hold_minutes", "grace_seconds", "lead_minutes"),
    ),
    (_("When"), ("timezone", "contact_hours_start", "contact_hours_end")),
    (_("How often the same person"), ("offers_per_day", "offers_per_week", "cool_down_minutes")),
    (_("Reminders"), ("reminder_minutes",)),
    (_("The clinic in texts"), ("name", "sms_name", "phone")),
    (
        _("Who comes first: points"),
        (
            "weight_urgent",
            "weight_proximity",
            "proximity_step_days",
            "weight_no_appointment",
            "weight_seniority",
            "seniority_step_days",
            "favour_furthest",
        ),
    ),
)
_CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class ClinicSettings(forms.ModelForm):  # type: ignore[type-arg]
    """Every setting of a clinic. `seen` names the settings that were shown: settling.version."""

    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)

    class Meta:
        model = Clinic
        fields = settling.SETTINGS
        widgets = {"contact_hours_start": _CLOCK, "contact_hours_end": _CLOCK}
        labels = {
            "batch_size": _("Asked at once"),
            "hold_minutes": _("Minutes each has to answer"),
            "grace_seconds": _("Seconds between logging and the first text"),
            "lead_minutes": _("Minutes before the visit after which nobody is asked"),
            "timezone": _("Time zone"),
            "contact_hours_start": _("Texts from"),
            "contact_hours_end": _("Texts until"),
            "offers_per_day": _("Offers to one patient in 24 hours, at most"),
            "offers_per_week": _("Offers to one patient in seven days, at most"),
            "cool_down_minutes": _("Minutes of peace after a NO or no answer"),
            "reminder_minutes": _("Minutes before a visit"),
            "name": _("Name"),
            "sms_name": _("Name in texts"),
            "phone": _("Phone that patients may call"),
            "weight_urgent": _("Points for urgent"),
            "weight_proximity": _("Points for a visit that is near, at most"),
            "proximity_step_days": _("One point less for every so many days"),
            "weight_no_appointment": _("Points without a visit"),
            "weight_seniority": _("Points for waiting, at most"),
            "seniority_step_days": _("One point for every so many days waited"),
            "favour_furthest": _("The furthest visit first, not the nearest"),
        }

    def __init__(self, data: Any = None, *, clinic: Clinic, can_change: bool) -> None:
        super().__init__(data, instance=clinic, initial={"seen": settling.version(clinic)})
        standard = {
            "batch_size": settings.BATCH_SIZE,
            "hold_minutes": f"{settings.HOLD_MINUTES:g}",
            "grace_seconds": settings.GRACE_SECONDS,
            "contact_hours_start": f"{settings.CONTACT_HOURS_START:%H:%M}",
            "contact_hours_end": f"{settings.CONTACT_HOURS_END:%H:%M}",
        }
        for name, value in standard.items():
            self.fields[name].help_text = _("Empty: %(value)s, as everywhere here.") % {"value": value}
        if not can_change:
            for field in self.fields.values():
                field.disabled = True

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [(title, [self[name] for name in names]) for title, names in GROUPS]

    def values(self) -> dict[str, Any]:
        """The valid form in the verb's words."""
        return {name: self.cleaned_data[name] for name in settling.SETTINGS}


class PauseForm(forms.Form):
    """Why no text of the clinic is to leave."""

    reason = forms.CharField(max_length=REASON_LENGTH, label=_("Why, for your colleagues"))


class WordsForm(forms.Form):
    """What a text is to say. `replaces` is the row of own words that was shown; empty: none was."""

    body = forms.CharField(
        max_length=480,
        label=_("Words"),
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control", "aria-describedby": "preview"}),
    )
    replaces = forms.IntegerField(required=False, widget=forms.HiddenInput)
