"""The question whether a visit is to be cancelled: one is open for a number, and a 1 is never ambiguous."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.models import Appointment
from core.transitions import StaleState
from outreach.models import CancelQuestion
from outreach.states import Answer


def open_question(*, phone: str) -> CancelQuestion | None:
    """The open question of this number, with its visit; None: there is none."""
    visits = ("appointment__clinic", "appointment__patient", "appointment__provider")
    rows = CancelQuestion.objects.filter(phone=phone, answer=Answer.OPEN)
    return rows.select_related(*visits).order_by("pk").first()


def last_question(*, phone: str) -> CancelQuestion | None:
    """The last question that was put to this number, with its visit; None: none was."""
    visits = ("appointment__clinic", "appointment__patient", "appointment__provider")
    return CancelQuestion.objects.filter(phone=phone).select_related(*visits).order_by("pk").last()


@transaction.atomic
def ask(*, visit: Appointment, phone: str, now: datetime) -> CancelQuestion:
    """Ask about this visit; a question about another one lapses. The caller has the phone's turn."""
    earlier = CancelQuestion.objects.filter(phone=phone, answer=Answer.OPEN)
    earlier.update(answer=Answer.LAPSED, answered_at=now)
    return CancelQuestion.objects.create(appointment=visit, phone=phone, asked_at=now)


def answer(*, question: CancelQuestion, answer: Answer, now: datetime) -> None:
    """Close the question. Raises StaleState where that was done before."""
    rows = CancelQuestion.objects.filter(pk=question.pk, answer=Answer.OPEN)
    if not rows.update(answer=answer, answered_at=now):
        raise StaleState(_("This question has been answered already."))
