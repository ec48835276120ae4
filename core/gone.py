"""Where a patient's link leads nowhere: the same words for one that is dead and one that never was."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(request: HttpRequest) -> HttpResponse:
    """A 404 in the language that the browser wishes, and in the other one as well."""
    response = render(request, "own/dead.html", status=404)
    response["X-Robots-Tag"] = "noindex"
    return response
