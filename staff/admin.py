"""Users and where they work; and the brake of all texts: adding a pause pulls it, its button lets go."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, Membership
from core.buttons import Button, InlineOfAny, SavesThroughVerb, VerbForm, WithButtons
from core.searching import PrivateSearch
from messaging import pausing
from messaging.models import Pause


class MembershipInline(InlineOfAny):
    model = Membership
    extra = 1
    verbose_name_plural = _("Works at (auditors and admins see every clinic)")


admin.site.unregister(User)


@admin.register(User)
class StaffAdmin(PrivateSearch, UserAdmin):  # type: ignore[type-arg]
    intro = _("Who may log in, with which role, and at which clinics they work.")
    search_help_text = _("The user's name or e-mail address.")
    inlines = [MembershipInline]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [] if obj is None else list(self.inlines)


class PauseForm(VerbForm):
    clinic = forms.ModelChoiceField(
        Clinic.objects.order_by("name", "pk"),
        required=False,
        help_text=_("Empty: no text of any clinic leaves."),
    )


@admin.register(Pause)
class PauseAdmin(SavesThroughVerb, WithButtons):
    form = PauseForm
    list_display = ["since", "whose", "reason", "by", "ended_at", "ended_by"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter)]
    search_fields = ["reason", "by"]
    search_help_text = _("Why texts were held, or who held them.")
    intro = _("The brake of all texts: adding a pause pulls it, its button lets go. What is owed waits.")
    ordering = ["-since", "-pk"]
    buttons = (
        Button(
            name="resume",
            label=_("Let texts leave again"),
            verb=pausing.resume,
            id_name="pause_id",
            permission="messaging.change_pause",
            states=frozenset({"on"}),
            done=_("Texts leave again."),
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        entered = ["clinic", "reason"]
        return entered if obj is None else ["whose", "reason", "by", "since", "ended_at", "ended_by"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else ["whose"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pause]:
        name = Clinic.objects.filter(pk=OuterRef("clinic_id")).values("name")
        rows: QuerySet[Pause] = super().get_queryset(request)
        return rows.annotate(clinic_name=Subquery(name))

    @admin.display(description=_("Whose texts"))
    def whose(self, pause: Any) -> str:
        return pause.clinic_name or str(_("all clinics"))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        clinic = form.cleaned_data["clinic"]
        paused = pausing.pause(
            clinic_id=clinic.pk if clinic else None,
            reason=form.cleaned_data["reason"],
            by=request.user.get_username(),
            now=timezone.now(),
        )
        self.keep(obj, paused)
