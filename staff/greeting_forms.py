"""What is filled in on the pages of the greetings."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from outreach.greeting_states import GreetingStatus


class AcceptForm(forms.Form):
    """That somebody has read what switching on does. `version` is that of the words which were shown."""

    version = forms.CharField(widget=forms.HiddenInput, max_length=12)
    accepted = forms.BooleanField(
        label=_("I have read this, and accept it in the name of this provider."),
        error_messages={"required": _("Tick this to say that you have read it.")},
    )

    def showing(self, version: str) -> AcceptForm:
        """The form beside words of this version: what is ticked next is about them."""
        self.initial["version"] = version
        if self.is_bound:
            self.data = {**self.data.dict(), "version": version}  # type: ignore[attr-defined]
        return self


class HistoryFilter(forms.Form):
    """Of which state."""

    status = forms.ChoiceField(
        label=_("State"), choices=[("", _("All")), *GreetingStatus.choices], required=False
    )
