"""The stand-in's Calls resource.

The same faults as for a text, see tests.twilio_standin: of a call that is "taken" the phone rings.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

NOT_TAKEN = ("500_before", "429", "reset", "400")


@dataclass(kw_only=True)
class Placed:
    """A call that the provider has."""

    sid: str
    to: str
    sender: str
    form: dict[str, list[str]]
    created_at: datetime
    status: str = "queued"

    def __getitem__(self, name: str) -> str:
        return self.form.get(name, [""])[0]

    def as_json(self, account_sid: str) -> dict[str, Any]:
        created = format_datetime(self.created_at)
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "api_version": "2010-04-01",
            "to": self.to,
            "from": self.sender,
            "status": self.status,
            "direction": "outbound-api",
            "date_created": created,
            "date_updated": created,
            "start_time": None,
            "answered_by": None,
            "uri": f"/2010-04-01/Accounts/{account_sid}/Calls/{self.sid}.json",
        }


class Calling:
    """POST and GET Calls.json, and POST Calls/{Sid}.json."""

    path: str
    server: Any
    _answer: Callable[[int, Any], None]
    _fail: Callable[..., None]

    def _call(self, form: dict[str, list[str]]) -> None:
        if self.path.endswith("/Calls.json"):
            self._place(form)
        else:
            self._change(form)

    def _place(self, form: dict[str, list[str]]) -> None:
        standin = self.server.standin
        fault, _, detail = standin.fault_of_next().partition(":")
        if fault in NOT_TAKEN:
            return self._fail(fault, detail)
        call = Placed(
            sid=f"CA{secrets.token_hex(16)}",
            to=form["To"][0],
            sender=form["From"][0],
            form=form,
            created_at=datetime.now(UTC).replace(microsecond=0),
        )
        standin.calls.append(call)
        if fault:
            return self._fail(fault, detail, call)
        self._answer(201, call.as_json(standin.account_sid))

    def _change(self, form: dict[str, list[str]]) -> None:
        """What Twilio allows: a call that is queued or rings is canceled, one that is over is an error."""
        standin = self.server.standin
        fault, _, detail = standin.fault_of_next().partition(":")
        if fault:
            return self._fail(fault, detail)
        sid = self.path.rpartition("/")[2].removesuffix(".json")
        call = next(call for call in standin.calls if call.sid == sid)
        if call.status not in ("queued", "ringing", "in-progress"):
            return self._fail("400", "21220")
        if call.status != "in-progress":
            call.status = form["Status"][0]
        self._answer(200, call.as_json(standin.account_sid))

    def _list_calls(self, query: dict[str, list[str]]) -> None:
        standin, to = self.server.standin, query.get("To", [""])[0]
        calls = [call.as_json(standin.account_sid) for call in reversed(standin.calls) if call.to == to]
        page = {"page": 0, "page_size": 50, "start": 0, "end": len(calls), "next_page_uri": None}
        self._answer(200, {**page, "uri": self.path, "previous_page_uri": None, "calls": calls})
