"""Are we filling more, and faster?"""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import scoping
from offers import figures, measuring
from staff import charts
from staff.analytics_form import AnalyticsForm
from staff.permissions import needs

UNPROCESSABLE = 422


def _form(request: HttpRequest, now: datetime) -> AnalyticsForm:
    return AnalyticsForm(request.GET, scope=scoping.of(request.user), now=now)


def _summary(request: HttpRequest, form: AnalyticsForm, now: datetime) -> measuring.Summary:
    return measuring.summary(scope=scoping.of(request.user), now=now, **form.question())


def _refusal(request: HttpRequest, form: AnalyticsForm) -> HttpResponse:
    return render(request, "staff/analytics.html", {"form": form, "tables": []}, status=UNPROCESSABLE)


@require_safe
@needs("offers.view_analytics")
def analytics(request: HttpRequest) -> HttpResponse:
    """The figures of the days in the address, as tables and charts."""
    now = timezone.now()
    form = _form(request, now)
    if not form.is_valid():
        return _refusal(request, form)
    summary = _summary(request, form, now)
    # Of days on which nothing was logged there is nothing to read.
    tables = charts.tables(summary) if summary.whole.logged else []
    told = {
        "form": form,
        "tables": tables,
        "drawings": [table.chart() for table in tables if table.drawn],
        "nothing": charts.why_nothing(summary),
        "meanings": charts.explained(),
        "query": request.GET.urlencode(),
    }
    if not summary.whole.logged:
        told["earlier"] = _earlier(request, form)
    return render(request, "staff/analytics.html", told)


def _earlier(request: HttpRequest, form: AnalyticsForm) -> figures.Period | None:
    """The month that ends with the last slot that was logged at all."""
    clinic_id = form.question().get("clinic_id")
    last = measuring.last_logged_on(scope=scoping.of(request.user), clinic_id=clinic_id)
    return figures.last_days(today=last) if last else None


@require_safe
@needs("offers.view_analytics")
def analytics_csv(request: HttpRequest) -> HttpResponse:
    """The same figures for a spreadsheet."""
    now = timezone.now()
    form = _form(request, now)
    if not form.is_valid():
        return _refusal(request, form)
    summary = _summary(request, form, now)
    name = f"waitlist-{summary.period.since}-{summary.period.until}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(charts.as_csv(summary), content_type="text/csv; charset=utf-8", headers=headers)
