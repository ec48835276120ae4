"""What a verb refuses: 400 with the field, 409 where somebody was faster, 503 without a database."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from api.serializers.calendar import ConflictSerializer
from clinic.booking import BadTime, BookingError
from clinic.consenting import ConsentError
from clinic.registering import RegisteringError
from clinic.scheduling import Conflicting
from core.transitions import StaleState
from offers.opening import BadSlot
from waitlist.joining import JoiningError


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "Somebody was faster."
    default_code = "conflict"


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "too_large"


class Busy(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The database cannot answer now. Try again in a moment."
    default_code = "busy"


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler, which knows the errors of the verbs besides its own."""
    answer = exception_handler(_translated(error), context)
    if answer is not None and isinstance(error, Conflicting):
        answer.data["conflicts"] = ConflictSerializer(error.found, many=True).data
    return answer


def _translated(error: Exception) -> Exception:
    match error:
        case JoiningError() | BadSlot() | RegisteringError() | ConsentError():
            return ValidationError({error.field.removesuffix("_id"): [error.message]})
        case BadTime():
            return ValidationError({"starts_at": [str(error)]})
        case StaleState() | BookingError():
            return Conflict(str(error))
        case ObjectDoesNotExist():
            return NotFound()
        case RequestDataTooBig():
            return TooLarge()
        case OperationalError() | InterfaceError():
            return Busy()
    return error
