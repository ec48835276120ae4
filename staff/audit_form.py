"""Which events: the address of an audit page is its filter, of usernames and numbers, never a patient."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic
from core import scoping
from core.scoping import User
from staff import trail
from staff.trail import Wanted

KINDS = (
    ("", _("Anything")),
    ("clinic.patient", _("Patients")),
    ("clinic.appointment", _("Visits")),
    ("waitlist.waitlistentry", _("Waitlist")),
    ("waitlist.invitation", _("Links")),
    ("offers.cancellation", _("Slots")),
    ("messaging.message", _("Messages")),
    ("messaging.sender", _("Senders")),
    ("messaging.pause", _("Pauses")),
    ("clinic.clinic", _("Clinics")),
    ("clinic.provider", _("Providers")),
    ("auth.user", _("Users")),
)
_ADDRESS_NAMES = {"since": "from", "until": "to"}


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"])


class AuditForm(forms.Form):
    """Who, what, which record and when; the days are those of the installation's zone."""

    who = forms.CharField(max_length=150, required=False, label=_("Who"))
    what = forms.RegexField(
        r"^[a-z_.]*$",
        max_length=60,
        required=False,
        label=_("What"),
        error_messages={"invalid": _("Small letters and points, like patient.seen.")},
    )
    kind = forms.ChoiceField(choices=KINDS, required=False, label=_("Record"))
    clinic = forms.ModelChoiceField(
        Clinic.objects.none(), required=False, empty_label=_("Every clinic"), label=_("Clinic")
    )
    number = forms.IntegerField(min_value=1, required=False, label=_("Its number"))
    since = _day(_("From"))
    until = _day(_("To"))
    before = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        clinic: Any = self.fields["clinic"]
        clinic.queryset = scoping.limit(Clinic.objects.order_by("name", "pk"), user)

    def add_prefix(self, field_name: str) -> str:
        return _ADDRESS_NAMES.get(field_name, field_name)

    def clean(self) -> dict[str, Any]:
        """Refuse days that end before they begin."""
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _("This is before the first day."))
        return data

    def wanted(self) -> Wanted:
        """The valid form in the trail's words."""
        data = self.cleaned_data
        return Wanted(
            who=data["who"],
            what=data["what"],
            kind=data["kind"],
            number=str(data["number"] or ""),
            place=data["clinic"].pk if data["clinic"] else None,
            since=_begin(data["since"]) if data["since"] else None,
            until=_begin(data["until"] + timedelta(days=1)) if data["until"] else None,
        )


def _begin(day: Any) -> datetime:
    return datetime.combine(day, time(), tzinfo=trail.zone())
