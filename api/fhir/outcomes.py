"""What was refused, as an OperationOutcome: what is wrong and where, and nothing of what was sent."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import set_rollback

from api import errors
from integrations.fhir.issues import Issue

logger = logging.getLogger(__name__)

# FHIR's kinds of issue for what HTTP says.
_CODES = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    409: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "processing",
    429: "throttled",
    503: "transient",
}
_TEXTS = {
    401: "Say who you are: an access token or an API token in the header Authorization.",
    403: "This account may not do that.",
    404: "Nothing of this kind is known here under that name.",
    405: "This is not done here; GET metadata says what is.",
    406: "Answers are application/fhir+json or application/json.",
    413: "The body is too large.",
    415: "Send application/fhir+json or application/json.",
    429: "Too many requests. Try again later.",
    500: "Our program failed on this. Its log says where.",
}


class Refused(APIException):
    """A refusal with its issues."""

    def __init__(self, status: int, *issues: Issue) -> None:
        super().__init__(issues[0].text)
        self.status_code = status
        self.issues = issues


def outcome(issues: Iterable[Issue], *, severity: str = "error") -> dict[str, Any]:
    """The OperationOutcome of these issues."""
    return {"resourceType": "OperationOutcome", "issue": [_line(issue, severity) for issue in issues]}


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler for FHIR: as in the rest of the API, worded as FHIR does.

    What nobody has foreseen is answered too, and said in the log: a page of HTML tells a program nothing.
    """
    response = errors.handle(error, context)
    if response is None:
        set_rollback()
        logger.error("fhir request failed", extra=_unforeseen(error))
        return Response(outcome([Issue("exception", _TEXTS[500])], severity="fatal"), status=500)
    status = response.status_code
    known = error.issues if isinstance(error, Refused) else (_plain(status, response.data),)
    response.data = outcome(known)
    return response


def _unforeseen(error: Exception) -> dict[str, Any]:
    """Which error and where in the program: its own words may quote a patient."""
    frames = traceback.extract_tb(error.__traceback__)
    return {"error": type(error).__name__, "where": [f"{one.name}:{one.lineno}" for one in frames[-4:]]}


def _plain(status: int, said: Any) -> Issue:
    detail = said.get("detail") if isinstance(said, dict) else None
    text = _TEXTS.get(status) or str(detail or "This was refused.")
    return Issue(_CODES.get(status, "processing"), text)


def _line(issue: Issue, severity: str) -> dict[str, Any]:
    line: dict[str, Any] = {"severity": severity, "code": issue.code, "diagnostics": issue.text}
    return {**line, "expression": [issue.where]} if issue.where else line
