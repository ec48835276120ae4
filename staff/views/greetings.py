"""Who has a birthday, who is greeted and who is not, and in whose name?"""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import seeing
from clinic.models import Provider
from core import looking, scoping, transitions
from outreach import greeting_switching
from outreach.greeting_models import Greeting
from staff import greetings
from staff.greeting_forms import AcceptForm, HistoryFilter
from staff.permissions import needs

UNPROCESSABLE = 422


@require_safe
@needs("outreach.view_greeting")
def overview(request: HttpRequest) -> HttpResponse:
    """Today and the thirty days ahead, and in whose name greetings go out."""
    now, user = timezone.now(), request.user
    preview, switches = greetings.overview(user=user, now=now)
    told = {"preview": preview, "switches": switches, "lost": greetings.not_delivered(user=user, now=now)}
    return render(request, "staff/greetings.html", told)


@require_safe
@needs("outreach.view_greeting")
def history(request: HttpRequest) -> HttpResponse:
    """What became of every birthday; the filter stands in the address."""
    form = HistoryFilter(request.GET)
    if not form.is_valid():
        return render(request, "staff/greetings_history.html", {"form": form}, status=UNPROCESSABLE)
    rows = greetings.history(user=request.user, status=form.cleaned_data["status"])
    page = greetings.page(rows, number=request.GET.get("page", "1"))
    looking.rows(Greeting, count=len(page), request=request, now=timezone.now())
    return render(request, "staff/greetings_history.html", {"form": form, "page": page})


@require_safe
@needs("outreach.view_greeting")
def history_csv(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The same rows for a spreadsheet. That they were taken away is written down."""
    form = HistoryFilter(request.GET)
    if not form.is_valid():
        return render(request, "staff/greetings_history.html", {"form": form}, status=UNPROCESSABLE)
    rows = greetings.history(user=request.user, status=form.cleaned_data["status"])
    seeing.taken_away("greetings", request=request, now=timezone.now(), rows=rows.count())
    headers = {"Content-Disposition": 'attachment; filename="greetings.csv"'}
    lines = greetings.as_csv(rows)
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outreach.view_greetingswitch")
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """What greeting in a provider's name does; whoever may accepts it here, or switches it off."""
    provider = scoping.find(Provider, user=request.user, pk=pk)
    may, now = greetings.may_switch(request.user, provider), timezone.now()
    if request.method == "POST" and not may:
        raise PermissionDenied
    if "off" in request.POST:
        return _off(request, provider)
    form = AcceptForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (answer := _on(request, provider, form)):
        return answer
    read = greeting_switching.statement(provider=provider, now=now)
    told = {"provider": provider, "read": read, "form": form.showing(read.version), "may": may}
    on = greeting_switching.standing(provider=provider)
    told |= {"on": on, "is_current": on is not None and on.accepted == read.accepted}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "staff/greetings_switch.html", told, status=status)


def _on(request: HttpRequest, provider: Provider, form: AcceptForm) -> HttpResponse | None:
    """None: the form says why not."""
    read, by = form.cleaned_data["version"], request.user.get_username()
    try:
        greeting_switching.switch_on(provider_id=provider.pk, accepted=read, by=by, now=timezone.now())
    except (greeting_switching.NotAccepted, transitions.StaleState) as refusal:
        form.add_error(None, str(refusal))
        return None
    messages.success(request, _("Patients of %(name)s are greeted from now on.") % {"name": provider})
    return redirect("greetings")


def _off(request: HttpRequest, provider: Provider) -> HttpResponse:
    try:
        greeting_switching.switch_off(
            provider_id=provider.pk, by=request.user.get_username(), now=timezone.now()
        )
    except transitions.StaleState as stale:
        messages.warning(request, str(stale))
    else:
        messages.success(request, _("Nobody is greeted in the name of %(name)s.") % {"name": provider})
    return redirect("greetings")
