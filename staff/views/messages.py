"""Did it arrive, and who needs a call? The messages, a talk with one address, and an answer to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages as notes
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import seeing
from clinic.models import Patient
from core import looking, scoping, transitions
from messaging import attending, segments
from messaging.models import Message
from offers import senders, writing
from staff import inboxes, talks
from staff.idling import unattended
from staff.patient_forms import NoteForm
from staff.permissions import needs

NOTHING_NEW, UNPROCESSABLE = 204, 422


def _who(request: HttpRequest) -> str:
    return request.user.get_username()


def _inbox(request: HttpRequest) -> dict[str, Any]:
    tab, before = request.GET.get("tab", "reply"), request.GET.get("before", "")
    if tab not in inboxes.TABS or (before and not re.fullmatch(r"[0-9]{1,18}", before)):
        raise Http404
    at = int(before) if before else None
    # Read before the rows: a change in between is shown by the next look, never lost.
    told: dict[str, Any] = {"version": inboxes.version()}
    told["inbox"] = inboxes.inbox(tab=tab, before=at, user=request.user, now=timezone.now())
    return told | {"before": before, "is_live": settings.LIVE_STREAMS or isinstance(request, ASGIRequest)}


@require_safe
@needs("messaging.view_message")
def inbox(request: HttpRequest) -> HttpResponse:
    """The whole page; which tab and from where on stands in the address."""
    told = _inbox(request)
    looking.rows(Message, count=len(told["inbox"].letters), request=request, now=timezone.now())
    return render(request, "staff/messages.html", told)


@unattended
@require_safe
@needs("messaging.view_message")
def rows(request: HttpRequest) -> HttpResponse:
    """The list alone; 204 where nothing has changed since version `v`."""
    if request.GET.get("v") == inboxes.version():
        return HttpResponse(status=NOTHING_NEW)
    return render(request, "staff/_messages.html", _inbox(request))


@require_POST
@needs("messaging.change_message")
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has seen to this message; whoever was faster is named."""
    scoping.find(Message, user=request.user, pk=pk)
    try:
        attending.finish(message_id=pk, by=_who(request), now=timezone.now())
    except transitions.StaleState as stale:
        notes.error(request, str(stale))
    else:
        notes.success(request, _("Seen to."))
    if request.POST.get("back") == "talk":
        return redirect("messages-talk", pk=pk)
    return redirect(f"{reverse('messages')}?tab={request.POST.get('back', 'reply')[:10]}")


@dataclass(frozen=True, kw_only=True)
class _Place:
    """With whom a talk is, and the page that it stands on."""

    address: str
    patients: list[Patient]
    url: str
    rows_url: str
    message: Message | None = None

    @property
    def prefix(self) -> str:
        """What is put in front of every text, and counted with it."""
        return writing.name_for(self.patients[0]) if self.patients else ""


def _of_message(request: HttpRequest, pk: int) -> _Place:
    message = scoping.find(Message, user=request.user, pk=pk)
    address = talks.address_of(message)
    found = talks.at_address(address, user=request.user)
    meant = senders.patient_of(message) if message.direction == "inbound" else None
    first = meant.pk if meant else message.related.get("patient")
    return _Place(
        address=address,
        patients=sorted(found, key=lambda one: one.pk != first),
        url=reverse("messages-talk", args=[pk]),
        rows_url=reverse("messages-talk-rows", args=[pk]),
        message=message,
    )


def _of_patient(request: HttpRequest, pk: int) -> _Place:
    patient = scoping.find(Patient, user=request.user, pk=pk)
    address = patient.phone or patient.email
    if not address:
        raise Http404
    url, rows_url = (reverse(name, args=[pk]) for name in ("messages-patient", "messages-patient-rows"))
    return _Place(address=address, patients=[patient], url=url, rows_url=rows_url)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("messaging.view_message")
def talk(request: HttpRequest, pk: int) -> HttpResponse:
    """What was said where this message went or came from, and a box to answer."""
    return _talk(request, _of_message(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("messaging.view_message")
def with_patient(request: HttpRequest, pk: int) -> HttpResponse:
    """The same, for the phone of a patient."""
    return _talk(request, _of_patient(request, pk))


@unattended
@require_safe
@needs("messaging.view_message")
def talk_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The talk alone, for a page that looks again; 204 where it is as in version `v`."""
    return _rows(request, _of_message(request, pk))


@unattended
@require_safe
@needs("messaging.view_message")
def patient_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The same, for the phone of a patient."""
    return _rows(request, _of_patient(request, pk))


def _rows(request: HttpRequest, place: _Place) -> HttpResponse:
    shown = talks.talk([place.address], user=request.user)
    version = talks.version(shown)
    if request.GET.get("v") == version:
        return HttpResponse(status=NOTHING_NEW)
    return render(request, "staff/_talk.html", {"place": place, "talk": shown, "version": version})


def _talk(request: HttpRequest, place: _Place) -> HttpResponse:
    if request.method == "POST":
        answer: HttpResponse = _write(request, place)
        return answer
    seeing.talk(place.patients, about=place.message, request=request, now=timezone.now())
    shown = talks.talk([place.address], user=request.user)
    return _page(request, place, shown, NoteForm(patients=place.patients, seen=_last(shown)))


@needs("messaging.change_message")
def _write(request: HttpRequest, place: _Place) -> HttpResponse:
    form = NoteForm(request.POST, patients=place.patients)
    if form.is_valid():
        try:
            written = writing.write(note=form.note(place.address), by=_who(request), now=timezone.now())
        except writing.CannotWrite as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            notes.success(request, _said(written))
            return redirect(place.url)
    shown = talks.talk([place.address], user=request.user)
    return _page(request, place, shown, form.having_seen(_last(shown)))


def _last(shown: list[talks.Said]) -> int:
    return max((one.message.pk for one in shown), default=0)


def _said(written: writing.Written) -> str:
    if written.leaves_at is None:
        return _("On its way.")
    at = formats.date_format(timezone.localtime(written.leaves_at), "D H:i T")
    return _("It leaves at %(at)s, when their contact hours begin.") % {"at": at}


def _page(request: HttpRequest, place: _Place, shown: list[talks.Said], form: NoteForm) -> HttpResponse:
    told = {"place": place, "talk": shown, "version": talks.version(shown), "form": form}
    return render(request, "staff/talk.html", told, status=UNPROCESSABLE if form.errors else 200)


@require_POST
@needs("messaging.change_message")
def count(request: HttpRequest) -> HttpResponse:
    """How many texts these words are sent as: counted in one place, while somebody types."""
    body = writing.worded(
        request.POST.get("body", "")[: writing.LONGEST], request.POST.get("prefix", "")[:20]
    )
    return render(request, "staff/_count.html", {"count": segments.count(body)})
