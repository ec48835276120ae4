"""The feeds in the admin: sources, codes and rules are kept here; the rest is looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.buttons import Button, LooksOnly, SavesThroughVerb, WithButtons
from integrations import codes, colliding, policing, sourcing
from integrations import outlet_admin as outlet_admin
from integrations.codes import Meaning
from integrations.facts import Code
from integrations.models import CodeKind, FeedCode, FeedMessage, FeedPolicy, Parked, Source, Todo, VisitLink


@admin.register(Source)
class SourceAdmin(SavesThroughVerb):
    intro = _(
        "Other systems that tell of their calendar. One that is no more is not deleted: clear Active. What "
        "waits for a person, and whether a source is silent, stands on the page Feeds."
    )
    list_display = ["name", "kind", "active", "timezone", "settle_seconds", "silence_minutes"]
    list_filter = ["kind", "active"]
    search_fields = ["name"]
    search_help_text = _("The name of the source.")
    filter_horizontal = ["clinics"]
    ordering = ["name", "pk"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        names = form.changed_data if change else list(form.cleaned_data)
        values = {name: form.cleaned_data[name] for name in names}
        sourcing.arrange(source=obj, values=values, by=request.user.get_username(), now=timezone.now())


@admin.register(FeedCode)
class FeedCodeAdmin(SavesThroughVerb):
    intro = _("What the words of other systems mean here. An unknown one waits on the page Feeds.")
    list_display = ["source", "kind", "value", "text", "system", "means"]
    list_filter = ["source", "kind", "ignored"]
    list_select_related = ["source", "provider", "clinic", "visit_type"]
    search_fields = ["value", "text"]
    search_help_text = _("The code, or the words that came with it.")
    ordering = ["source__name", "kind", "value", "pk"]
    refusals = (codes.BadMeaning,)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        given = {name: form.cleaned_data.get(name, getattr(obj, name)) for name in ("kind", "standing")}
        records = {kind: getattr(obj, f"{kind}_id") for kind in CodeKind.values if kind != CodeKind.STATUS}
        said = Meaning(
            record_id=records.pop(given["kind"], None), standing=given["standing"], ignored=obj.ignored
        )
        if any(records.values()):
            raise codes.BadMeaning(given["kind"])
        code = Code(value=obj.value, text=obj.text, system=obj.system)
        by, now = request.user.get_username(), timezone.now()
        saved = codes.say(source=obj.source, kind=obj.kind, code=code, meaning=said, by=by, now=now)
        self.keep(obj, saved)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        sourcing.forget(code=obj, by=request.user.get_username(), now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset.order_by("pk"):
            self.delete_model(request, row)

    @admin.display(description=_("Means"))
    def means(self, code: FeedCode) -> str:
        """The record, the standing, or that it is none of ours."""
        record = code.provider or code.clinic or code.visit_type
        return str(record or code.get_standing_display() or _("not ours"))


@admin.register(FeedPolicy)
class FeedPolicyAdmin(SavesThroughVerb):
    intro = _("What becomes of times that feeds free. Each clinic's settings show and change its rules too.")
    list_display = ["clinic", "visit_type", "freed"]
    list_filter = ["clinic", "freed"]
    list_select_related = ["clinic", "visit_type"]
    search_fields = ["clinic__name", "visit_type__name"]
    search_help_text = _("The name of the clinic or of the visit.")
    ordering = ["clinic__name", "visit_type__name", "pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["clinic", "visit_type"] if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        self._rule(request, obj, obj.freed)
        self.keep(obj, FeedPolicy.objects.get(clinic=obj.clinic, visit_type=obj.visit_type))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._rule(request, obj, "")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset.select_related("clinic").order_by("pk"):
            self.delete_model(request, row)

    def _rule(self, request: HttpRequest, obj: FeedPolicy, freed: str) -> None:
        rules, by = {obj.visit_type_id: freed}, request.user.get_username()
        policing.rule(clinic=obj.clinic, rules=rules, by=by, now=timezone.now())


@admin.register(FeedMessage)
class FeedMessageAdmin(LooksOnly):
    intro = _("What sources sent. A message is read on the page Feeds, where each look is written down.")
    list_display = ["received_at", "source", "kind", "control_id", "status", "handled_at", "emptied_at"]
    list_filter = ["source", "status", "kind"]
    list_select_related = ["source"]
    search_fields = ["=control_id"]
    search_help_text = _("The number that the source gave the message.")
    exclude = ["body"]
    ordering = ["-pk"]


@admin.register(Parked)
class ParkedAdmin(LooksOnly):
    intro = _("What nobody could act on, and what came of it. It is seen to on the page Feeds.")
    list_display = ["parked_at", "message", "why", "place", "code", "resolution", "resolved_by"]
    list_filter = ["why", "resolution"]
    list_select_related = ["message"]
    search_fields = ["=code", "=message__control_id"]
    search_help_text = _("The code that nobody knew, or the number that the source gave the message.")
    ordering = ["-pk"]


@admin.register(Todo)
class TodoAdmin(WithButtons, LooksOnly):
    intro = _("Visits that a feed and we have booked into one time, and others that staff settle.")
    list_display = ["created_at", "kind", "clinic", "appointment", "other", "done_at", "done_by"]
    list_filter = ["kind", "clinic"]
    list_select_related = ["clinic", "appointment", "other"]
    search_fields = ["=appointment__id", "=other__id"]
    search_help_text = _("The number of one of the visits.")
    ordering = ["-pk"]
    buttons = (
        Button(
            label=_("Settled"),
            verb=colliding.settle,
            id_name="todo_id",
            permission="integrations.change_todo",
            states=("open",),
            done=_("Settled."),
        ),
    )


@admin.register(VisitLink)
class VisitLinkAdmin(LooksOnly):
    intro = _("Visits of other systems, what was last said of each, and our row that stands for it.")
    list_display = ["id", "source", "appointment", "said_at", "changed_at"]
    list_filter = ["source"]
    list_select_related = ["source", "appointment"]
    search_fields = ["=keys__key", "=appointment__id"]
    search_help_text = _("The number of the visit, here or in the source.")
    ordering = ["-pk"]
