"""What every way into an EHR must keep to, over real sockets: the same order, the same outcomes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from integrations.drchrono import client as api
from integrations.facts import Code
from integrations.writing_back import fhir, hl7, mllp, siu
from integrations.writing_back.drchrono import Drchrono
from integrations.writing_back.orders import (
    Absent,
    Adapter,
    Booked,
    Order,
    Refused,
    Then,
    Unknown,
    What,
    Who,
)
from tests.integrations.ehrs import DrchronoEhr, Ehr, FhirEhr, Hl7Ehr, Mood

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
PATIENCE_SECONDS = 0.6
ORDER = Order(
    what=What.BOOK,
    placer="WABCDEFGH12345",
    control_id="C1234567890",
    starts_at=datetime(2026, 3, 9, 15, tzinfo=UTC),
    ends_at=datetime(2026, 3, 9, 15, 30, tzinfo=UTC),
    zone=ZoneInfo("America/Chicago"),
    patient=Who(id="77", first_name="Ana|", last_name="O^Neil", date_of_birth=date(1980, 5, 17)),
    clinic=Code(value="5"),
    provider=Code(value="9"),
)


@dataclass
class FixedToken:
    def current(self) -> str:
        return "a-token"

    def renewed(self, *, instead_of: str) -> str:
        raise api.NotConnected("refused")


@dataclass
class OpenGate:
    def enter(self) -> None:
        """There is no limit."""

    def close(self, wait: timedelta) -> None:
        """Nobody else calls."""


def hl7_way(ehr: Ehr) -> Adapter:
    line = mllp.Line(host="127.0.0.1", port=ehr.port, patience_seconds=PATIENCE_SECONDS)
    return hl7.Hl7(line=line, parties=siu.Parties(), clock=lambda: NOW, dedupes=True)


def fhir_way(ehr: Ehr) -> Adapter:
    url = f"http://127.0.0.1:{ehr.port}/r4"
    return fhir.Fhir(base_url=url, token="a-token", clock=lambda: NOW, timeout=PATIENCE_SECONDS)


def drchrono_way(ehr: Ehr) -> Adapter:
    url = f"http://127.0.0.1:{ehr.port}"
    client = api.Client(tokens=FixedToken(), gate=OpenGate(), base_url=url, timeout=PATIENCE_SECONDS)
    return Drchrono(client=client, clock=lambda: NOW)


WAYS: dict[str, tuple[type[Ehr], Callable[[Ehr], Adapter]]] = {
    "hl7": (Hl7Ehr, hl7_way),
    "fhir": (FhirEhr, fhir_way),
    "drchrono": (DrchronoEhr, drchrono_way),
}


@dataclass
class Case:
    ehr: Ehr
    adapter: Adapter


@pytest.fixture(params=WAYS)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    kind, way = WAYS[request.param]
    with kind() as ehr:
        yield Case(ehr, way(ehr))


def change(what: What, **fields: object) -> Order:
    return replace(ORDER, what=what, control_id="C2", **fields)  # type: ignore[arg-type]


def test_what_is_taken_is_booked_under_the_key_of_the_ehr(case: Case) -> None:
    assert case.adapter.write(ORDER) == Booked("E1")


def test_a_conflict_is_refused_without_a_word_of_the_ehr(case: Case) -> None:
    case.ehr.mood = Mood.REFUSES
    outcome = case.adapter.write(ORDER)
    assert isinstance(outcome, Refused)
    assert "JANE" not in outcome.code


def test_a_busy_ehr_is_asked_again_with_the_same_order(case: Case) -> None:
    case.ehr.mood = Mood.IS_BUSY
    outcome = case.adapter.write(ORDER)
    assert isinstance(outcome, Unknown)
    assert outcome.then == Then.REPEAT


def test_an_order_that_is_not_understood_goes_to_a_person_and_never_back_to_the_patient(case: Case) -> None:
    case.ehr.mood = Mood.IS_PUZZLED
    outcome = case.adapter.write(ORDER)
    assert isinstance(outcome, Unknown)
    assert outcome.then == Then.PERSON


def test_where_nobody_listens_the_order_may_go_again(case: Case) -> None:
    case.ehr.stop_listening()
    outcome = case.adapter.write(ORDER)
    assert outcome == Unknown("no connection", Then.REPEAT)


@pytest.mark.parametrize("mood", [Mood.HANGS_UP, Mood.TAKES_AND_HANGS_UP, Mood.TAKES_SLOWLY])
def test_without_an_answer_nobody_knows(case: Case, mood: Mood) -> None:
    case.ehr.mood = mood
    outcome = case.adapter.write(ORDER)
    assert isinstance(outcome, Unknown)
    assert outcome.then == Then.ASK


@pytest.mark.parametrize("mood", [Mood.TAKES_AND_HANGS_UP, Mood.TAKES_SLOWLY])
def test_asked_later_what_was_taken_is_found_and_stands_once(case: Case, mood: Mood) -> None:
    case.ehr.mood = mood
    case.adapter.write(ORDER)
    case.ehr.mood = Mood.TAKES
    assert case.adapter.ask(ORDER) == Booked("E1")
    assert len(case.ehr.visits) == 1


def test_asked_later_what_was_not_taken_is_absent_or_taken_now(case: Case) -> None:
    case.ehr.mood = Mood.HANGS_UP
    case.adapter.write(ORDER)
    case.ehr.mood = Mood.TAKES
    found = case.adapter.ask(ORDER)
    assert (found, len(case.ehr.visits)) in ((Absent(), 0), (Booked("E1"), 1))


def test_a_question_that_gets_no_answer_leaves_it_unknown(case: Case) -> None:
    case.ehr.stop_listening()
    outcome = case.adapter.ask(ORDER)
    assert isinstance(outcome, Unknown)


@pytest.mark.parametrize("key", ["E1", ""])
def test_a_visit_that_was_booked_is_cancelled_there(case: Case, key: str) -> None:
    case.adapter.write(ORDER)
    assert case.adapter.write(change(What.CANCEL, key=key)) == Booked("E1")
    assert str(case.ehr.visits[ORDER.placer]["status"]).lower() in ("off", "cancelled")


def test_to_cancel_twice_is_no_error(case: Case) -> None:
    case.adapter.write(ORDER)
    case.adapter.write(change(What.CANCEL, key="E1"))
    assert case.adapter.write(change(What.CANCEL, key="E1")) == Booked("E1")


def test_a_visit_that_was_booked_is_moved_there(case: Case) -> None:
    case.adapter.write(ORDER)
    later = {"starts_at": ORDER.starts_at + timedelta(hours=1), "ends_at": ORDER.ends_at + timedelta(hours=1)}
    assert case.adapter.write(change(What.MOVE, key="E1", **later)) == Booked("E1")
    assert len(case.ehr.visits) == 1
    said = str(case.ehr.visits[ORDER.placer])
    assert "20260309110000" in said or "16:00:00+00:00" in said or "2026-03-09T11:00:00" in said


def test_a_move_that_collides_is_refused(case: Case) -> None:
    case.adapter.write(ORDER)
    case.ehr.mood = Mood.REFUSES
    outcome = case.adapter.write(change(What.MOVE, key="E1", starts_at=ORDER.starts_at - timedelta(hours=1)))
    assert isinstance(outcome, Refused)


def test_a_mark_of_mllp_in_a_name_ends_no_message() -> None:
    order = replace(ORDER, patient=replace(ORDER.patient, last_name="O\x1c\rNeil\x0bMSH"))
    message = siu.build(order, siu.Parties(), now=NOW)
    assert b"|O  Neil MSH^" in message
