"""Is texting working?"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from integrations import health_lines
from messaging import status, status_lines
from staff.permissions import needs


@require_safe
@needs("messaging.view_tally")
def texting(request: HttpRequest) -> HttpResponse:
    """Counts, codes and ages; nobody outside is asked for this page."""
    now = timezone.now()
    found = status.read(now=now)
    lines = [*status_lines.lines(status=found, now=now), *health_lines.lines(now=now)]
    told = {"status": found, "lines": lines, "now": now}
    return render(request, "staff/status.html", told)
