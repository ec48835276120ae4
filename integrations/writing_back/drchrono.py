"""drchrono as the EHR that bookings are written to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.drchrono import client as api
from integrations.drchrono import visits
from integrations.writing_back import http
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

PATH = "/api/appointments"
_GONE = "404"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drchrono:
    """`exam_room` is the number of a room in each office: the API books none without."""

    client: api.Client
    clock: Callable[[], datetime]
    exam_room: int = 1

    def write(self, order: Order) -> Outcome:
        try:
            return self._book(order) if order.what == What.BOOK else self._change(order)
        except api.Trouble as trouble:
            return self._unknown(trouble)

    def ask(self, order: Order) -> Found:
        try:
            found = self._find(order)
        except api.Trouble as trouble:
            return _still_unknown(self._unknown(trouble))
        if found is None:
            return Absent()
        return _is_done(found, order)

    def _book(self, order: Order) -> Outcome:
        answer = self.client.call("POST", PATH, json=record(order, exam_room=self.exam_room))
        made = api.object_of(answer.body)
        return Booked(str(made["id"])) if made.get("id") else Unknown("not readable", Then.ASK)

    def _change(self, order: Order) -> Outcome:
        found = self._find(order)
        if found is None:
            return Booked(order.key) if order.what == What.CANCEL else Refused(_GONE)
        done = _is_done(found, order)
        if not isinstance(done, Absent):
            return done
        self.client.call("PATCH", f"{PATH}/{found['id']}", json=_changes(order))
        return Booked(str(found["id"]))

    def _find(self, order: Order) -> Mapping[str, Any] | None:
        """The visit over there: by its key, else by our number among the patient's visits of that day."""
        if order.key:
            try:
                return api.object_of(self.client.call("GET", f"{PATH}/{order.key}").body)
            except api.Failed as failed:
                if failed.code == _GONE:
                    return None
                raise
        day = order.starts_at.astimezone(order.zone).date().isoformat()
        asked = {"patient": order.patient.id, "date": day, "show_archived": "true"}
        page = self.client.page(PATH, asked)
        found = list(page.items)
        while page.next_url:
            page = self.client.page(page.next_url)
            found += page.items
        return next((item for item in found if visits.placer_of(item) == order.placer), None)

    def _unknown(self, trouble: api.Trouble) -> Refused | Unknown:
        if isinstance(trouble, api.Failed):
            return http.failure(status=trouble.status, retry_after="", now=self.clock())
        if isinstance(trouble, api.Busy):
            return Unknown(trouble.code, Then.REPEAT, trouble.wait)
        if isinstance(trouble, api.Unsent):
            return Unknown(trouble.code, Then.REPEAT)
        return Unknown(trouble.code, Then.PERSON if isinstance(trouble, api.NotConnected) else Then.ASK)


def record(order: Order, *, exam_room: int) -> dict[str, Any]:
    """The visit as drchrono takes it. Its time has no zone: it is the office's."""
    made: dict[str, Any] = {
        "doctor": _number(order.provider.value if order.provider else ""),
        "office": _number(order.clinic.value if order.clinic else ""),
        "patient": _number(order.patient.id),
        "exam_room": exam_room,
        "allow_overlapping": False,
        "notes": visits.note(order.placer),
        **_when(order),
    }
    return made | ({"profile": _number(order.visit_type.value)} if order.visit_type else {})


def _number(key: str) -> int | str | None:
    """The API's ids are numbers."""
    return int(key) if key.isdigit() else key or None


def _when(order: Order) -> dict[str, Any]:
    local = order.starts_at.astimezone(order.zone).replace(tzinfo=None)
    return {"scheduled_time": local.isoformat(timespec="seconds"), "duration": order.minutes}


def _changes(order: Order) -> dict[str, Any]:
    return {"status": visits.CANCELLED} if order.what == What.CANCEL else _when(order)


def _is_done(found: Mapping[str, Any], order: Order) -> Outcome | Absent:
    """Whether the visit over there is as the order wants it; Absent: not yet."""
    key = str(found.get("id", ""))
    if visits.is_off(found):
        return Booked(key) if order.what == What.CANCEL else Refused("off")
    if order.what == What.CANCEL:
        return Absent()
    is_then = found.get("scheduled_time") == _when(order)["scheduled_time"]
    return Booked(key) if is_then or order.what == What.BOOK else Absent()


def _still_unknown(outcome: Refused | Unknown) -> Unknown:
    """A question that failed says nothing of the order: it is put again."""
    if isinstance(outcome, Refused):
        return Unknown(outcome.code, Then.PERSON)
    return Unknown(outcome.reason, Then.PERSON if outcome.then == Then.PERSON else Then.ASK, outcome.wait)
