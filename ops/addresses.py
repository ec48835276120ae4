"""From where a request comes: the address that logins are counted by and the audit trail names."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

UNKNOWN = "0.0.0.0"  # noqa: S104 - nothing is served there
# The same words that gunicorn and uvicorn go by.
SETTING, OURS = "FORWARDED_ALLOW_IPS", "127.0.0.1,::1"

Answer = Callable[[HttpRequest], Any]


@sync_and_async_middleware
def told(get_response: Answer) -> Answer:
    """What our proxy says of where a request comes from, and of others the address they have."""
    proxies = frozenset(word.strip() for word in os.environ.get(SETTING, OURS).split(","))
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            request.META["REMOTE_ADDR"] = _address(request, proxies)
            response: HttpResponseBase = await get_response(request)
            return response

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        request.META["REMOTE_ADDR"] = _address(request, proxies)
        response: HttpResponseBase = get_response(request)
        return response

    return answer


def _address(request: HttpRequest, proxies: frozenset[str]) -> str:
    address = request.META.get("REMOTE_ADDR", "")
    # uvicorn has listened to the proxy already, gunicorn does not.
    if not isinstance(request, ASGIRequest) and proxies & {address, "*"}:
        # What stands before the last comma others have written.
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return UNKNOWN
    # A zone may be any words, and the database takes none.
    return UNKNOWN if "%" in address else address
