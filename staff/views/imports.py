"""Files in, after trying them out. What each sort of them is is said by staff.imports."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from clinic.models import Patient
from core import files, scoping
from core.importing import Report
from staff.import_forms import BoundedUpload, ImportForm
from staff.imports import PATIENTS, VISITS, WAITLIST, Sort
from staff.permissions import needs

UNPROCESSABLE = 422
MOST_SHOWN = 200


def _bounded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Bound the upload before anything reads it; the token is looked at afterwards, as on every page."""
    guarded = csrf_protect(view)

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def bounded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.upload_handlers = [BoundedUpload(request)]
        return guarded(request, *args, **kwargs)

    return bounded


@_bounded
@needs("waitlist.import_waitlist")
def import_waitlist(request: HttpRequest) -> HttpResponse:
    """People who wait, onto the list of a clinic."""
    return _imported(request, WAITLIST)


@_bounded
@needs("clinic.import_patient")
def import_patients(request: HttpRequest) -> HttpResponse:
    """Patients, onto the books."""
    return _imported(request, PATIENTS)


@_bounded
@needs("clinic.import_appointment")
def import_appointments(request: HttpRequest) -> HttpResponse:
    """Visits, into the calendar of a clinic."""
    return _imported(request, VISITS)


def _imported(request: HttpRequest, sort: Sort) -> HttpResponse:
    """Try a file out, then store it: nothing of the file is kept in between, so that it is sent again."""
    if request.method != "POST":
        return _page(request, ImportForm(user=request.user, sort=sort))
    form = ImportForm(request.POST, request.FILES, user=request.user, sort=sort)
    if not form.is_valid():
        return _page(request, form)
    raw = form.cleaned_data["file"].read()
    digest = hashlib.sha256(raw).hexdigest()
    is_trial = "store" not in request.POST
    if not is_trial and form.cleaned_data["tried"] != digest:
        form.add_error("file", _("This is not the file that was tried out: try it out first."))
        return _page(request, form)
    try:
        report = _run(request, form, raw, is_trial=is_trial)
    except files.BadFile as bad:
        form.add_error("file", str(bad))
        return _page(request, form)
    if report.is_stored:
        return _stored(request, form, report)
    return _page(request, form, report=report, digest=digest)


def _run(request: HttpRequest, form: ImportForm, raw: bytes, *, is_trial: bool) -> Report:
    patients = scoping.limit(Patient._default_manager.all(), request.user)
    return form.sort.run(
        raw=raw,
        clinic=form.cleaned_data["clinic"],
        patients=patients,
        by=request.user.get_username(),
        now=timezone.now(),
        is_trial=is_trial,
    )


def _stored(request: HttpRequest, form: ImportForm, report: Report) -> HttpResponse:
    told = {"entries": report.entries, "patients": report.patients}
    messages.success(request, str(form.sort.done) % told)
    address = f"{form.sort.back}?clinic={form.cleaned_data['clinic'].pk}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponse(status=303, headers={"Location": address})


def _page(
    request: HttpRequest, form: ImportForm, *, report: Report | None = None, digest: str = ""
) -> HttpResponse:
    told: dict[str, Any] = {"form": form, "sort": form.sort, "report": report, "digest": digest}
    if report is not None:
        told["refused"] = report.invalid[:MOST_SHOWN]
        told["left_out"] = report.left_out[:MOST_SHOWN]
    name = "_import" if request.headers.get("HX-Request") else "import"
    status = UNPROCESSABLE if form.errors else 200
    return render(request, f"staff/{name}.html", told, status=status)
