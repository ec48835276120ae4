"""What staff fill in about one patient: who it is, what was said of consent, an invitation, a text."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.consenting import Word
from clinic.models import Clinic, ConsentChannel, ConsentSource, Patient, Provider, VisitType
from clinic.registering import NewPatient
from core import scoping
from core.channels import Channel
from core.scoping import User
from offers import writing
from offers.writing import Note
from waitlist.inviting import Invite

FIELDS = (
    "first_name",
    "last_name",
    "date_of_birth",
    "phone",
    "email",
    "language",
    "preferred_channel",
    "timezone",
    "status",
    "primary_provider",
    "under_guardian",
    "birthday_greetings",
)


class SearchForm(forms.Form):
    """Whom to look for. The words travel in the body of the request, never in its address."""

    typed = forms.CharField(
        max_length=80,
        required=False,
        label=_("Part of the name, date of birth, or the phone's last digits"),
        help_text=_("Like “mil”, “1980-02-29” or “0142”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    page = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)


class DetailsForm(forms.Form):
    """Who the patient is and how to reach them."""

    first_name = forms.CharField(max_length=80, label=_("First name"))
    last_name = forms.CharField(max_length=80, label=_("Last name"))
    date_of_birth = forms.DateField(
        required=False,
        label=_("Date of birth"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    phone = forms.CharField(
        max_length=40,
        required=False,
        label=_("Phone"),
        help_text=_("Like (312) 555-0142 or +13125550142."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    email = forms.EmailField(required=False, label=_("E-mail"))
    language = forms.ChoiceField(choices=Patient.Language.choices, label=_("Language of our messages"))
    preferred_channel = forms.ChoiceField(choices=Channel.choices, label=_("Wants to be asked by"))
    timezone = forms.CharField(
        max_length=64,
        required=False,
        label=_("Time zone"),
        help_text=_("Like America/Chicago. Empty: as the phone number says."),
    )
    status = forms.ChoiceField(choices=Patient.Status.choices, label=_("State"))
    primary_provider = forms.ModelChoiceField(
        Provider.objects.none(),
        required=False,
        empty_label="–",
        label=_("Primary provider"),
        help_text=_("The doctor who looks after this patient, and in whose name birthdays are greeted."),
    )
    under_guardian = forms.BooleanField(
        required=False,
        label=_("Under a guardian's care"),
        help_text=_("Somebody else decides for this patient: no birthday greetings."),
    )
    birthday_greetings = forms.BooleanField(
        required=False,
        label=_("Birthday greetings"),
        help_text=_(
            "Cleared: no birthday greetings, whatever was agreed. Ticked: only with a consent to them."
        ),
    )

    def __init__(self, data: Any = None, *, user: User, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        # Who is known already stays to be chosen, at whichever clinic that is.
        known = Q(pk=initial["primary_provider"].pk) if initial.get("primary_provider") else Q()
        seen = scoping.limit(Provider.objects.filter(active=True), user)
        doctors: Any = self.fields["primary_provider"]
        doctors.queryset = Provider.objects.filter(Q(pk__in=seen.values("pk")) | known).order_by("name", "pk")

    @classmethod
    def of(cls, patient: Patient, data: Any = None, *, user: User) -> DetailsForm:
        """The form with what is known."""
        return cls(data, user=user, initial={name: getattr(patient, name) for name in FIELDS})

    def changes(self) -> dict[str, Any]:
        """The fields that are other than before, in the verb's words."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class NewPatientForm(DetailsForm):
    """Somebody new, and what they said about being texted."""

    sms_consent = forms.BooleanField(required=False, label=_("The patient agreed to be texted"))
    consent_words = forms.CharField(
        max_length=500, required=False, label=_("In which words"), help_text=_("As exactly as you remember.")
    )

    def new(self) -> NewPatient:
        """The valid form in the verb's words."""
        return NewPatient(**self.cleaned_data)


class ConsentForm(forms.Form):
    """What a patient said about a way of being contacted: a new line of the ledger."""

    channel = forms.ChoiceField(choices=ConsentChannel.choices, label=_("About"))
    given = forms.TypedChoiceField(
        choices=[("yes", _("Agrees")), ("no", _("No longer agrees"))],
        coerce=lambda said: said == "yes",
        label=_("The patient"),
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        max_length=2000,
        label=_("In which words, or why"),
        help_text=_("Kept with your name and never changed."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def word(self) -> Word:
        """The valid form in the verb's words."""
        data = self.cleaned_data
        return Word(
            channel=data["channel"], given=data["given"], source=ConsentSource.STAFF, words=data["words"]
        )


class InviteForm(forms.Form):
    """For what a patient is invited to join the list."""

    clinic = forms.ModelChoiceField(Clinic.objects.none(), label=_("Clinic"))
    visit_type = forms.ModelChoiceField(VisitType.objects.order_by("name"), label=_("Visit type"))
    provider = forms.ModelChoiceField(
        Provider.objects.none(), required=False, empty_label=_("Any provider"), label=_("Provider")
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["clinic"].queryset = scoping.limit(Clinic.objects.order_by("name", "pk"), user)
        providers = Provider.objects.filter(active=True).order_by("name", "pk")
        fields["provider"].queryset = scoping.limit(providers, user)

    def clean(self) -> dict[str, Any]:
        """Refuse a provider who does not work there: the patient could not join."""
        data = super().clean() or {}
        provider, clinic = data.get("provider"), data.get("clinic")
        if provider and clinic and not provider.clinics.filter(pk=clinic.pk).exists():
            self.add_error("provider", _("This provider does not work at that clinic."))
        return data

    def invite(self, patient: Patient) -> Invite:
        """The valid form in the verb's words; the channel is the verb's to choose."""
        data = self.cleaned_data
        return Invite(
            patient_id=patient.pk,
            clinic_id=data["clinic"].pk,
            channel="",
            visit_type_id=data["visit_type"].pk,
            provider_id=data["provider"].pk if data["provider"] else None,
        )


class NoteForm(forms.Form):
    """A text in one's own words. `form` tells one page shown from another, `seen` what was read there."""

    body = forms.CharField(
        max_length=writing.LONGEST,
        label=_("Your answer"),
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": writing.LONGEST}),
    )
    form = forms.RegexField(r"^[\w-]{8,60}$", widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    patient = forms.ModelChoiceField(Patient.objects.none(), empty_label=None, label=_("To whom"))

    def __init__(self, data: Any = None, *, patients: list[Patient], seen: int = 0) -> None:
        fresh = {"form": secrets.token_urlsafe(16), "seen": seen}
        super().__init__(data, initial=fresh | {"patient": patients[0] if patients else None})
        fields: dict[str, Any] = self.fields
        if len(patients) < 2:
            del fields["patient"]
        else:
            fields["patient"].queryset = Patient.objects.filter(pk__in=[one.pk for one in patients])
        self.patients = patients

    def having_seen(self, seen: int) -> NoteForm:
        """The refused form, for a page on which more has been read than on the one that it came from."""
        self.data = {**{name: self.data[name] for name in self.data}, "seen": str(seen)}
        return self

    def note(self, address: str) -> Note:
        """The valid form in the verb's words."""
        data = self.cleaned_data
        only = self.patients[0] if self.patients else None
        patient = data.get("patient", only)
        return Note(
            address=address,
            body=data["body"],
            form=data["form"],
            seen=data["seen"],
            patient_id=patient.pk if patient else None,
        )
