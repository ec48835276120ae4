"""When and where visits can be, in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic import arranging
from clinic.models import Closure, ProviderHours, Resource
from core.buttons import SavesThroughVerb


class Arranged(SavesThroughVerb):
    """A record that says how the clinic works."""

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        values = {
            name: form.cleaned_data[name] for name in (form.changed_data if change else form.cleaned_data)
        }
        arranging.arrange(record=obj, values=values, by=request.user.get_username(), now=timezone.now())


class Kept(Arranged):
    """A record of when and where visits can be; one that is so no longer is deleted."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        arranging.discard(record=obj, by=request.user.get_username(), now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset.order_by("pk"):
            self.delete_model(request, row)


@admin.register(ProviderHours)
class ProviderHoursAdmin(Kept):
    intro = _("When a provider sees patients where. A provider without hours is booked at any time.")
    list_display = ["provider", "clinic", "weekday", "start", "end"]
    list_filter = ["clinic", "weekday"]
    list_select_related = ["provider", "clinic"]
    search_fields = ["provider__name"]
    search_help_text = _("The provider's name.")
    autocomplete_fields = ["provider"]
    ordering = ["provider__name", "weekday", "start", "pk"]


@admin.register(Closure)
class ClosureAdmin(Kept):
    intro = _("Days on which a clinic is closed: nobody is booked on them.")
    list_display = ["clinic", "first_on", "last_on", "reason"]
    list_filter = ["clinic"]
    list_select_related = ["clinic"]
    search_fields = ["reason"]
    search_help_text = _("Why the clinic is closed.")
    ordering = ["-first_on", "pk"]


@admin.register(Resource)
class ResourceAdmin(Kept):
    intro = _("Rooms, seats and equipment that one visit at a time can have.")
    list_display = ["name", "kind", "clinic", "active"]
    list_filter = ["clinic", "kind", "active"]
    list_select_related = ["clinic"]
    search_fields = ["name"]
    search_help_text = _("What the room or the equipment is called.")
    ordering = ["clinic__name", "name", "pk"]
