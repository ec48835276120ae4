"""Messages, webhooks and opt-outs in the admin: to be looked at, never edited."""

from django.contrib import admin
from django.http import HttpRequest

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
