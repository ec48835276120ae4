"""The calendar in the admin. Settings and patients are kept here; visits are looked at and cancelled."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from clinic import (
    booking,
    cancelling,
    consenting,
    memberships,
    registering,
    scheduling,
    seeing,
)
from clinic.admin_times import Arranged
from clinic.models import (
    Appointment,
    Clinic,
    ClinicFile,
    Consent,
    Patient,
    Provider,
    VisitType,
)
from clinic.states import AppointmentStatus
from core.buttons import Button, LooksOnly, SavesThroughVerb, VerbForm, Watched, WithButtons


@admin.register(Clinic)
class ClinicAdmin(Arranged):
    list_display = ["name", "sms_name", "timezone", "batch_size", "hold_minutes", "is_shadow"]
    list_filter = ["is_shadow", "timezone"]
    readonly_fields = ["is_shadow"]
    intro = _(
        "The places that patients visit, and their rules; an empty one is as the installation has it. The "
        "page Settings says in words what the rules mean, shows who changed them, and lets a clinic go live."
    )
    search_fields = ["name", "sms_name"]
    search_help_text = _("The clinic's name, or what texts call it.")
    ordering = ["name", "pk"]


@admin.register(Provider)
class ProviderAdmin(Arranged):
    list_display = ["name", "provider_type", "active", "user"]
    list_select_related = ["user"]
    intro = _("Whom patients come to see. One who has left is not deleted: clear Active.")
    list_filter = ["active", "provider_type", "clinics"]
    search_fields = ["name"]
    search_help_text = _("The provider's name.")
    filter_horizontal = ["clinics"]
    ordering = ["name", "pk"]

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        chosen = list(form.cleaned_data["clinics"])
        kept = memberships.with_unseen(provider=obj, chosen=chosen, user=request.user)
        form.cleaned_data["clinics"] = kept
        super().save_model(request, obj, form, change)


@admin.register(VisitType)
class VisitTypeAdmin(Arranged):
    list_display = ["name", "duration_minutes"]
    intro = _("The kinds of visit that all clinics share, and how long each takes.")
    list_filter = ["duration_minutes"]
    search_fields = ["name"]
    search_help_text = _("What the visit is called.")
    ordering = ["name", "pk"]


@admin.register(ClinicFile)
class ClinicFileAdmin(Watched, LooksOnly):
    intro = _("The file that the first visit at a clinic opens. Its number is counted and never changes.")
    list_display = ["number", "clinic", "patient", "provider", "opened_at"]
    list_filter = ["clinic"]
    list_select_related = ["clinic", "patient", "provider"]
    search_fields = ["number", "=patient__id"]
    search_help_text = _("The number of the file, or the patient's.")
    ordering = ["-pk"]


class PatientForm(VerbForm):
    """A patient, and what he or she said about being texted."""

    consent_words = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What the patient said about being texted, word for word."),
    )


@admin.register(Patient)
class PatientAdmin(Watched, SavesThroughVerb):
    form = PatientForm
    readonly_fields = ["whatsapp_consent", "email_consent", "voice_consent", "ledger"]
    list_display = ["id", "last_name", "first_name", "status", "sms_consent", "language"]
    list_display_links = ["id", "last_name"]
    list_filter = ["status", "sms_consent", "language", "preferred_channel"]
    search_fields = ["=id", "phone__endswith", "last_name__istartswith", "first_name__istartswith"]
    search_help_text = _("The patient's number or name, or the last four digits of the phone.")
    intro = _(
        "Everybody on the books of a clinic. What a patient said about being contacted stands in a ledger "
        "that only grows: write it down in their words."
    )
    ordering = ["last_name", "first_name", "pk"]
    autocomplete_fields = ["primary_provider"]
    refusals = (registering.RegisteringError,)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        by, now = request.user.get_username(), timezone.now()
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            saved = registering.update(patient_id=obj.pk, changes=changes, by=by, now=now)
        else:
            new = registering.NewPatient(**form.cleaned_data)
            saved = registering.register(patient=new, by=by, now=now)
        self.keep(obj, saved)

    def looked_at(self, seen: Any, request: HttpRequest) -> None:
        seeing.patient(seen, request=request, now=timezone.now())

    @admin.display(description=_("Ledger of consent"))
    def ledger(self, patient: Patient) -> str:
        """Every word of the patient about being contacted, the last one first."""
        rows = Consent.objects.filter(patient=patient).order_by("-pk") if patient.pk else []
        lines = (
            (f"{localtime(row.recorded_at):%Y-%m-%d %H:%M %Z}", row, row.words, row.get_source_display())
            for row in rows
        )
        table = format_html_join("", "<li>{}: {}: “{}” ({})</li>", lines)
        return format_html("<ul>{}</ul>", table) if table else str(_("Nothing has been said."))


@admin.register(Consent)
class ConsentAdmin(SavesThroughVerb):
    """The ledger of consent: read, and added to; nothing in it is ever changed."""

    list_display = ["recorded_at", "patient", "channel", "given", "source", "recorded_by"]
    list_select_related = ["patient"]
    intro = _("Every word of patients about being contacted, the last one first. Nothing here is changed.")
    list_filter = ["channel", "given", "source"]
    search_fields = ["=patient__id"]
    search_help_text = _("The patient's number.")
    ordering = ["-pk"]
    fields = ["patient", "channel", "given", "source", "words"]
    autocomplete_fields = ["patient"]
    refusals = (consenting.ConsentError,)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("clinic.view_patient")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("clinic.view_patient")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("clinic.change_patient")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        said = {name: form.cleaned_data[name] for name in ("channel", "given", "source", "words")}
        row = consenting.record(
            patient_id=form.cleaned_data["patient"].pk,
            word=consenting.Word(**said),
            by=request.user.get_username(),
            now=timezone.now(),
        )
        self.keep(obj, row)


class VisitForm(VerbForm):
    """A visit, and why it is booked although something speaks against it."""

    override = forms.CharField(
        required=False, max_length=200, help_text=_("Only where a warning speaks against the visit: why.")
    )


@admin.register(Appointment)
class AppointmentAdmin(Watched, SavesThroughVerb, WithButtons):
    form = VisitForm
    list_display = ["id", "starts_at", "clinic", "provider", "patient", "visit_type", "status", "source"]
    intro = _("Visits. One that is cancelled here frees its time for the waitlist; its reminders go with it.")
    list_filter = ["status", "clinic", "source", "is_fact"]
    list_select_related = ["clinic", "provider", "patient", "visit_type"]
    search_fields = ["=id", "=patient__id", "provider__name"]
    search_help_text = _("The visit's or the patient's number, or the provider's name.")
    date_hierarchy = "starts_at"
    ordering = ["-starts_at", "pk"]
    autocomplete_fields = ["provider", "patient"]
    refusals = (booking.BookingError,)
    buttons = (
        Button(
            name="cancel",
            label=_("Cancel this visit"),
            verb=cancelling.cancel,
            id_name="appointment_id",
            permission="clinic.change_appointment",
            states=frozenset({AppointmentStatus.BOOKED}),
            done=_("The visit is cancelled; its time goes to the waitlist."),
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        entered = ["clinic", "provider", "patient", "visit_type", "starts_at", "ends_at"]
        if obj is None:
            return [*entered, "override"]
        seen = ["status", "confirmed_at", "source", "is_fact", "cancel_reason", "offer_slot", "created_at"]
        return [*entered, *seen]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        entered = form.cleaned_data
        new = booking.NewBooking(
            clinic_id=entered["clinic"].pk,
            provider_id=entered["provider"].pk,
            patient_id=entered["patient"].pk,
            visit_type_id=entered["visit_type"].pk,
            starts_at=entered["starts_at"],
            ends_at=entered["ends_at"],
            override=entered["override"],
        )
        booked = scheduling.schedule(booking=new, by=request.user.get_username(), now=timezone.now())
        self.keep(obj, booked)
