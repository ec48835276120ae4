"""By which channels a patient agreed to be reached, and where."""

from __future__ import annotations

from clinic.models import Patient
from core.channels import Channel

# The column that holds the ledger's last word about a channel.
FLAGS = {
    Channel.SMS: "sms_consent",
    Channel.WHATSAPP: "whatsapp_consent",
    Channel.EMAIL: "email_consent",
    Channel.VOICE: "voice_consent",
}


def address(patient: Patient, channel: str) -> str:
    """Where the patient is reached by a channel; "" where that is not known."""
    return patient.email if channel == Channel.EMAIL else patient.phone


def agrees(patient: Patient, channel: str) -> bool:
    """Whether the patient's last word about a channel was yes."""
    return bool(getattr(patient, FLAGS[Channel(channel)]))


def addresses(patient: Patient) -> dict[Channel, str]:
    """Every channel by which the patient may be asked, and where: none of somebody who is not active."""
    if patient.status != Patient.Status.ACTIVE:
        return {}
    found = {channel: address(patient, channel) for channel in Channel if agrees(patient, channel)}
    return {channel: where for channel, where in found.items() if where}
