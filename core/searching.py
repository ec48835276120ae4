"""Searching in the admin: what was looked for stands in no address, and no count reads a whole table.

A name or a phone in an address ends up in histories, logs and screenshots. So a search is posted, its words
are kept in the session, and the address carries a token that names them and nobody.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core import scoping

# Django's classes take no type arguments at run time.
if TYPE_CHECKING:
    AdminOfAny = admin.ModelAdmin[Any]
    PaginatorOfAny = Paginator[Any]
    FilterOfAny = admin.RelatedFieldListFilter
else:
    AdminOfAny = admin.ModelAdmin
    PaginatorOfAny = Paginator
    FilterOfAny = admin.RelatedFieldListFilter

POSTED = "search"
MOST_WORDS = 200
_KEPT, MOST_KEPT = "admin_searches", 20
_PAGE = "p"


class CappedPaginator(PaginatorOfAny):
    """Pages through the first MOST_COUNTED rows: counting millions takes seconds, and nobody reads so far."""

    MOST_COUNTED = 5000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[: self.MOST_COUNTED].count())


class PrivateChangeList(ChangeList):
    """A list that knows the words behind its token."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.shown_query = _words(request, self.query)


class PrivateSearch(AdminOfAny):
    """Searches are posted. `intro` says above the list what it is."""

    intro: Any = ""
    is_searched_by_post = True
    paginator = CappedPaginator
    show_full_result_count = False
    # A count for every value of every filter.
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "admin/change_list_with_intro.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PrivateChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if request.method == "POST" and POSTED in request.POST:
            return self._to_list(request, request.POST[POSTED])
        asked = request.GET.get(SEARCH_VAR, "")
        if asked and asked not in request.session.get(_KEPT, {}):
            messages.warning(request, _("Search with the box: what is looked for stands in no address."))
            return self._to_list(request, "")
        return super().changelist_view(request, {"intro": self.intro, **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, _words(request, search_term))

    def _to_list(self, request: HttpRequest, words: str) -> HttpResponse:
        query = request.GET.copy()
        for name in (SEARCH_VAR, _PAGE):
            query.pop(name, None)
        if words.strip():
            query[SEARCH_VAR] = _keep(request, words.strip()[:MOST_WORDS])
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")


def _keep(request: HttpRequest, words: str) -> str:
    token = secrets.token_hex(4)
    kept = list(request.session.get(_KEPT, {}).items())[1 - MOST_KEPT :]
    request.session[_KEPT] = {**dict(kept), token: words}
    return token


def _words(request: HttpRequest, token: str) -> str:
    """What a token stands for; what is posted by a field that completes names is itself."""
    words: str = request.session.get(_KEPT, {}).get(token, token)
    return words


class PostingSelect(AutocompleteSelect):
    """A field that completes what is typed, and asks for it in a body: core.admin_site."""

    def build_attrs(
        self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        attrs = super().build_attrs(base_attrs, extra_attrs)
        return {**attrs, "data-ajax--type": "POST", "data-ajax--cache": "false"}

    @property
    def media(self) -> Media:
        return super().media + Media(js=["admin/js/jquery.init.js", "admin_posting.js"])


class ScopedFilter(FilterOfAny):
    """Offers only what the user may see: core.scoping."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rows = scoping.limit(field.remote_field.model._default_manager.order_by("pk"), request.user)
        return [(row.pk, str(row)) for row in rows]


admin.FieldListFilter.register(lambda field: bool(field.remote_field), ScopedFilter, take_priority=True)
