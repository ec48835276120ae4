"""Where our bookings go, and what became of them. A secret is typed here and shown to nobody."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.buttons import FormOfAny, Limited, LooksOnly
from integrations.models import Outlet, WriteBack
from integrations.writing_back import outlets


class OutletForm(FormOfAny):
    """`new_secret` is sealed and never shown again; left empty the one that is kept stays."""

    new_secret = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        label=_("New key or token"),
        help_text=_("FHIR: the private key (PEM), or without a token address the token itself."),
    )


@admin.register(Outlet)
class OutletAdmin(Limited):
    form = OutletForm
    intro = _("How a source takes our bookings. Without an outlet staff enter them there.")
    list_display = ["source", "way", "host", "base_url"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_filter = ["way"]
    search_fields = ["source__name"]
    search_help_text = _("The name of the source.")
    ordering = ["source__name", "pk"]

    def save_model(self, request: HttpRequest, obj: Outlet, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        secret = form.cleaned_data.get("new_secret")
        if secret:
            by = request.user.get_username()
            outlets.keep_secret(outlet_id=obj.pk, secret=secret, by=by, now=timezone.now())


@admin.register(WriteBack)
class WriteBackAdmin(LooksOnly):
    intro = _("What other systems had to learn of our bookings, and what came of it.")
    list_display = ["created_at", "what", "status", "reason", "source", "attempt", "done_at", "done_by"]
    list_filter = ["status", "what", "source"]
    exclude = ["lease_token", "leased_until"]
    search_fields = ["=appointment__id", "=control_id"]
    search_help_text = _("The number of the visit, or of the message that we sent.")
    ordering = ["-pk"]
