"""The EHR that takes FHIR R4 Appointments: https://hl7.org/fhir/R4/appointment.html"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests

from integrations.facts import Code
from integrations.writing_back import http, smart
from integrations.writing_back.naming import SYSTEM
from integrations.writing_back.orders import (
    Absent,
    Booked,
    Found,
    Order,
    Outcome,
    Refused,
    Then,
    Unknown,
    What,
)

TYPE = "application/fhir+json"
# They take up the provider's time. A request that somebody there has still to grant is not booked.
_STANDS = {"booked", "arrived", "checked-in", "fulfilled"}
_WAITS = {"proposed", "pending", "waitlist"}
_OFF = {"cancelled", "entered-in-error", "noshow"}
_OK = 200
_GONE = {404, 410}
_CHANGED_MEANWHILE = 412


@dataclass(frozen=True, slots=True, kw_only=True)
class Fhir:
    """`token`: the fixed one of this server, else `client` asks for one by SMART backend services."""

    base_url: str
    clock: Callable[[], datetime]
    token: str = ""
    client: smart.Client | None = None
    timeout: float = 20
    verify: str | bool = True

    def write(self, order: Order) -> Outcome:
        bearer = self._bearer()
        if isinstance(bearer, Unknown):
            return bearer
        if order.what == What.BOOK:
            return self._book(order, bearer)
        return self._change(order, bearer)

    def ask(self, order: Order) -> Found:
        bearer = self._bearer()
        if isinstance(bearer, Unknown):
            # Without a token the question was not put: it stays to be put.
            then = Then.ASK if bearer.then == Then.REPEAT else bearer.then
            return Unknown(bearer.reason, then, bearer.wait)
        found = self._find(order, bearer)
        if not isinstance(found, dict):
            return found
        return _standing(found) if order.what == What.BOOK else _is_done(found, order)

    def _bearer(self) -> str | Unknown:
        return self.token if self.client is None else smart.token(self.client, timeout=self.timeout)

    def _book(self, order: Order, bearer: str) -> Outcome:
        # A server that minds If-None-Exist makes one visit of two such requests, and says 200 to the second.
        once = {"If-None-Exist": f"identifier={SYSTEM}|{order.placer}"}
        answer = self._call("POST", "Appointment", bearer, json=resource(order), headers=once)
        if isinstance(answer, Unknown):
            return answer
        if not answer.ok:
            return self._failure(answer)
        body = _json(answer)
        if "status" in body:
            return _standing(body)
        # Servers may answer without a body: then the address of the new resource ends with its id.
        path = answer.headers.get("Location", "").split("/_history/")[0]
        return Booked(path.rstrip("/").rpartition("/Appointment/")[2])

    def _change(self, order: Order, bearer: str) -> Outcome:
        """Read, change and put back, given that nobody has changed it meanwhile."""
        found = self._find(order, bearer)
        if isinstance(found, Absent):
            # A visit that is not there is cancelled already, and cannot be moved.
            return Booked(order.key) if order.what == What.CANCEL else Refused("absent")
        if not isinstance(found, dict):
            return found
        done = _is_done(found, order)
        if not isinstance(done, Absent):
            return done
        version = found.get("meta", {}).get("versionId", "")
        given = {"If-Match": f'W/"{version}"'} if version else {}
        path = f"Appointment/{found['id']}"
        answer = self._call("PUT", path, bearer, json={**found, **_changes(order)}, headers=given)
        if isinstance(answer, Unknown):
            return answer
        if answer.status_code == _CHANGED_MEANWHILE:
            return Unknown("changed meanwhile", Then.REPEAT)
        return Booked(str(found["id"])) if answer.ok else self._failure(answer)

    def _find(self, order: Order, bearer: str) -> dict[str, Any] | Refused | Unknown | Absent:
        if order.key:
            answer = self._call("GET", f"Appointment/{order.key}", bearer)
        else:
            named = {"identifier": f"{SYSTEM}|{order.placer}"}
            answer = self._call("GET", "Appointment", bearer, params=named)
        if isinstance(answer, Unknown):
            # A question changes nothing: whatever became of it, it is put again.
            return Unknown(answer.reason, Then.ASK)
        if answer.status_code in _GONE and order.key:
            return Absent()
        if answer.status_code != _OK:
            failed = self._failure(answer)
            if isinstance(failed, Refused) or failed.then == Then.PERSON:
                return Unknown(str(answer.status_code), Then.PERSON)
            return Unknown(failed.reason, Then.ASK, failed.wait)
        body = _json(answer)
        found = [body] if order.key else _entries(body)
        wanted = "Appointment" if order.key else "Bundle"
        if body.get("resourceType") != wanted or len(found) > 1 or any("id" not in each for each in found):
            # Never taken for "there is none": that would book a second one.
            return Unknown("not readable", Then.PERSON)
        return found[0] if found else Absent()

    def _failure(self, answer: requests.Response) -> Refused | Unknown:
        retry_after = answer.headers.get("Retry-After", "")
        return http.failure(status=answer.status_code, retry_after=retry_after, now=self.clock())

    def _call(self, method: str, path: str, bearer: str, **more: Any) -> requests.Response | Unknown:
        headers = {"Accept": TYPE, "Content-Type": TYPE, **more.pop("headers", {})}
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        url = f"{self.base_url.rstrip('/')}/{path}"
        return http.called(
            lambda: requests.request(
                method,
                url,
                headers=headers,
                timeout=self.timeout,
                verify=self.verify,
                allow_redirects=False,
                **more,
            )
        )


def resource(order: Order) -> dict[str, Any]:
    """The visit as R4 says it; its participants by the EHR's own ids."""
    actors = [
        _actor("Patient", order.patient.id),
        *(_actor("Practitioner", _named(code)) for code in (order.provider,) if code),
        *(_actor("Location", _named(code)) for code in (order.clinic,) if code),
    ]
    made: dict[str, Any] = {
        "resourceType": "Appointment",
        "identifier": [{"system": SYSTEM, "value": order.placer}],
        "status": "booked",
        "start": _instant(order.starts_at),
        "end": _instant(order.ends_at),
        "minutesDuration": order.minutes,
        "participant": [{"actor": actor, "required": "required", "status": "accepted"} for actor in actors],
    }
    if order.visit_type:
        coding = {"code": order.visit_type.value, "system": order.visit_type.system}
        made["appointmentType"] = {"coding": [{name: said for name, said in coding.items() if said}]}
    return made


