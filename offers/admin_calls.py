"""Calls by staff in the admin: looked at here, begun and ended on pages."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.buttons import LooksOnly
from offers.models import StaffCall


@admin.register(StaffCall)
class StaffCallAdmin(LooksOnly):
    intro = _("Who of the staff called which patient about which slot, and what came of it.")
    list_display = ["id", "cancellation", "patient", "by", "begun_at", "ended_at", "outcome"]
    list_filter = ["outcome", "cancellation__clinic"]
    list_select_related = ["cancellation", "patient"]
    fields = ["cancellation", "patient", "by", "begun_at", "ends_at", "ended_at", "outcome"]
    search_fields = ["=id", "=cancellation__id", "=patient__id", "=by"]
    search_help_text = _("The number of the call, the slot or the patient, or who called.")
    ordering = ["-begun_at", "-pk"]
