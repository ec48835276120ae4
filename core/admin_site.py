"""The admin, whose fields that complete names ask in a body: a name in an address is in every log."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import HttpRequest, HttpResponse


class CompletesByPost(AutocompleteJsonView):
    """Django's answers, to a POST."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.GET = request.POST
        return self.get(request, *args, **kwargs)


class Site(AdminSite):
    site_header = site_title = "clinic_waitlist"

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast(HttpResponse, CompletesByPost.as_view(admin_site=self)(request))
