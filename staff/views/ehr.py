"""What staff enter in the EHR themselves, until they have said that they did."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clinic.states import ACTIVE
from core import scoping, transitions
from integrations.models import WriteBack
from integrations.writing_back import by_hand
from staff import ehr
from staff.permissions import needs

_GIVEN_BACK = gettext_lazy("Kept: it cannot be had there. Who had won it is told so.")
_STAYS = gettext_lazy(
    "Kept: it cannot be had there. Nobody was told: the visit stays here for you to move or to cancel."
)


@require_safe
@needs("integrations.view_writeback")
def tasks(request: HttpRequest) -> HttpResponse:
    """Everything that the EHR has not been told of, or has refused, and that a person has to see to."""
    return render(request, "staff/ehr_tasks.html", {"rows": ehr.tasks(request.user)})


@require_POST
@needs("integrations.change_writeback")
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """It stands there now."""
    row = scoping.find(WriteBack, user=request.user, pk=pk)
    try:
        by_hand.confirm(write_back_id=row.pk, by=request.user.get_username(), now=timezone.now())
        messages.success(request, _("Kept: it stands in the other system."))
    except transitions.StaleState as stale:
        messages.error(request, str(stale))
    return redirect("ehr-tasks")


@require_POST
@needs("integrations.change_writeback")
def refused(request: HttpRequest, pk: int) -> HttpResponse:
    """It cannot be had there: who won it is told so, and the next is asked. What staff booked is theirs."""
    row = scoping.find(WriteBack, user=request.user, pk=pk)
    try:
        kept = by_hand.refuse(write_back_id=row.pk, by=request.user.get_username(), now=timezone.now())
        messages.success(request, _STAYS if kept.appointment.status in ACTIVE else _GIVEN_BACK)
    except transitions.StaleState as stale:
        messages.error(request, str(stale))
    return redirect("ehr-tasks")
