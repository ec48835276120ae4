"""A source of HL7 messages whose words are known here, and the calendar that they fill."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clinic.models import Clinic
from integrations import codes, handling
from integrations.codes import Meaning
from integrations.facts import Code
from integrations.hl7 import intake
from integrations.hl7.intake import Answer
from integrations.models import CodeKind, FeedMessage, Source
from tests.factories import ClinicFactory, ProviderFactory, VisitTypeFactory
from tests.integrations.hl7.goldens import RECEIVED_AT, Golden

Send = Callable[[Golden], Answer]
WORDS = {
    CodeKind.PROVIDER: (Code(value="7001", system="NPI"), Code(value="7009")),
    CodeKind.CLINIC: (Code(value="NORTHCLINIC", system="NORTH"), Code(value="NORTH")),
    CodeKind.VISIT_TYPE: (
        Code(value="FOLLOWUP", system="L"),
        Code(value="MRKNEE", system="L"),
        Code(value="ROUTINE"),
    ),
}


@pytest.fixture
def source(db: None) -> Source:
    clinic: Clinic = ClinicFactory()
    meant: dict[CodeKind, Any] = {
        CodeKind.PROVIDER: ProviderFactory(clinics=[clinic]),
        CodeKind.CLINIC: clinic,
        CodeKind.VISIT_TYPE: VisitTypeFactory(),
    }
    made = Source.objects.create(
        name="North", kind="hl7", timezone="America/Chicago", created_at=RECEIVED_AT - timedelta(days=1)
    )
    made.clinics.add(clinic)
    for kind, words in WORDS.items():
        for code in words:
            meaning = Meaning(record_id=meant[kind].pk)
            codes.say(source=made, kind=kind, code=code, meaning=meaning, by="manager", now=RECEIVED_AT)
    return made


@pytest.fixture
def send(source: Source) -> Send:
    """A golden message through the door, a moment after it was said, and handled at once."""

    def sent(golden: Golden) -> Answer:
        now = golden.said_at + timedelta(seconds=2)
        answer = intake.take(source=source, body=golden.body, now=now)
        for message_id in (
            FeedMessage.objects.filter(status="received").order_by("pk").values_list("pk", flat=True)
        ):
            handling.handle(message_id=message_id, now=now)
        return answer

    return sent
