"""A test to a phone of staff: the one text of a clinic that leaves in shadow too, and never to a patient."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clinic.models import Clinic, Patient
from core import audit, phone
from messaging import gate, optout, outbox
from messaging.models import Kind, Message
from offers import policy, texts

# Whoever may send tests may not write to strangers with them.
MOST_TESTS = 5
WITHIN = timedelta(hours=1)


class NotSent(Exception):
    """A test that is not sent; the text says why, in words for staff."""

    field = "phone"


@transaction.atomic
def send(*, clinic_id: int, to: str, by: str, now: datetime) -> Message:
    """Owe `to`, written as people write a phone, the clinic's test. Raises NotSent and Clinic.DoesNotExist.

    It goes through the outbox, the gate and the provider as any text does.
    """
    try:
        number = phone.normalise(to)
    except ValidationError as error:
        raise NotSent(" ".join(error.messages)) from None
    # Of two at once the second sees the first one's text.
    clinic = Clinic.objects.select_for_update(no_key=True).get(pk=clinic_id)
    if Patient.objects.filter(phone=number).exists():
        raise NotSent(_("This is a patient's number. Use a phone of your own."))
    if optout.is_suppressed(number):
        raise NotSent(_("This number has opted out: text START from it first."))
    sent = tests_of(clinic_id).filter(created_at__gt=now - WITHIN).count()
    if sent >= MOST_TESTS:
        raise NotSent(_("%(most)s tests an hour are the most. Wait a while.") % {"most": MOST_TESTS})
    text = texts.compose("test", language="en", clinic=clinic)
    key = f"test:{uuid.uuid4()}"
    related = {"clinic": clinic_id}
    outbox.queue(
        drafts=[outbox.Draft(kind=Kind.TEST, to=number, key=key, related=related, **text.fields())], now=now
    )
    message = Message.objects.get(logical_key=key)
    audit.record(actor=by, verb="test.queued", obj=clinic, at=now, message=message.pk)
    return message


def tests_of(clinic_id: int) -> QuerySet[Message]:
    """The tests that the clinic has been sent."""
    return Message.objects.filter(kind=Kind.TEST, related__contains={"clinic": clinic_id})


def may_leave(message: Message, now: datetime) -> gate.Go | gate.Skip:
    """Not to a number that has become a patient's: staff have asked for it themselves, and patients not."""
    if Patient.objects.filter(phone=message.to).exists():
        return gate.Skip("no_consent")
    receipt = {"basis": "staff_test", "template": message.template, "policy": policy.POLICY_VERSION}
    return gate.Go(message.body, permission=receipt)
