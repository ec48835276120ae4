"""What each acknowledgement of an EHR comes to: refused is certain, and nobody is turned away for less."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from clinic.booking import NewBooking
from integrations.writing_back.orders import Booked, Outcome, Refused, Then, Unknown
from tests.integrations.connecting import Connected, book, owed, told
from tests.integrations.ehrs import Hl7Ehr, Mood
from tests.integrations.test_adapters import ORDER, hl7_way

BRIEFLY = timedelta(minutes=10)
OUTCOMES: dict[tuple[str, str], Outcome] = {
    # By the standard AE is about what the message says, AR is not: HL7 v2.5.1, 2.9.2.2.
    ("AE", ""): Refused("AE"),
    ("AE", "ERR|||E1042^Slot taken|E"): Refused("AE:E1042"),
    ("AE", "ERR|||204^Unknown key|E"): Refused("AE:204"),
    ("AR", "ERR|||E1042^Slot taken|E"): Refused("AR:E1042"),
    ("AR", ""): Unknown("AR", Then.REPEAT, give_up_after=BRIEFLY),
    ("AE", "ERR|||205^Duplicate key|E"): Booked(""),
    ("AE", "ERR|||206^Locked|E"): Unknown("AE:206", Then.REPEAT),
    ("AR", "ERR|||207^Internal error|E"): Unknown("AR:207", Then.REPEAT),
    # Before version 2.5 the code stands in ERR-1.
    ("AE", "ERR|SCH^1^11^207&Internal error&HL70357"): Unknown("AE:207", Then.REPEAT),
    ("AE", "ERR|SCH^1^11"): Refused("AE"),
    ("AE", "ERR|||103^Table value not found|E"): Unknown("AE:103", Then.PERSON),
    ("AR", "ERR|||201^Unsupported event|E"): Unknown("AR:201", Then.PERSON),
    ("CE", ""): Unknown("CE", Then.REPEAT),
    ("CR", ""): Unknown("CR", Then.REPEAT),
    ("CR", "ERR|||203^Unsupported version|E"): Unknown("CR:203", Then.PERSON),
    ("??", ""): Unknown("??", Then.PERSON),
}


@pytest.mark.parametrize("said", OUTCOMES, ids=lambda said: " ".join(said))
def test_an_acknowledgement_comes_to(said: tuple[str, str]) -> None:
    with Hl7Ehr() as ehr:
        way = hl7_way(ehr)
        ehr.mood, ehr.refusal = Mood.REFUSES, said
        assert way.write(ORDER) == OUTCOMES[said]


@pytest.mark.django_db
@pytest.mark.parametrize("connected", ["hl7"], indirect=True)
def test_a_rejection_without_a_reason_goes_again_and_soon_to_a_person(
    wish: NewBooking, connected: Connected, clock: time_machine.Traveller
) -> None:
    connected.ehr.mood, connected.ehr.refusal = Mood.REFUSES, ("AR", "")  # type: ignore[attr-defined]
    book(wish)
    assert [told(owed()), owed().appointment.status] == ["queued", "booked"]
    clock.shift(BRIEFLY)
    assert [told(owed()), owed().appointment.status] == ["by_hand", "booked"]
