"""The admin looks, its buttons act: each button and each form calls one verb and shows what it answers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core import looking, scoping
from core.searching import PostingSelect, PrivateSearch
from core.transitions import StaleState

# Django's classes take no type arguments at run time.
if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    InlineOfAny = admin.TabularInline[Any, Any]
    FormOfAny = forms.ModelForm[Any]
else:
    InlineOfAny = admin.TabularInline
    FormOfAny = forms.ModelForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A verb on a record's page, shown while the record is in one of `states` to those who have `permission`.

    The verb is called with `id_name`, `by` and `now`, and with `words` where the button asks for some: `asks`
    tells whoever presses it what to write. Its name in the address is the verb's unless it has its own.
    """

    label: str | _StrPromise
    verb: Callable[..., object]
    id_name: str
    permission: str
    states: Collection[str]
    done: str | _StrPromise
    name: str = ""
    asks: str | _StrPromise = ""

    @property
    def address(self) -> str:
        return self.name or self.verb.__name__


class Limited(PrivateSearch):
    """Shows and offers only what the user may see: core.scoping."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return scoping.limit(super().get_queryset(request), request.user)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = PostingSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **self._choices(db_field, request, kwargs))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **self._choices(db_field, request, kwargs))

    def _choices(self, db_field: Any, request: HttpRequest, kwargs: dict[str, Any]) -> dict[str, Any]:
        rows = kwargs.get("queryset", db_field.remote_field.model._default_manager.all())
        return {**kwargs, "queryset": scoping.limit(rows, request.user)}


class Watched(Limited):
    """Records of patients: whoever opens one, or reads the list, leaves a line in the audit trail."""

    def looked_at(self, seen: Any, request: HttpRequest) -> None:
        """Write the line about one record."""
        looking.row(seen, request=request, now=timezone.now())

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kw: Any) -> Any:
        seen = context.get("original")
        if seen is not None and request.method == "GET":
            self.looked_at(seen, request)
        return super().render_change_form(request, context, *args, **kw)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            count = len(shown["cl"].result_list)
            looking.rows(self.model, count=count, request=request, now=timezone.now())
        return response


class LooksOnly(Limited):
    """Nothing is added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class WithButtons(Limited):
    """A record's page with buttons that call verbs."""

    buttons: tuple[Button, ...] = ()
    change_form_template = "admin/change_form_with_buttons.html"

    def get_urls(self) -> list[URLPattern]:
        press = self.admin_site.admin_view(self.press)
        return [path("<int:pk>/press/<slug:name>/", press, name=self._press_name), *super().get_urls()]

    @property
    def _press_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_press"

    def press(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Call the verb of a button and go back to the record with its answer."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        button = next((button for button in self.buttons if button.address == name), None)
        if button is None or not self.get_queryset(request).filter(pk=pk).exists():
            raise Http404
        if not request.user.has_perm(button.permission):
            raise PermissionDenied
        words = request.POST.get("words", "").strip()
        if button.asks and not words:
            messages.warning(request, _("Nothing was done: %(asked)s") % {"asked": button.asks})
            return self._back_to(pk)
        said = {"words": words} if button.asks else {}
        try:
            button.verb(**{button.id_name: pk}, **said, by=request.user.get_username(), now=timezone.now())
        except StaleState as stale:
            messages.warning(request, str(stale))
        else:
            messages.success(request, str(button.done))
        return self._back_to(pk)

    def _back_to(self, pk: int) -> HttpResponseRedirect:
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(page, args=[pk]))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        context["buttons"] = [] if obj is None else self._offered(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _offered(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        return [
            {
                "label": button.label,
                "asks": button.asks,
                "url": reverse(f"admin:{self._press_name}", args=[obj.pk, button.address]),
            }
            for button in self.buttons
            if obj.status in button.states and request.user.has_perm(button.permission)
        ]


def _by_the_verb(exclude: Any = None) -> None:
    """In place of a row's own check of its constraints."""


class VerbForm(FormOfAny):
    """Shows at its fields why the verb refused what was entered."""

    refusal: Exception | None = None

    def _post_clean(self) -> None:
        # Constraints are the verb's to explain; and Django fails at one that names a column the form lacks.
        self.instance.validate_constraints = _by_the_verb
        super()._post_clean()  # type: ignore[misc]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.refusal is not None:
            field = str(getattr(self.refusal, "field", "")).removesuffix("_id")
            self.add_error(field if field in self.fields else None, str(self.refusal))
        return cleaned


class SavesThroughVerb(Limited):
    """A form whose saving is a verb. What the verb refuses with one of `refusals` is shown in the form."""

    form = VerbForm
    refusals: tuple[type[Exception], ...] = ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (StaleState, *self.refusals) as refusal:  # type: ignore[misc]
            # The first attempt's transaction is gone; the second one only shows the form with the reason.
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return form if refusal is None else type(form.__name__, (form,), {"refusal": refusal})

    def keep(self, obj: Model, saved: Model) -> None:
        """Let the admin go on with the row that the verb has stored."""
        obj.__dict__.update(saved.__dict__)
