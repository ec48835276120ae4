"""The simulated phones: whose they are and what they show."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from clinic.models import Patient
from messaging.models import SimulatedText

MOST_TEXTS = 1000
LONGEST_THREAD = 100


@dataclass(frozen=True, kw_only=True)
class Handset:
    """A phone and the last that happened on it; a parent and a child may share one."""

    patient: Patient
    names: str
    last: SimulatedText


def handsets() -> list[Handset]:
    """Every phone of a patient that was texted lately, the latest first."""
    latest: dict[str, SimulatedText] = {}
    for text in SimulatedText.objects.order_by("-pk")[:MOST_TEXTS]:
        latest.setdefault(text.from_number if text.inbound else text.to, text)
    owners: defaultdict[str, list[Patient]] = defaultdict(list)
    for patient in Patient.objects.filter(phone__in=list(latest)).order_by("pk"):
        owners[patient.phone].append(patient)
    return [
        Handset(patient=owners[number][0], names=", ".join(map(str, owners[number])), last=text)
        for number, text in latest.items()
        if number in owners
    ]


def thread(patient: Patient) -> list[SimulatedText]:
    """What this patient's phone shows, oldest first."""
    own = Q(to=patient.phone, inbound=False) | Q(from_number=patient.phone, inbound=True)
    return list(reversed(SimulatedText.objects.filter(own).order_by("-pk")[:LONGEST_THREAD]))
