"""Connecting a practice at drchrono, and saying which of its doctors and offices are ours."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core import scoping
from integrations.drchrono import accounts, mapping
from integrations.drchrono.client import Trouble
from integrations.models import DrchronoRecord, Source
from staff import ehr
from staff.ehr import RecordForm
from staff.permissions import needs

# What the browser's session keeps between going to drchrono and coming back.
KEPT = "drchrono"


@require_safe
@needs("integrations.change_drchronoaccount")
def connections(request: HttpRequest) -> HttpResponse:
    """Each practice: whether it is connected, how far it has been read, and what is still to be mapped."""
    told = {"practices": ehr.practices(request.user), "is_set_up": accounts.is_set_up()}
    return render(request, "staff/drchrono.html", told)


@require_POST
@needs("integrations.change_drchronoaccount")
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the way to drchrono, where somebody gives us the right. A link: a form may lead to us alone."""
    source = scoping.find(Source, user=request.user, pk=pk, kind="drchrono")
    begun = accounts.begin()
    request.session[KEPT] = {"state": begun.state, "verifier": begun.verifier, "source": source.pk}
    return render(request, "staff/drchrono_start.html", {"source": source, "url": begun.url})


@require_safe
@needs("integrations.change_drchronoaccount")
def back(request: HttpRequest) -> HttpResponse:
    """The browser comes back with a code, or without. Only what this session asked for is taken."""
    kept = request.session.pop(KEPT, None) or {}
    state = request.GET.get("state", "")
    if not kept or not secrets.compare_digest(state.encode(), kept["state"].encode()):
        messages.error(request, _("This answer does not belong to a connection that was begun here."))
        return redirect("drchrono")
    source = scoping.find(Source, user=request.user, pk=kept["source"])
    given = {"code": request.GET.get("code", ""), "verifier": kept["verifier"]}
    try:
        accounts.finish(source_id=source.pk, **given, by=request.user.get_username(), clock=timezone.now)
        messages.success(request, _("Connected. Reading begins within half a minute."))
    except Trouble as trouble:
        messages.error(request, ehr.why_not_connected(trouble.code))
    return redirect("drchrono")


@require_POST
@needs("integrations.change_drchronoaccount")
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the right back."""
    source = scoping.find(Source, user=request.user, pk=pk, kind="drchrono")
    accounts.disconnect(source_id=source.pk, by=request.user.get_username(), now=timezone.now())
    messages.success(request, _("Disconnected: nothing is read or written there any more."))
    return redirect("drchrono")


@require_POST
@needs("integrations.change_drchronoaccount")
def name(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which of our providers or clinics a doctor or an office is."""
    record = scoping.find(DrchronoRecord, user=request.user, pk=pk)
    form = RecordForm(request.POST, record=record)
    if form.is_valid():
        ours = form.cleaned_data["ours"]
        by = request.user.get_username()
        waited = mapping.name(record_id=record.pk, ours=ours.pk if ours else None, by=by, now=timezone.now())
        messages.success(request, _kept(waited))
    else:
        messages.error(request, _("Choose one of the list."))
    return redirect("drchrono")


def _kept(waited: int) -> str:
    if not waited:
        return _("Kept. What is read from now on knows it.")
    words = ngettext(
        "Kept. %(count)s record that waited for it is handled again; nobody is texted because of it.",
        "Kept. %(count)s records that waited for it are handled again; nobody is texted because of them.",
        waited,
    )
    return words % {"count": waited}
