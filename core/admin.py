"""The audit trail in the admin: to be read, filtered and never touched."""

from django.contrib import admin

from core.buttons import LooksOnly
from core.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(LooksOnly):
    list_display = ["at", "actor", "verb", "object_type", "object_id", "reason"]
    list_filter = ["verb", "object_type"]
    search_fields = ["actor", "=object_id"]
    search_help_text = "Who did it, or the number of the record."
    date_hierarchy = "at"
    ordering = ["-at", "-pk"]
    show_full_result_count = False
