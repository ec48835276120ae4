"""Who did or saw what? The append-only log, for those who answer for it."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic import seeing
from staff import trail
from staff.audit_form import AuditForm
from staff.permissions import needs

UNPROCESSABLE = 422


def _refusal(request: HttpRequest, form: AuditForm) -> HttpResponse:
    return render(request, "staff/audit.html", {"form": form, "trail": None}, status=UNPROCESSABLE)


@require_safe
@needs("core.view_auditevent")
def audit(request: HttpRequest) -> HttpResponse:
    """The events that fit the address, the latest first."""
    form = AuditForm(request.GET, user=request.user)
    if not form.is_valid():
        return _refusal(request, form)
    before = form.cleaned_data["before"]
    found = trail.page(wanted=form.wanted(), before=before, user=request.user)
    told = {"form": form, "trail": found, "before": before, "zone": trail.zone()}
    return render(request, "staff/audit.html", told)


@require_safe
@needs("core.view_auditevent")
def audit_csv(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The same events for a spreadsheet, all of them. That they were taken away is one more event."""
    form = AuditForm(request.GET, user=request.user)
    if not form.is_valid():
        return _refusal(request, form)
    now, events = timezone.now(), trail.found(form.wanted(), request.user)
    last = events.values_list("pk", flat=True).first() or 0
    seeing.taken_away("audit", request=request, now=now, up_to=last)
    lines = trail.as_csv(events.filter(pk__lte=last), zone=trail.zone())
    headers = {"Content-Disposition": f'attachment; filename="audit-{now:%Y-%m-%d}.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
