"""What is kept about texts that are over, in the admin: to be looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.buttons import LooksOnly
from messaging.models import Redaction, Tally


@admin.register(Tally)
class TallyAdmin(LooksOnly):
    list_display = ["until", "ours", "provider", "webhooks", "differs", "asked_at"]
    ordering = ["-until", "-pk"]
    date_hierarchy = "until"
    list_filter = ["until"]
    intro = _(
        "The texts of a day, counted by us, by the provider and by its callbacks. The page Status explains "
        "the last one; docs/runbook.md says what to do about a difference."
    )

    @admin.display(description=_("Not known to all three"))
    def differs(self, tally: Any) -> int:
        return int(tally.difference)


@admin.register(Redaction)
class RedactionAdmin(LooksOnly):
    list_display = ["created_at", "result", "attempt", "due_at", "done_at"]
    fields = ["result", "attempt", "created_at", "due_at", "done_at"]
    list_filter = ["result"]
    search_fields = ["=message__twilio_sid"]
    search_help_text = _("The provider's number of the text.")
    ordering = ["-pk"]
    intro = _(
        "Old texts whose words are emptied here and are to go at the provider; one without a result is due."
    )
