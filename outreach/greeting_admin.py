"""Greetings in the admin are looked at. Their own page switches them, where it says what that does."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.buttons import LooksOnly
from outreach.greeting_models import Greeting, GreetingSwitch


@admin.register(Greeting)
class GreetingAdmin(LooksOnly):
    intro = _("Who was greeted on a birthday, and who was not, with the reason. One row a patient and year.")
    list_display = ["id", "birthday_on", "patient", "provider", "clinic", "channel", "status", "reason"]
    list_filter = ["status", "reason", "clinic", "year"]
    list_select_related = ["patient", "provider", "clinic"]
    fields = [
        "patient",
        "birthday_on",
        "provider",
        "clinic",
        "channel",
        "status",
        "reason",
        "error_code",
        "created_at",
        "handed_at",
        "sent_at",
        "changed_at",
    ]
    search_fields = ["=id", "=patient__id"]
    search_help_text = _("The number of the greeting or of the patient.")
    ordering = ["-birthday_on", "-pk"]


@admin.register(GreetingSwitch)
class GreetingSwitchAdmin(LooksOnly):
    intro = _("Who switched a provider's greetings on, having read which words, and who switched them off.")
    list_display = ["provider", "accepted_by", "accepted_at", "due_count", "ended_by", "ended_at"]
    list_filter = ["provider", ("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["provider"]
    fields = ["provider", "accepted_by", "accepted_at", "accepted", "due_count", "ended_by", "ended_at"]
    search_fields = ["provider__name", "accepted_by", "ended_by"]
    search_help_text = _("The provider's name, or who switched them.")
    ordering = ["-accepted_at", "-pk"]
