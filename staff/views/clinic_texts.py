"""What do our texts say? A clinic's own words with a live count, stored by the verb that refuses bad ones."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic.models import Clinic
from core import scoping, transitions
from offers import previewing, rewording
from offers.models import ClinicText
from staff import clinic_pages
from staff.permissions import needs
from staff.settings_forms import WordsForm

UNPROCESSABLE = 422
# Nobody types more; a preview of it would only cost.
MOST_TYPED = 2000


def _clinic(request: HttpRequest, pk: int) -> Clinic:
    return scoping.find(Clinic, user=request.user, pk=pk)


@require_safe
@needs("offers.view_clinictext")
def texts(request: HttpRequest, pk: int) -> HttpResponse:
    """Every text with its words and how many segments they take at their longest."""
    clinic = _clinic(request, pk)
    return render(
        request, "staff/settings_texts.html", {"clinic": clinic, "rows": clinic_pages.texts(clinic)}
    )


@needs("offers.view_clinictext")
def text(request: HttpRequest, pk: int, name: str, language: str) -> HttpResponse:
    """One text in one language: its words, their preview, and the form that changes them."""
    clinic = _clinic(request, pk)
    if not clinic_pages.is_text(name, language):
        raise Http404
    own = clinic_pages.own_words(clinic, name, language)
    if request.method != "POST":
        shown = {"body": own.body if own else "", "replaces": own.pk if own else None}
        return _page(request, clinic, own, name=name, language=language, form=WordsForm(initial=shown))
    if not request.user.has_perm("offers.change_clinictext"):
        raise PermissionDenied
    form = WordsForm(request.POST)
    if form.is_valid() and "preview" not in request.POST and _stored(request, form, (pk, name, language)):
        messages.success(request, _("Kept. These words are used from now on."))
        return redirect("clinic-texts", pk=pk)
    own = clinic_pages.own_words(clinic, name, language)
    status = UNPROCESSABLE if form.errors else 200
    return _page(request, clinic, own, name=name, language=language, form=form, status=status)


def _stored(request: HttpRequest, form: WordsForm, place: tuple[int, str, str]) -> bool:
    clinic_id, name, language = place
    new = rewording.NewWords(clinic_id=clinic_id, name=name, language=language, **form.cleaned_data)
    try:
        rewording.reword(new=new, by=request.user.get_username(), now=timezone.now())
    except rewording.WordsRefused as refused:
        for reason in refused.reasons:
            form.add_error("body", reason)
    except transitions.StaleState as stale:
        own = clinic_pages.own_words(_clinic(request, clinic_id), name, language)
        form.add_error(None, clinic_pages.told_whose(stale, own))
        # Sent once more, the words go in the place of those that are shown now.
        form.data = {**form.data, "replaces": own.pk if own else ""}
    return not form.errors


def _page(
    request: HttpRequest,
    clinic: Clinic,
    own: ClinicText | None,
    *,
    form: WordsForm,
    status: int = 200,
    **place: str,
) -> HttpResponse:
    body = str(form["body"].value() or "")
    told: dict[str, Any] = {
        "clinic": clinic,
        "own": own,
        "form": form,
        "preview": previewing.preview(**place, body=body[:MOST_TYPED]),
        **place,
    }
    return render(request, "staff/settings_text.html", told, status=status)


@require_POST
@needs("offers.view_clinictext")
def preview(request: HttpRequest, pk: int, name: str, language: str) -> HttpResponse:
    """What the page shows while somebody types. Words come in the body, never in an address."""
    _clinic(request, pk)
    if not clinic_pages.is_text(name, language):
        raise Http404
    shown = previewing.preview(name=name, language=language, body=request.POST.get("body", "")[:MOST_TYPED])
    return render(request, "admin/offers/_text_preview.html", {"preview": shown})


@require_POST
@needs("offers.change_clinictext")
def restore(request: HttpRequest, pk: int, name: str, language: str) -> HttpResponse:
    """Go back to the standard words, if those that were shown are still in use."""
    own = clinic_pages.own_words(_clinic(request, pk), name, language)
    try:
        if own is None or str(own.pk) != request.POST.get("replaces"):
            raise transitions.StaleState(rewording.CHANGED)
        rewording.restore(text_id=own.pk, by=request.user.get_username(), now=timezone.now())
    except transitions.StaleState as stale:
        messages.error(request, clinic_pages.told_whose(stale, own))
    else:
        messages.success(request, _("The standard words are used from now on."))
    return redirect("clinic-text", pk=pk, name=name, language=language)
