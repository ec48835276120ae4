"""Health for load balancers and monitors."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from ops import gauging, health


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is looked at."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether this installation can do its work; 503 where a part cannot."""
    parts = health.report(now=timezone.now())
    return JsonResponse(parts, status=200 if set(parts.values()) == {health.OK} else 503)


class MayReadMetrics(BasePermission):
    """Lets those in who have `ops.view_metrics`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.is_authenticated and request.user.has_perm("ops.view_metrics"))


class AsItIs(BaseContentNegotiation):
    """Monitors ask for formats of their own; there is one, and refusals are JSON."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]


@method_decorator(never_cache, name="dispatch")
class MetricsView(APIView):
    """The timings of all processes of this web server, and the state of the whole installation, as text."""

    permission_classes = [MayReadMetrics]
    content_negotiation_class = AsItIs
    schema = None

    def get(self, request: Request) -> HttpResponse:
        timings = ExportToDjangoView(request).content
        state = generate_latest(gauging.registry(now=timezone.now()))
        return HttpResponse(timings + state, content_type=CONTENT_TYPE_LATEST)
