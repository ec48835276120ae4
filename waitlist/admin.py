"""The waitlist in the admin: joining and editing go through the verbs, so do the buttons."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeAlias

from django.contrib import admin
from django.db.models import Model
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.buttons import Button, InlineOfAny, SavesThroughVerb, Watched, WithButtons
from waitlist import joining
from waitlist.models import Availability, WaitlistEntry
from waitlist.states import EntryStatus

Formset: TypeAlias = "BaseInlineFormSet[Any, Any, Any]"

WHO = ["patient", "clinic", "visit_type"]
WISH = [
    "provider",
    "provider_type",
    "urgent",
    "manual_boost",
    "boost_reason",
    "current_appointment",
    "min_notice_minutes",
    "expires_at",
]
RECORDS = frozenset({*WHO, "provider", "current_appointment"})


class AvailabilityInline(InlineOfAny):
    model = Availability
    extra = 1


_of_entry = partial(Button, id_name="entry_id", permission="waitlist.change_waitlistentry")


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(Watched, SavesThroughVerb, WithButtons):
    list_display = [
        "id",
        "patient",
        "clinic",
        "visit_type",
        "provider",
        "urgent",
        "manual_boost",
        "status",
        "joined_at",
    ]
    list_filter = ["status", "clinic", "visit_type", "urgent"]
    list_select_related = ["patient", "clinic", "visit_type", "provider"]
    search_fields = ["=id", "=patient__id", "provider__name"]
    search_help_text = _("The entry's or the patient's number, or the provider's name.")
    ordering = ["joined_at", "pk"]
    autocomplete_fields = ["patient", "provider", "current_appointment"]
    intro = _("Who waits for an earlier visit. The page Waitlist has them in the order of asking.")
    inlines = [AvailabilityInline]
    refusals = (joining.JoiningError,)
    buttons = (
        _of_entry(
            label=_("Pause"), verb=joining.pause, states={EntryStatus.WAITING}, done=_("The entry is paused.")
        ),
        _of_entry(
            label=_("Resume"),
            verb=joining.resume,
            states={EntryStatus.PAUSED},
            done=_("The patient is waiting again."),
        ),
        _of_entry(
            label=_("Remove from the list"),
            verb=joining.remove,
            states={EntryStatus.WAITING, EntryStatus.PAUSED},
            done=_("The patient is off the list."),
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*WHO, *WISH] if obj is None else [*WHO, *WISH, "status", "joined_at", "changed_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else [*WHO, "status", "joined_at", "changed_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Nothing yet: the verb takes the wish together with its windows, see save_related."""

    def save_related(
        self,
        request: HttpRequest,
        form: ModelForm[Any],
        formsets: list[BaseInlineFormSet[Any, Any, Any]],
        change: bool,
    ) -> None:
        """Join, or edit the wish, windows included."""
        by, now = request.user.get_username(), timezone.now()
        names = form.changed_data if change else [*WHO, *WISH]
        said = {f"{name}_id" if name in RECORDS else name: _plain(form.cleaned_data[name]) for name in names}
        windows = [window for formset in formsets for window in _windows(formset)]
        if not change:
            wish = joining.Wish(**said, availability=windows)
            self.keep(form.instance, joining.join(wish=wish, by=by, now=now))
            return
        if any(formset.has_changed() for formset in formsets):
            said["availability"] = windows
        self.keep(form.instance, joining.edit(entry_id=form.instance.pk, changes=said, by=by, now=now))

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        # The windows were stored by the verb; the formsets know nothing of it.
        return super().construct_change_message(request, form, [], add)


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


def _windows(formset: Formset) -> list[joining.Window]:
    rows = [row for row in formset.cleaned_data if row and not row.get("DELETE")]
    return [joining.Window(row["weekday"], row["start"], row["end"]) for row in rows]
