"""Reminders in the admin: looked at beside their visit, and in a list of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clinic.admin import AppointmentAdmin
from clinic.models import Appointment
from core.buttons import InlineOfAny, LooksOnly
from outreach import greeting_admin  # noqa: F401 - registers itself
from outreach.models import CancelQuestion, Reminder

SEEN: list[Any] = ["due_at", "minutes_before", "channel", "status", "reason", "error_code", "sent_at"]


class SeenInline(InlineOfAny):
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReminderInline(SeenInline):
    model = Reminder
    fields = SEEN
    readonly_fields = tuple(SEEN)
    ordering = ["due_at", "pk"]


class QuestionInline(SeenInline):
    model = CancelQuestion
    fields = ["asked_at", "answer", "answered_at"]
    readonly_fields = ("asked_at", "answer", "answered_at")
    ordering = ["asked_at", "pk"]


# The calendar knows nothing of reminders: its page of a visit is continued here.
admin.site.unregister(Appointment)


@admin.register(Appointment)
class VisitAdmin(AppointmentAdmin):
    inlines = [ReminderInline, QuestionInline]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [] if obj is None else list(self.inlines)


@admin.register(Reminder)
class ReminderAdmin(LooksOnly):
    list_display = [
        "id",
        "due_at",
        "appointment",
        "minutes_before",
        "channel",
        "status",
        "reason",
        "error_code",
        "sent_at",
    ]
    list_filter = ["status", "reason", "appointment__clinic"]
    list_select_related = ["appointment"]
    fields = ["appointment", *SEEN, "created_at", "handed_at", "changed_at"]
    search_fields = ["=id", "=appointment__id", "=appointment__patient__id"]
    search_help_text = _("The number of the reminder, the visit or the patient.")
    ordering = ["-due_at", "pk"]
    intro = _("When patients are reminded of visits, and what became of each reminder, with its reason.")
