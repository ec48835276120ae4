"""Resources with something wrong anywhere in them are answered by an OperationOutcome and never by a 500."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.fhir.ehr import Ehr
from tests.integrations.fhir.examples import Json, appointment, bundle, patient, reference

VISIT = appointment(
    contained=[patient(id="who")],
    reasonCode=[{"coding": [{"code": "a"}], "text": "b"}],
    requestedPeriod=[{"start": "2026-03-10", "end": "2026-03-12"}],
    cancelationReason={"coding": [{"code": "pat"}]},
    slot=[reference("Slot/1")],
)
WHO = patient(
    link=[{"other": reference("Patient/p-0"), "type": "replaces"}],
    contact=[{"name": {"family": "Example"}, "telecom": [{"system": "phone", "value": "1"}]}],
    managingOrganization=reference("Organization/1"),
)
REQUEST = {"request": {"method": "POST", "url": "Patient"}}
BUNDLE = {
    **bundle(kind="batch"),
    "entry": [{"fullUrl": f"urn:uuid:{n}", "resource": one, **REQUEST} for n, one in enumerate((WHO, VISIT))],
}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "booked",
            "waitlist",
            "entered-in-error",
            "proposed",
            "2026-02-30",
            "9999-12-31T23:59:59-14:00",
            "0001-01-01T00:00:00+14:00",
            "#who",
            "#",
            "Patient/p-1",
            "https://x.example.org/Patient/%00",
            "a\x00b",
            "\ud800",
            "x" * 300,
        ]
    ),
    st.just([]),
    st.just({}),
    st.just([None]),
    st.just([{}]),
    st.just({"resourceType": "Patient"}),
    st.just({"reference": "#who"}),
)


def places(held: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a resource something stands."""
    parts = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
    for name, part in parts:
        yield (*way, name)
        yield from places(part, (*way, name))


def mutated(whole: Json, way: tuple[Any, ...], how: str, value: Any) -> Json:
    """With another value at one place, or without it, or with something beside it."""
    changed = copy.deepcopy(whole)
    held: Any = changed
    for step in way[:-1]:
        held = held[step]
    if how == "drop":
        del held[way[-1]]
    elif how == "add" and isinstance(held, dict):
        held["extra"] = value
    else:
        held[way[-1]] = value
    return changed


@st.composite
def faulty(draw: st.DrawFn, whole: Json) -> Json:
    found = whole
    for _ in range(draw(st.integers(1, 3))):
        known = list(places(found))
        if not known:
            break
        way = draw(st.sampled_from(known))
        found = mutated(found, way, draw(st.sampled_from(["set", "set", "drop", "add"])), draw(VALUES))
    return found


@pytest.fixture
def ehr(db: None) -> Ehr:
    made = Ehr()
    made.client.raise_request_exception = False
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("whole", [VISIT, WHO, BUNDLE], ids=["Appointment", "Patient", "Bundle"])
def test_whatever_is_wrong_is_answered_by_an_outcome(ehr: Ehr, whole: Json, empty_cache: Any) -> None:
    path = "" if whole is BUNDLE else f"/{whole['resourceType']}"

    @given(sent=faulty(whole))
    def send(sent: Json) -> None:
        empty_cache()
        answer = ehr.post(sent, path)
        assert answer.status_code in (200, 201, 202, 400, 422)
        kinds = ("OperationOutcome",) if path else ("OperationOutcome", "Bundle")
        assert answer.json()["resourceType"] in kinds

    send()