def _named(code: Code) -> str:
    return f"{code.system}|{code.value}" if code.system else code.value


def _actor(kind: str, name: str) -> dict[str, Any]:
    """By address where the feed gave one, else by the identifier that it is known by."""
    if "|" not in name:
        return {"reference": name if "/" in name else f"{kind}/{name}"}
    system, _, value = name.rpartition("|")
    return {"type": kind, "identifier": {"system": system, "value": value} if system else {"value": value}}


def _changes(order: Order) -> Mapping[str, Any]:
    if order.what == What.CANCEL:
        return {"status": "cancelled"}
    times = {"start": _instant(order.starts_at), "end": _instant(order.ends_at)}
    return {"status": "booked", **times, "minutesDuration": order.minutes}


def _standing(body: Mapping[str, Any]) -> Outcome:
    status, key = str(body.get("status", "")), str(body.get("id", ""))
    if status in _STANDS:
        return Booked(key)
    if status in _OFF:
        return Refused(status)
    if status in _WAITS:
        # Somebody there decides; until then nobody knows.
        return Unknown(status, Then.ASK)
    return Unknown("not readable", Then.PERSON)


def _is_done(body: Mapping[str, Any], order: Order) -> Outcome | Absent:
    """Whether the visit over there is as the order wants it; Absent: not yet."""
    status, key = str(body.get("status", "")), str(body["id"])
    if order.what == What.CANCEL:
        return Booked(key) if status in _OFF else Absent()
    if status in _OFF:
        return Refused(status)
    return Booked(key) if _at(body.get("start")) == order.starts_at else Absent()


def _entries(bundle: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = (entry.get("resource") for entry in bundle.get("entry") or () if isinstance(entry, dict))
    return [each for each in found if isinstance(each, dict) and each.get("resourceType") == "Appointment"]


def _json(answer: requests.Response) -> dict[str, Any]:
    if not answer.content:
        return {}
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _at(raw: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(raw))
    except ValueError:
        return None
