"""The clinics' own words in the admin: written with a live preview, stored by the verb."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import ModelForm
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.buttons import Button, SavesThroughVerb, VerbForm, WithButtons
from offers import previewing, rewording, wordings
from offers.models import ClinicText

PLACE = ["clinic", "name", "language"]
# Nobody types more; a preview of it would only cost.
MOST_TYPED = 2000
KEPT = ["version", "changed_by", "since", "ended_at"]
TEXTS = [("", "---------"), *((name, f"{name}: {rule.sent}") for name, rule in wordings.RULES.items())]


class OnlyAPreview(Exception):
    """The form is shown again with its preview."""


class ClinicTextForm(VerbForm):
    name = forms.ChoiceField(
        label=_("Text"),
        choices=TEXTS,
    )
    body = forms.CharField(
        label=_("Words"),
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80, "aria-describedby": "preview"}),
        max_length=480,
    )


@admin.register(ClinicText)
class ClinicTextAdmin(SavesThroughVerb, WithButtons):
    form = ClinicTextForm
    change_form_template = "admin/offers/text_form.html"
    list_display = ["name", "language", "clinic", "since", "changed_by", "ended_at"]
    intro = _("What a clinic says in its own words. None are changed in place: old ones stay to be read.")
    list_filter = [("ended_at", admin.EmptyFieldListFilter), "clinic", "language"]
    list_select_related = ["clinic"]
    search_fields = ["name", "clinic__name", "=version"]
    search_help_text = _("The text, the clinic, or the version that a message names.")
    ordering = ["clinic__name", "name", "language", "-pk"]
    refusals = (rewording.WordsRefused, OnlyAPreview)
    buttons = (
        Button(
            label=_("Use the standard words again"),
            verb=rewording.restore,
            id_name="text_id",
            permission="offers.change_clinictext",
            states={"in_use"},
            done=_("The standard words are used from now on."),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        show = self.admin_site.admin_view(self.show_preview)
        return [path("preview/", show, name="offers_clinictext_preview"), *super().get_urls()]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*PLACE, "body"] if obj is None else [*PLACE, "body", *KEPT]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else [*PLACE, *KEPT]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        is_in_use = not isinstance(obj, ClinicText) or obj.ended_at is None
        return is_in_use and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        is_saved = object_id is not None and request.method == "POST"
        text = self.get_object(request, unquote(object_id or "")) if is_saved else None
        if text is not None and text.ended_at is not None and super().has_change_permission(request):
            # Django would refuse without a word, as words that have ended are only looked at.
            messages.warning(request, rewording.CHANGED)
            return HttpResponseRedirect(request.path)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        if "_preview" in request.POST:
            raise OnlyAPreview(gettext("Nothing is stored yet: see the preview."))
        if not form.has_changed():
            return
        new = rewording.NewWords(
            clinic_id=obj.clinic_id,
            name=obj.name,
            language=obj.language,
            body=form.cleaned_data["body"],
            replaces=obj.pk if change else None,
        )
        self.keep(obj, rewording.reword(new=new, by=request.user.get_username(), now=timezone.now()))

    def show_preview(self, request: HttpRequest) -> HttpResponse:
        """What the form shows while somebody types. Words come in the body, never in an address."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = {key: request.POST.get(key, "")[:MOST_TYPED] for key in ("name", "language", "body")}
        preview = previewing.preview(**asked)
        if preview is None:
            return HttpResponseBadRequest("There is no such text.", content_type="text/plain")
        return render(request, "admin/offers/_text_preview.html", {"preview": preview})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        form = context["adminform"].form
        asked = {key: _entered(form, key) for key in ("name", "language", "body")}
        context |= {
            "asked": asked,
            "preview": previewing.preview(**asked),
            "preview_url": reverse("admin:offers_clinictext_preview"),
            # A change makes a new record: there is nothing to go on with under this address.
            "show_save_and_continue": False,
        }
        return super().render_change_form(request, context, add, change, form_url, obj)


def _entered(form: Any, key: str) -> str:
    """What the form holds for the field, or the record where the form has no such field."""
    value = form[key].value() if key in form.fields else getattr(form.instance, key)
    return str(value or "")
