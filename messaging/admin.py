"""Messages, webhooks and opt-outs in the admin: to be looked at, never edited."""

import json

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join

from messaging import sending_admin  # noqa: F401 - Django looks for admins in this module
from messaging.models import Message, ProviderEvent, Suppression


class LookOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """What happened cannot be changed afterwards."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Message)
class MessageAdmin(LookOnly):
    list_display = ("created_at", "direction", "kind", "to", "status", "outcome", "attention")
    list_filter = ("direction", "kind", "status", "attention")
    search_fields = ("to", "from_number", "twilio_sid")
    ordering = ("-pk",)
    exclude = ("permission",)
    readonly_fields = ("permission_receipt",)

    @admin.display(description="Permission receipt")
    def permission_receipt(self, message: Message) -> str:
        """Why this text was allowed to leave, line by line."""
        lines = ((name, json.dumps(value)) for name, value in sorted((message.permission or {}).items()))
        return format_html_join("", "<div>{}: {}</div>", lines) or "It has not left."


@admin.register(ProviderEvent)
class ProviderEventAdmin(LookOnly):
    list_display = ("received_at", "kind", "sid", "handled_at")
    list_filter = ("provider",)
    search_fields = ("sid", "phone")
    ordering = ("-pk",)


@admin.register(Suppression)
class SuppressionAdmin(LookOnly):
    list_display = ("since", "phone", "source", "lifted_at")
    search_fields = ("phone",)
    ordering = ("-pk",)
