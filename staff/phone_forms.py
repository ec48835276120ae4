"""What is filled in on the simulated phones' pages."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.translating import translated
from messaging import errors, fates
from messaging.fates import NEED_CODE, Conditions, Fate
from messaging.gateways.simulated_callbacks import Forced

# Forms are made once, and read in every language.
_later = lazy(translated, str)


def _codes(*, at_the_door: bool) -> list[tuple[str, Any]]:
    return [
        (code, format_lazy("{}: {}", code, _later(found.meaning)))
        for code, found in sorted(errors.TABLE.items())
        if (code in fates.AT_THE_DOOR) == at_the_door
    ]


class AnswerForm(forms.Form):
    """What a simulated patient types; a picture may go without a word."""

    body = forms.CharField(
        max_length=1600,
        label=_("Answer"),
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    picture = forms.BooleanField(required=False, label=_("With a picture"))

    def clean(self) -> dict[str, Any]:
        """Refuse a text with nothing in it."""
        data = super().clean() or {}
        if "body" in data and not data["body"].strip() and not data.get("picture"):
            self.add_error("body", _("Type an answer, or send a picture."))
        return data


class SearchForm(forms.Form):
    """Whose phone: a part of a name, or the last four digits of the number."""

    search = forms.CharField(max_length=80, required=False)


class NetworkForm(forms.Form):
    """What becomes of the next texts to a phone; what a choice does not need is left aside."""

    fate = forms.ChoiceField(
        label=_("What becomes of the next texts"),
        choices=[(fate.value, _later(label)) for fate, label in fates.LABELS.items()],
    )
    error_code = forms.ChoiceField(
        label=_("Error code"),
        required=False,
        help_text=_("For what is not delivered or refused."),
        choices=[
            ("", _("None")),
            (_("A carrier does not deliver"), _codes(at_the_door=False)),
            (_("Twilio refuses at once"), _codes(at_the_door=True)),
        ],
    )
    delay_seconds = forms.IntegerField(
        label=_("Seconds that the network takes"),
        min_value=0,
        max_value=fates.LONGEST_DELAY_SECONDS,
        help_text=_("For texts to the phone, and for their callbacks."),
    )
    late_seconds = forms.IntegerField(
        label=_("Seconds by which a callback is late"),
        required=False,
        min_value=0,
        max_value=fates.LONGEST_LATE_SECONDS,
        help_text=_("For late callbacks."),
    )

    @classmethod
    def showing(cls, conditions: Conditions) -> NetworkForm:
        """The form as it stands now."""
        return cls(initial={**asdict(conditions), "fate": conditions.fate.value})

    def clean(self) -> dict[str, Any]:
        """Put the form into the verb's words; refuse what makes no sense, at the field to change."""
        data = super().clean() or {}
        if self.errors:
            return data
        fate = Fate(data["fate"])
        conditions = Conditions(
            fate=fate,
            delay_seconds=data["delay_seconds"],
            error_code=data["error_code"] if fate in NEED_CODE else "",
            late_seconds=(data["late_seconds"] or 0) if fate == Fate.LATE else 0,
        )
        try:
            fates.check(conditions)
        except fates.BadConditions as bad:
            self.add_error(bad.field, translated(bad.message))
        return {**data, "conditions": conditions}


class ForceForm(forms.Form):
    """What the provider shall say of a text now."""

    forced = forms.ChoiceField(choices=[(forced.value, forced.value) for forced in Forced])
    error_code = forms.ChoiceField(
        label=_("Error code"), required=False, choices=_codes(at_the_door=False), initial="30005"
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a failure without its code."""
        data = super().clean() or {}
        if data.get("forced") == Forced.UNDELIVERED.value and not data.get("error_code"):
            self.add_error("error_code", _("Choose an error code."))
        return data
