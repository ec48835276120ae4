"""What a greeting says, in the name of its provider, and by which channel."""

from __future__ import annotations

from collections.abc import Collection

from clinic import reaching
from clinic.models import Patient
from core import wakeups
from core.channels import Channel
from messaging.models import Kind
from messaging.outbox import Draft
from offers import channels, texts
from outreach import greeting_rules
from outreach.greeting_models import Greeting

# After everything else: nobody waits for a greeting.
PRIORITY = wakeups.IN_BULK + 1


def channel_of(patient: Patient, *, tried: Collection[str] = ()) -> Channel | None:
    """By which channel the patient is greeted, the own wish first; None: no other than those tried."""
    left = {*tried, *greeting_rules.UNSPOKEN}
    known = channels.open_to([patient.pk], name=greeting_rules.NAME)[patient.pk]
    return next((channel for channel in known if channel not in left), None)


def draft(greeting: Greeting, *, channel: Channel, is_first: bool = True) -> Draft:
    """The greeting by a channel; its clinic, provider and patient are named by their ids."""
    if greeting.clinic is None or greeting.provider is None:
        raise ValueError("A greeting that goes out has a clinic and a provider.")
    patient = greeting.patient
    text = texts.of_provider(
        greeting_rules.NAME,
        language=patient.language,
        clinic=greeting.clinic,
        provider=greeting.provider,
        channel=channel,
    )
    return Draft(
        kind=Kind.GREETING,
        to=reaching.address(patient, text.channel),
        key=f"greeting:{greeting.pk}" if is_first else f"greeting:{greeting.pk}#{channel}",
        related={"clinic": greeting.clinic.pk, "patient": patient.pk, "greeting": greeting.pk},
        priority=PRIORITY,
        **text.fields(),
    )
