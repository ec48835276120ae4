"""The simulated phones themselves: what lies on one, and what of it was looked at."""

from __future__ import annotations

from django.db.models import Q

from messaging.models import SimulatedCall, SimulatedPhone, SimulatedText


def locked(number: str) -> SimulatedPhone:
    """The phone of this number, which whoever texts holds; made where it is new. In a transaction."""
    rows = SimulatedPhone.objects.select_for_update(no_key=True)
    return rows.get_or_create(number=number)[0]


def shows(handset: SimulatedPhone, text: SimulatedText) -> None:
    """The text is the phone's last. Who texts back has looked at what came before."""
    handset.last_text = text
    if text.inbound:
        handset.seen_text = text.pk
    handset.save(update_fields=["last_text", "seen_text"])


def rings(handset: SimulatedPhone, call: SimulatedCall) -> None:
    """The call is the phone's last."""
    handset.last_call = call
    handset.save(update_fields=["last_call"])


def look(*, number: str, last: int) -> bool:
    """Somebody has looked at the phone up to the text `last`; False where that is nothing new."""
    seen = SimulatedPhone.objects.filter(number=number, seen_text__lt=last)
    return bool(seen.update(seen_text=last))


def last_of_ours(number: str) -> int:
    """The id of the last text that the provider took for this phone; 0 where it took none."""
    texts = SimulatedText.objects.filter(ours(), phone__number=number).order_by("-pk")
    return texts.values_list("pk", flat=True).first() or 0


def ours() -> Q:
    """The texts that the provider had from us."""
    return Q(inbound=False, by_provider=False, refused_code="")
