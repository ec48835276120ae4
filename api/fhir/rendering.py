"""FHIR's JSON in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from api.errors import TooLarge

MEDIA_TYPE = "application/fhir+json"


class FhirRenderer(JSONRenderer):
    media_type = MEDIA_TYPE
    format = "fhir"


class PlainRenderer(JSONRenderer):
    """Whoever asks for plain JSON gets the same."""

    format = "json"


class FhirBody(BaseParser):
    """The body as it came: what is stored must be what was sent."""

    media_type = MEDIA_TYPE

    def parse(  # type: ignore[override]
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        body: bytes = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        return body


class PlainBody(FhirBody):
    media_type = "application/json"
