"""HL7 v2 over HTTP: one message or batch in, its acknowledgment out."""

from __future__ import annotations

import time
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.authentication import SessionAuthentication
from rest_framework.parsers import BaseParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from api.feed_access import FeedToken, SpeaksForHL7
from core import bounding
from integrations import timing
from integrations.facts import Why
from integrations.hl7 import intake
from integrations.hl7.acknowledging import Verdict, verdict_of
from integrations.hl7.intake import Answer
from integrations.speaking import SEND_HL7

MEDIA_TYPE = "application/hl7-v2"
RETRY_SECONDS = 5
# For the database, all in all: engines wait 10 to 30 s for an acknowledgment.
LONGEST_WAIT_SECONDS = 5


class HL7Parser(BaseParser):
    """The body as it came; one byte more than is taken of one that is too large."""

    media_type = MEDIA_TYPE

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return stream.read(intake.LONGEST_BODY + 1)


class ER7Parser(HL7Parser):
    media_type = "x-application/hl7-v2+er7"


class HL7Renderer(BaseRenderer):
    media_type = MEDIA_TYPE
    format = "hl7"
    charset = None
    render_style = "binary"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        return data


class FeedThrottle(UserRateThrottle):
    """What a hospital sends in a morning is no attack."""

    scope = "feed"
    rate = "600/s"


ACK = OpenApiTypes.STR


class HL7View(APIView):
    """Stores what a source sends and acknowledges it; what it says is acted on afterwards."""

    parser_classes = [HL7Parser, ER7Parser]
    renderer_classes = [HL7Renderer, JSONRenderer]
    authentication_classes = [FeedToken, SessionAuthentication]
    permission_classes = [IsAuthenticated, SpeaksForHL7]
    throttle_classes = [FeedThrottle]
    permission = SEND_HL7

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """As ever, in bounded time; how long an acknowledgment took is counted."""
        began = time.perf_counter()
        with bounding.within(LONGEST_WAIT_SECONDS):
            response: Any = super().dispatch(request, *args, **kwargs)
        if isinstance(response.data, bytes):
            seconds = time.perf_counter() - began
            timing.answered(door="http", answer=verdict_of(response.data), seconds=seconds)
        return response

    @extend_schema(
        tags=["hl7"],
        operation_id="hl7_messages_create",
        # The token is that of the rest of the API, read in one query.
        auth=[{"tokenAuth": []}, {"cookieAuth": []}],  # type: ignore[list-item]
        request={MEDIA_TYPE: OpenApiTypes.STR, ER7Parser.media_type: OpenApiTypes.STR},
        responses={
            (200, MEDIA_TYPE): OpenApiResponse(ACK, "AA: stored; what it says is acted on afterwards."),
            (400, MEDIA_TYPE): OpenApiResponse(ACK, "AR: it cannot be read."),
            (413, MEDIA_TYPE): OpenApiResponse(ACK, "AR: it is larger than 1 MiB."),
            (422, MEDIA_TYPE): OpenApiResponse(ACK, "AR: it is not supported, or not for this receiver."),
            (503, MEDIA_TYPE): OpenApiResponse(ACK, "AE: not stored; send it again."),
        },
    )
    def post(self, request: Request) -> Response:
        """One HL7 v2 message, or a batch of them (FHS, BHS)."""
        now = timezone.now()
        # Nothing at all is no bytes, and is parsed by nobody.
        data: Any = request.data
        body = data if isinstance(data, bytes) else b""
        if len(body) > intake.LONGEST_BODY:
            refused = intake.refuse_size(source=request.user.source, head=body, now=now)  # type: ignore[union-attr]
            is_large = refused.why is Why.UNREADABLE
            return _said(refused, status.HTTP_413_REQUEST_ENTITY_TOO_LARGE if is_large else None)
        return _said(intake.take(source=request.user.source, body=body, now=now))  # type: ignore[union-attr]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """An acknowledgment is what there is, whatever the sender says it takes."""
        return super().perform_content_negotiation(request, force=True)

    def handle_exception(self, exc: Exception) -> Response:
        """With the database away nobody can be recognized, and the sender hears AE all the same."""
        if not isinstance(exc, (OperationalError, InterfaceError)):
            return super().handle_exception(exc)
        head = self.request.stream.read(1024) if self.request.stream is not None else b""
        return _said(intake.fail(head=head, now=timezone.now()))

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What is refused before the message was looked at is said in JSON, as everywhere."""
        if not isinstance(response.data, bytes):
            request.accepted_renderer = JSONRenderer()
            request.accepted_media_type = JSONRenderer.media_type
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers["Cache-Control"] = "no-store"
        return final


def _said(answer: Answer, code: int | None = None) -> Response:
    if code is None:
        code = _code(answer)
    headers = {"Retry-After": str(RETRY_SECONDS)} if code == status.HTTP_503_SERVICE_UNAVAILABLE else None
    return Response(answer.ack, status=code, headers=headers)


def _code(answer: Answer) -> int:
    if answer.verdict is Verdict.STORED:
        return status.HTTP_200_OK
    if answer.verdict is Verdict.FAILED:
        return status.HTTP_503_SERVICE_UNAVAILABLE
    return (
        status.HTTP_400_BAD_REQUEST if answer.why is Why.UNREADABLE else status.HTTP_422_UNPROCESSABLE_ENTITY
    )
