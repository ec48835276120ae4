"""Slots, rounds and offers in the admin: looked at here, moved by buttons."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from core import phone
from core.buttons import Button, InlineOfAny, LooksOnly, SavesThroughVerb, WithButtons
from offers import explaining, opening, pausing, reopening, silencing, withdrawing
from offers.admin_calls import StaffCallAdmin  # noqa: F401 - registers itself
from offers.admin_channels import WhatsAppTemplateAdmin  # noqa: F401 - registers itself
from offers.admin_texts import ClinicTextAdmin  # noqa: F401 - registers itself
from offers.models import Cancellation, Offer, Round, ShadowOffer, WrongNumber
from offers.states import FILLABLE, RUNNING, CancellationStatus

ENTERED = ["clinic", "provider", "visit_type", "starts_at", "ends_at", "reason"]
SEEN = [
    "status",
    "unfilled_reason",
    "next_step_at",
    "waiting_for",
    "grace_ends_at",
    "logged_by",
    "paused_by",
    "created_at",
    "closed_at",
    "appointment",
    "is_shadow",
    "what_happened",
]
ASKED: list[Any] = ["round", "rank", "patient", "status", "score", "hold_expires_at", "responded_at"]


NOTED: list[Any] = ["round", "rank", "patient", "score", "created_at", "hold_expires_at"]


class OfferInline(InlineOfAny):
    model = Offer
    fields = ASKED
    readonly_fields = tuple(ASKED)
    ordering = ["round__number", "rank", "pk"]
    can_delete = False
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Offer]:
        # A round's arrays hold an item for every entry of the clinic.
        return _light(super().get_queryset(request).select_related("patient", "round"), "round__")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ShadowOfferInline(InlineOfAny):
    model = ShadowOffer
    fields = NOTED
    readonly_fields = tuple(NOTED)
    ordering = ["round__number", "rank", "pk"]
    can_delete = False
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShadowOffer]:
        return _light(super().get_queryset(request).select_related("patient", "round"), "round__")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _light(rows: QuerySet[Any], prefix: str = "") -> QuerySet[Any]:
    return rows.defer(f"{prefix}entry_ids", f"{prefix}reasons", f"{prefix}parts")


_of_slot = partial(Button, id_name="cancellation_id", permission="offers.change_cancellation")


@admin.register(Cancellation)
class CancellationAdmin(SavesThroughVerb, WithButtons):
    list_display = [
        "id",
        "starts_at",
        "clinic",
        "provider",
        "visit_type",
        "status",
        "next_step_at",
        "waiting_for",
    ]
    list_filter = ["status", "unfilled_reason", "is_shadow", "clinic"]
    readonly_fields = ["is_shadow", "what_happened"]
    intro = _("Times that came free and were offered. Buttons on a slot's page act; states are only shown.")
    list_select_related = ["clinic", "provider", "visit_type"]
    search_fields = ["=id", "provider__name"]
    search_help_text = _("The slot's number, or the provider's name.")
    date_hierarchy = "starts_at"
    ordering = ["-starts_at", "pk"]
    autocomplete_fields = ["provider"]
    refusals = (opening.BadSlot,)
    buttons = (
        _of_slot(
            label=_("Withdraw"), verb=withdrawing.withdraw, states=FILLABLE, done=_("The slot is withdrawn.")
        ),
        _of_slot(label=_("Pause"), verb=pausing.pause, states=RUNNING, done=_("The slot is paused.")),
        _of_slot(
            label=_("Resume"),
            verb=pausing.resume,
            states={CancellationStatus.PAUSED},
            done=_("The slot is offered again."),
        ),
        _of_slot(
            label=_("The winner dropped out: reopen"),
            verb=reopening.reopen,
            states={CancellationStatus.FILLED},
            done=_("The slot is offered again."),
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ENTERED if obj is None else [*ENTERED, *SEEN]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        if obj is None:
            return []
        return [ShadowOfferInline if obj.is_shadow else OfferInline]

    @admin.display(description=_("What happened"))
    def what_happened(self, slot: Cancellation) -> str:
        """The timeline, oldest first, on the clinic's clock; of a phone the last digits."""
        lines = (
            (
                f"{event.at.astimezone(slot.clinic.zone):%Y-%m-%d %H:%M:%S %Z}",
                event.what,
                phone.mask(event.who) if event.who.startswith("+") else event.who,
                f"{event.why} {event.channel}",
            )
            for event in explaining.timeline(cancellation=slot)
        )
        return format_html("<ol>{}</ol>", format_html_join("", "<li>{} {} {} {}</li>", lines))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        entered = form.cleaned_data
        slot = opening.NewSlot(
            clinic_id=entered["clinic"].pk,
            provider_id=entered["provider"].pk,
            visit_type_id=entered["visit_type"].pk,
            starts_at=entered["starts_at"],
            ends_at=entered["ends_at"],
            reason=entered["reason"],
        )
        self.keep(obj, opening.open_slot(slot=slot, by=request.user.get_username(), now=timezone.now()))


@admin.register(Round)
class RoundAdmin(LooksOnly):
    intro = _("Each wave of asking; the slot's page shows the decision about everybody that it was made on.")
    list_display = [
        "id",
        "cancellation",
        "number",
        "started_at",
        "places",
        "eligible_count",
        "policy_version",
    ]
    list_select_related = ["cancellation"]
    fields = ["cancellation", "number", "started_at", "places", "eligible_count", "policy_version"]
    search_fields = ["=cancellation__id"]
    search_help_text = _("The number of the slot.")
    list_filter = ["cancellation__clinic"]
    ordering = ["-started_at", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Round]:
        return _light(super().get_queryset(request))


@admin.register(Offer)
class OfferAdmin(LooksOnly):
    intro = _("Each question put to a patient about a time, and what became of it.")
    list_display = [
        "id",
        "cancellation",
        "patient",
        "status",
        "rank",
        "score",
        "hold_expires_at",
        "responded_at",
    ]
    list_filter = ["status", "cancellation__clinic"]
    list_select_related = ["cancellation", "patient"]
    fields = [
        "cancellation",
        "round",
        "entry",
        "patient",
        "channel",
        "status",
        "rank",
        "score",
        "hold_expires_at",
        "responded_at",
        "created_at",
    ]
    search_fields = ["=id", "=cancellation__id", "=patient__id"]
    search_help_text = _("The number of the offer, the slot or the patient.")
    ordering = ["-created_at", "pk"]


@admin.register(WrongNumber)
class WrongNumberAdmin(WithButtons, LooksOnly):
    intro = _("Numbers of which somebody said that they are not the patient's. The button takes that back.")
    list_filter = [("lifted_at", admin.EmptyFieldListFilter)]
    list_display = ["id", "patient", "phone", "since", "lifted_at", "lifted_by"]
    list_select_related = ["patient"]
    fields = ["patient", "phone", "since", "lifted_at", "lifted_by"]
    search_fields = ["=patient__id", "phone"]
    search_help_text = _("The number of the patient, or the phone.")
    ordering = ["-pk"]
    buttons = (
        Button(
            label=_("It is the patient's after all"),
            verb=silencing.trust_again,
            id_name="wrong_number_id",
            permission="clinic.change_patient",
            states={"stands"},
            done=_("The patient is texted on this number again."),
        ),
    )

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # A number of the patient's, so for whoever may see the patient.
        return request.user.has_perm("clinic.view_patient")
