"""Which days, which clinic and which provider: the address of an analytics page is its filter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, Provider
from core.translating import translated
from offers import figures
from offers.figures import Period

# A field may not be called "from" in Python; in the address it is.
_ADDRESS_NAMES = {"since": "from", "until": "to"}


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, input_formats=["%Y-%m-%d"], localize=False)


class AnalyticsForm(forms.Form):
    """Days by the clinics' own calendars; left out they are the last thirty. `scope` as in measuring."""

    since = _day(_("From"))
    until = _day(_("To"))
    clinic = forms.ModelChoiceField(
        Clinic.objects.none(), label=_("Clinic"), required=False, empty_label=_("All clinics")
    )
    provider = forms.ModelChoiceField(
        Provider.objects.none(), label=_("Provider"), required=False, empty_label=_("All providers")
    )

    def __init__(self, typed: QueryDict, *, scope: Iterable[int] | None, now: datetime) -> None:
        usual = figures.last_days(today=timezone.localdate(now))
        given = {name: words for name, words in typed.items() if words}
        super().__init__({"from": f"{usual.since}", "to": f"{usual.until}", **given})
        clinics, providers = Clinic.objects.order_by("name"), Provider.objects.order_by("name", "pk")
        if scope is not None:
            clinics = clinics.filter(pk__in=scope)
            providers = providers.filter(clinics__in=scope).distinct()
        self.fields["clinic"].queryset = clinics  # type: ignore[attr-defined]
        self.fields["provider"].queryset = providers  # type: ignore[attr-defined]

    def add_prefix(self, field_name: str) -> str:
        return _ADDRESS_NAMES.get(field_name, field_name)

    def clean(self) -> dict[str, Any]:
        """Make the two days a range; what is wrong with it stands at its end."""
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until:
            try:
                data["period"] = Period(since, until)
            except figures.BadPeriod as bad:
                self.add_error("until" if bad.field == "to" else "since", translated(bad.message))
        return data

    def question(self) -> dict[str, Any]:
        """The valid form in the words of measuring.summary."""
        data = self.cleaned_data
        ids = {f"{name}_id": data[name].pk for name in ("clinic", "provider") if data[name]}
        return {"period": data["period"], **ids}
