"""What staff say about feeds: what to show, what a code means, why something is put aside, the rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, Provider, VisitType
from core import scoping
from core.scoping import User
from integrations.codes import Meaning
from integrations.models import CodeKind, Freed, Parked, Resolution, Source
from integrations.models.codes import STANDINGS
from integrations.models.parked import WHY
from staff import feeds

_RECORDS: dict[str, Any] = {
    CodeKind.PROVIDER: Provider,
    CodeKind.CLINIC: Clinic,
    CodeKind.VISIT_TYPE: VisitType,
}


class ParkedFilter(forms.Form):
    """Which parked items are shown."""

    source = forms.ModelChoiceField(
        Source.objects.none(), required=False, label=_("Feed"), empty_label=_("Any")
    )
    why = forms.ChoiceField(choices=[("", _("Any")), *WHY], required=False, label=_("Why"))
    state = forms.ChoiceField(
        choices=[
            ("open", _("Waiting")),
            (Resolution.REPLAYED, Resolution.REPLAYED.label),
            (Resolution.DISMISSED, Resolution.DISMISSED.label),
            ("all", _("All")),
        ],
        required=False,
        label=_("State"),
    )
    page = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["source"].queryset = feeds.sources(user).order_by("name", "pk")


class MeaningForm(forms.Form):
    """What an unknown code stands for."""

    record = forms.ChoiceField(label=_("It stands for"), required=False)
    ignored = forms.BooleanField(label=_("Not ours: leave its visits out of our calendar"), required=False)

    def __init__(self, data: Any = None, *, item: Parked, user: User) -> None:
        super().__init__(data)
        self.kind = item.code_kind
        fields: dict[str, Any] = self.fields
        fields["record"].choices = [("", _("Choose")), *self._choices(user)]
        if self.kind == CodeKind.STATUS:
            del self.fields["ignored"]

    def _choices(self, user: User) -> list[tuple[str, str]]:
        if self.kind == CodeKind.STATUS:
            return [(value, str(label)) for value, label in STANDINGS]
        model = _RECORDS[self.kind]
        rows = scoping.limit(model._default_manager.order_by("name", "pk"), user)
        return [(str(row.pk), str(row)) for row in rows]

    def clean(self) -> dict[str, Any]:
        """One of the two, and not both."""
        given = super().clean() or self.cleaned_data
        if bool(given.get("record")) == bool(given.get("ignored")):
            self.add_error("record", _("Choose what it stands for, or say that it is not ours."))
        return given

    def meaning(self) -> Meaning:
        """The valid form in the verb's words."""
        record = self.cleaned_data["record"]
        if self.kind == CodeKind.STATUS:
            return Meaning(standing=record)
        return Meaning(record_id=int(record) if record else None, ignored=not record)


class DismissForm(forms.Form):
    """Why a message is put aside."""

    reason = forms.CharField(max_length=200, label=_("Why, for your colleagues"))


class PolicyForm(forms.Form):
    """A clinic's rules: one for all, and others for single kinds of visit."""

    def __init__(self, data: Any = None, *, clinic: Clinic, can_change: bool) -> None:
        super().__init__(data)
        self.is_ruled = feeds.is_ruled(clinic)
        for kind, freed in feeds.policies(clinic):
            name = "all" if kind is None else f"kind-{kind.pk}"
            choices = list(Freed.choices) if kind is None else [("", _("As for all")), *Freed.choices]
            self.fields[name] = forms.ChoiceField(
                choices=choices,
                initial=freed,
                required=kind is None,
                disabled=not can_change,
                label=_("All visits") if kind is None else str(kind),
            )

    def rules(self) -> dict[int | None, str]:
        """The valid form in the verb's words."""
        return {
            None if name == "all" else int(name.removeprefix("kind-")): value
            for name, value in self.cleaned_data.items()
        }
