"""Messages, webhooks and opt-outs in the admin: to be looked at, never edited."""

import json
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from core import records
from core.buttons import Button, LooksOnly, Watched, WithButtons
from messaging import (
    attending,
    keeping_admin,  # noqa: F401 - Django looks for admins in this module
    optout,
    sending_admin,  # noqa: F401 - Django looks for admins in this module
)
from messaging.models import Message, ProviderEvent, Suppression
from messaging.states import MessageStatus


@admin.register(Message)
class MessageAdmin(Watched, WithButtons, LooksOnly):
    intro = _("Every text, out and in. Nothing is sent again by hand; Seen to takes one off the call list.")
    list_display = (
        "created_at",
        "direction",
        "kind",
        "channel",
        "to",
        "status",
        "outcome",
        "attention",
        "seen_to",
    )
    list_filter = (
        "attention",
        ("attention_done_at", admin.EmptyFieldListFilter),
        "direction",
        "kind",
        "channel",
        "status",
    )
    search_fields = ("to", "from_number", "=twilio_sid")
    search_help_text = _("A number or address, or a part of it, or the provider's number of the text.")
    ordering = ("-pk",)
    exclude = ("permission", "related", "lease_token", "leased_until", "woken_at", "status_rank")
    readonly_fields = ("about", "permission_receipt")

    @admin.display(description=_("About"))
    def about(self, message: Message) -> str:
        """The records that the text is about, each with the way there."""
        models = {model._meta.model_name: model._meta.label_lower for model in apps.get_models()}
        links = ((records.link(models.get(name, name), pk),) for name, pk in sorted(message.related.items()))
        return format_html_join("", "<div>{}</div>", links)

    @admin.display(description=_("Permission receipt"))
    def permission_receipt(self, message: Message) -> str:
        """Why this text was allowed to leave, line by line."""
        lines = ((name, json.dumps(value)) for name, value in sorted((message.permission or {}).items()))
        return format_html_join("", "<div>{}: {}</div>", lines) or str(_("It has not left."))

    buttons = (
        Button(
            label=_("Seen to"),
            verb=attending.finish,
            id_name="message_id",
            permission="messaging.change_message",
            states=MessageStatus.values,
            done=_("Nobody else needs to see to this text."),
        ),
    )

    @admin.display(description=_("seen to"))
    def seen_to(self, message: Message) -> Any:
        return message.attention_done_at

    def _offered(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        waits = obj.attention and obj.attention_done_at is None
        return super()._offered(request, obj) if waits else []


@admin.register(ProviderEvent)
class ProviderEventAdmin(LooksOnly):
    intro = _("What the provider told us, as it came. One without a time of handling is still to do.")
    list_display = ("received_at", "kind", "sid", "handled_at")
    list_filter = ("provider", ("handled_at", admin.EmptyFieldListFilter))
    exclude = ("message_uuid",)
    search_fields = ("=sid", "phone")
    search_help_text = _("The provider's number of the text, or the phone.")
    ordering = ("-pk",)


@admin.register(Suppression)
class SuppressionAdmin(WithButtons, LooksOnly):
    intro = _("Numbers and addresses that are left in peace since they said STOP, and those that came back.")
    list_filter = ("source", ("lifted_at", admin.EmptyFieldListFilter))
    list_display = ("since", "phone", "source", "lifted_at")
    buttons = (
        Button(
            label=_("The patient wants to hear from us there again"),
            verb=optout.lift_on_word,
            id_name="suppression_id",
            permission="clinic.change_patient",
            states={"by_call"},
            done=_("The number may be used again. Write down at the patient what they agreed to."),
            asks=_("What did the patient say, and how?"),
        ),
    )
    search_fields = ("phone",)
    search_help_text = _("The number or address, or a part of it.")
    ordering = ("-pk",)
