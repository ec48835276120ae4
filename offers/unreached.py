"""Questions whose patient may no longer be asked where they were put."""

from __future__ import annotations

from datetime import datetime

from clinic import reaching
from clinic.models import Patient
from core.channels import Channel
from messaging.models import Message
from offers import declining, keys
from offers.models import Offer
from offers.states import OfferStatus


def end(*, patient_id: int, now: datetime) -> int:
    """Withdraw the open questions that the patient no longer agrees to, or not at that address; how many."""
    patient = Patient.objects.filter(pk=patient_id).first()
    allowed = {} if patient is None else reaching.addresses(patient)
    open_ones = Offer.objects.filter(patient_id=patient_id, status__in=declining.OPEN)
    ids = list(open_ones.order_by("cancellation_id", "pk").values_list("pk", flat=True))
    gone = [pk for pk in ids if not _stands(pk, allowed)]
    return sum(declining.end(offer_id=pk, to=OfferStatus.WITHDRAWN, now=now) for pk in gone)


def _stands(offer_id: int, allowed: dict[Channel, str]) -> bool:
    """Whether it was put, or is going to be, where its patient may be asked."""
    asked = Message.objects.filter(logical_key__in=keys.questions(offer_id)).order_by("pk")
    return any(allowed.get(Channel(by)) == to for by, to in asked.values_list("channel", "to"))
