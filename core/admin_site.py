"""The admin, whose fields that complete names ask in a body: a name in an address is in every log."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import HttpRequest, HttpResponse

from core.searching import PrivateSearch


class CompletesByPost(AutocompleteJsonView):
    """Django's answers, to a POST."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.GET = request.POST
        return self.get(request, *args, **kwargs)


class Site(AdminSite):
    site_header = site_title = "clinic_waitlist"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Lists of others, as of those who tried to log in, are searched and counted as ours are."""
        own = admin_class or ModelAdmin
        if not issubclass(own, PrivateSearch):
            kept = {"change_list_template": own.change_list_template or PrivateSearch.change_list_template}
            own = type(own.__name__, (PrivateSearch, own), kept)
        super().register(model_or_iterable, own, **options)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast(HttpResponse, CompletesByPost.as_view(admin_site=self)(request))
