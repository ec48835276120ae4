"""Health for load balancers and monitors."""

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ops import health


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
