"""The places of a slot: how many may be asked at once, and how many of those are free."""

from django.db.models import Count, Q

from offers import policy
from offers.models import Cancellation
from offers.states import FAILED, OfferStatus


def free(*, slot: Cancellation) -> int:
    """How many more may be asked for the slot now; all of a round where no question is open.

    The caller holds the slot.
    """
    rounds = slot.rounds.annotate(
        open=Count("offers", filter=Q(offers__status=OfferStatus.PENDING)),
        failed=Count("offers", filter=Q(offers__status__in=FAILED)),
    )
    found = rounds.order_by("number").values_list("places", "open", "failed")
    return policy.free_places(rounds=[policy.Held(*row) for row in found], size=slot.clinic.round_size)
