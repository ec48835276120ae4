"""What a resource says of a patient is found in no log, task argument, answer, address or unsealed column."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import time_machine
from django.db import connection

from core.redaction import JsonFormatter
from integrations import tasks
from integrations.models import FeedMessage, Parked
from tests.api.fhir.ehr import BASE, Ehr
from tests.integrations.fhir.examples import Json, appointment, bundle, concept, patient

pytestmark = pytest.mark.django_db

MARK = "ZZMARKERZZ"
WHO = patient(
    name=[{"family": MARK, "given": [MARK], "text": MARK}],
    text={"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{MARK}</div>'},
    telecom=[{"system": "email", "value": f"{MARK}@example.org"}],
)
VISIT = appointment(
    comment=MARK,
    description=MARK,
    patientInstruction=MARK,
    cancelationReason={**concept("pat"), "text": MARK},
    reasonCode=[{"text": MARK}],
)
SENT: list[tuple[str, Json]] = [
    ("", bundle(WHO, VISIT)),
    ("/Patient", WHO),
    ("/Appointment", VISIT),
    ("/Appointment", {**VISIT, "status": MARK}),
    ("/Appointment", {**VISIT, MARK: MARK}),
    ("/Appointment", {**VISIT, "start": MARK}),
    ("/Appointment", {**VISIT, "participant": MARK}),
    ("/Appointment", {**VISIT, "contained": [{"resourceType": MARK, MARK: 1}]}),
    ("/Patient", {**WHO, "birthDate": MARK}),
    ("/Patient", {**WHO, "name": [{"family": MARK, MARK: MARK}]}),
    ("", {**bundle(WHO), "type": MARK}),
]


@pytest.fixture
def ehr(clock: time_machine.Traveller, db: None) -> Ehr:
    return Ehr()


@pytest.mark.parametrize(("path", "sent"), SENT)
def test_no_answer_and_no_log_repeats_a_patient(
    ehr: Ehr, path: str, sent: Json, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = ehr.post(sent, path)
    printed = capfd.readouterr()
    logged = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    whole = f"{answer.content.decode()} {answer.headers} {printed.out} {printed.err} {logged}"
    assert MARK.lower() not in whole.lower()


@pytest.mark.parametrize(("path", "sent"), SENT)
def test_what_is_kept_for_staff_is_sealed_and_its_place_says_nothing(ehr: Ehr, path: str, sent: Json) -> None:
    ehr.post(sent, path)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM integrations_feedmessage")
        bodies = b" ".join(bytes(body) for (body,) in cursor.fetchall())
    kept = [*FeedMessage.objects.values_list("control_id", "kind"), *Parked.objects.values()]
    assert MARK.encode() not in bodies
    assert MARK not in str(kept)


def test_no_task_is_told_of_what_is_acted_on_at_once(
    ehr: Ehr, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(tasks.handle, "apply_async", lambda *args, **kwargs: told.append((args, kwargs)))
    with django_capture_on_commit_callbacks(execute=True):
        ehr.post(WHO)
    assert told == []


def test_an_address_with_a_name_in_it_is_in_no_answer(ehr: Ehr) -> None:
    for query in (f"name={MARK}", f"{MARK}=1", f"actor={MARK}/1", f"status={MARK}", f"date={MARK}"):
        assert MARK not in ehr.client.get(f"{BASE}/Appointment?{query}").content.decode()
    assert MARK not in ehr.client.get(f"{BASE}/Patient/{MARK}").content.decode()
    assert MARK not in ehr.client.get(f"{BASE}/{MARK}").content.decode()


@pytest.mark.parametrize("path", ["Appointment", "Appointment/1", "Slot"])
def test_what_nobody_has_foreseen_is_an_outcome_that_repeats_nothing(
    ehr: Ehr, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*args: Any, **kwargs: Any) -> None:
        raise ValueError(MARK)

    monkeypatch.setattr("core.scoping.limit", breaks)
    caplog.handler.setFormatter(JsonFormatter())
    answer = ehr.client.get(f"{BASE}/{path}")
    said = answer.json()
    assert (answer.status_code, said["resourceType"]) == (500, "OperationOutcome")
    assert [(one["severity"], one["code"]) for one in said["issue"]] == [("fatal", "exception")]
    assert answer.headers["Content-Type"].startswith("application/fhir+json")
    assert "fhir request failed" in caplog.text
    assert MARK not in caplog.text + answer.content.decode()
