"""Whatever the OpenAPI document allows or forbids is asked of every address by every role: nothing is a 500.

PROBES says how many requests each operation gets from each role; `make soak` asks for many.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import hypothesis
import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import strategies
from rest_framework.test import APIClient
from schemathesis import GenerationMode

from integrations.models import Source
from staff.roles import ROLES
from tests.api.conftest import ClientOf
from tests.api.fhir.ehr import Ehr
from tests.api.test_access import MAKE
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PROBES = int(os.environ.get("PROBES", "2"))
# Rows that requests name, by the field or the address that names them.
NAMED = {
    "clinic": "clinics",
    "clinics": "clinics",
    "provider": "providers",
    "patient": "patients",
    "visit_type": "visit-types",
    "resources": "resources",
    "waitlist_entry": "waitlist-entries",
    "current_appointment": "appointments",
}
HL7 = "application/hl7-v2"
# Whoever speaks for a source of HL7: no role comes past the door of messages.
FEED = "feed"
FHIR = {"Appointment": "appointments", "Patient": "patients", "Slot": "cancellations"}


def as_it_is(value: Any) -> bytes:
    """HL7 is no JSON."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


schemathesis.serializer(HL7, f"x-{HL7}+er7")(lambda context, value: as_it_is(value))


@cache
def operations() -> list[Any]:
    made: Any = SchemaGenerator
    document = made().get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(document, default=str)))
    found: list[Any] = list(schema.get_all_operations())
    return [one.ok() for one in found]


def sent(case: Any, client: APIClient, path: str, body: Any) -> Any:
    query = urlencode(case.query or {}, doseq=True)
    address = f"{path}?{query}" if query else path
    is_json = "json" in (case.media_type or "json") and not isinstance(body, bytes)
    data: Any = json.dumps(body, default=str) if is_json else as_it_is(body)
    headers = {name: value for name, value in (case.headers or {}).items() if value.isprintable()}
    return client.generic(
        case.method,
        address,
        data if case.media_type else "",
        content_type=case.media_type or "application/json",
        headers=headers,
    )


def with_rows(value: Any, rows: dict[str, int]) -> Any:
    """The same words about rows that exist."""
    if isinstance(value, dict):
        return {
            name: rows[NAMED[name]] if name in NAMED and not isinstance(own, list) else with_rows(own, rows)
            for name, own in value.items()
        }
    return value


def path_of(case: Any, rows: dict[str, int] | None) -> str:
    path = str(case.path)
    for name, value in (case.path_parameters or {}).items():
        parts = path.strip("/").split("/")
        kind = FHIR.get(parts[3], "") if parts[2] == "fhir" else parts[2]
        known = rows.get(kind) if rows else None
        path = path.replace(f"{{{name}}}", quote(str(known if known is not None else value), safe=""))
    return path


@pytest.fixture
def rows(db: None) -> dict[str, int]:
    """One row of each kind."""
    UserFactory()
    return {prefix: make().pk for prefix, make in MAKE.items()}


MODES = {"allowed": GenerationMode.POSITIVE, "forbidden": GenerationMode.NEGATIVE}


@pytest.mark.parametrize("mode", list(MODES))
@pytest.mark.parametrize("role", [*ROLES, FEED])
def test_nothing_that_is_asked_is_a_500(
    client_of: ClientOf, rows: dict[str, int], role: str, mode: str, empty_cache: Any, record_property: Any
) -> None:
    is_feed = role == FEED
    client = client_of(ROLES[0] if is_feed else role)
    client.raise_request_exception = False
    user = UserFactory(roles=[] if is_feed else [role])
    Source.objects.filter(pk=Ehr().source.pk).update(user=user, kind="hl7" if is_feed else "fhir")
    client.force_authenticate(user)
    quick = hypothesis.settings(max_examples=PROBES, database=None, phases=[hypothesis.Phase.generate])
    found: list[str] = []
    statuses: Counter[int] = Counter()
    for operation in operations():
        # A throttle that says 429 would hide what lies behind it.
        empty_cache()

        @quick
        @hypothesis.given(
            case=operation.as_strategy(generation_mode=MODES[mode]), known=strategies.booleans()
        )
        def probe(case: Any, known: bool) -> None:
            body = with_rows(case.body, rows) if known else case.body
            answer = sent(case, client, path_of(case, rows if known else None), body)
            statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                found.append(f"{case.method} {case.path}: {answer.status_code} {body!r} {case.query!r}")

        probe()
    assert found == []
    record_property("shown", f"{role}, {mode}: {dict(sorted(statuses.items()))}")
