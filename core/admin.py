"""The audit trail in the admin: to be read, filtered and never touched."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core import records
from core.buttons import LooksOnly
from core.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(LooksOnly):
    list_display = ["at", "actor", "verb", "record", "reason"]
    intro = _("Who did what to which record, when and why. The database refuses to change or delete a line.")
    list_filter = ["verb", "object_type"]
    search_fields = ["actor", "=object_id"]
    search_help_text = _("Who did it, or the number of the record.")
    date_hierarchy = "at"
    ordering = ["-at", "-pk"]
    fields = ["at", "actor", "verb", "record", "reason", "data", "ip"]
    readonly_fields = ["record"]

    @admin.display(description=_("Record"))
    def record(self, event: AuditEvent) -> str:
        """Which record it was, with the way there where it has a page here."""
        return records.link(event.object_type, event.object_id)
