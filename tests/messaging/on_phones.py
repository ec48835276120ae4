"""Words for tests about the simulated phones: a text on one, its network, and what the provider says when."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from messaging.fates import Conditions, Fate
from messaging.gateways import Outgoing, simulated, simulated_callbacks, simulated_network
from messaging.models import SimulatedText
from tests.messaging.posting import CLINIC_NUMBER

# Where no server listens.
NOBODY = "http://127.0.0.1:1"
ALICE, BOB = "+13125550142", "+13125550143"


def texted(number: str = ALICE, *, body: str = "An earlier time is free.") -> SimulatedText:
    """A text that nobody's outbox knows of, as the provider has it."""
    outgoing = Outgoing(uuid=uuid.uuid4(), sender=CLINIC_NUMBER, to=number, body=body)
    simulated.take(outgoing=outgoing, now=timezone.now())
    return SimulatedText.objects.get(message_uuid=outgoing.uuid)


def network(number: str = ALICE, **conditions: Any) -> None:
    """From now on this phone's network is so; `fate` may be its plain word."""
    fate = Fate(conditions.pop("fate", "delivered"))
    wanted = Conditions(fate=fate, **conditions)
    simulated_network.set_for(number=number, conditions=wanted, now=timezone.now())


def bring() -> int:
    """What beat does: every callback that is due."""
    return simulated_callbacks.sweep(clock=timezone.now)
