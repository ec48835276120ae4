"""The words that WhatsApp has approved, in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit
from core.buttons import Limited
from offers import wordings
from offers.models import WhatsAppTemplate


class WhatsAppTemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """Names a text that there is, and placeholders that it has."""

    class Meta:
        model = WhatsAppTemplate
        fields = ("name", "language", "content_sid", "placeholders")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        rule = wordings.RULES.get(cleaned.get("name", ""))
        if rule is None:
            self.add_error("name", f"There is no such text. There are {', '.join(sorted(wordings.RULES))}.")
            return cleaned
        named = [name.strip() for name in cleaned.get("placeholders", "").split(",") if name.strip()]
        strange = [name for name in named if name not in rule.may]
        if strange:
            may = ", ".join(rule.may)
            self.add_error("placeholders", f"{', '.join(strange)} stands for nothing here. There are {may}.")
        missing = [name for name in rule.needs if name not in named]
        if missing:
            self.add_error("placeholders", f"{', '.join(missing)} is missing: this text must name it.")
        return cleaned


@admin.register(WhatsAppTemplate)
class WhatsAppTemplateAdmin(Limited):
    form = WhatsAppTemplateForm
    intro = _("The words that WhatsApp has approved, one entry for a text and language.")
    list_display = ["name", "language", "content_sid", "placeholders"]
    list_filter = ["language"]
    search_fields = ["name", "=content_sid"]
    search_help_text = _("The text, or its ContentSid.")
    ordering = ["name", "language", "pk"]

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._record(request, obj, "template.changed")
        return super().log_change(request, obj, message)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._record(request, obj, "template.added")
        return super().log_addition(request, obj, message)

    def _record(self, request: HttpRequest, obj: Model, verb: str) -> None:
        audit.record(actor=request.user.get_username(), verb=verb, obj=obj, at=timezone.now())
