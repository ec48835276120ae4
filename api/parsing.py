"""Reading a request's body as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    """DRF's parser, but deep nesting is bad input as well, and no error repeats the body."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            parsed = super().parse(stream, media_type, parser_context)
            is_text = _is_text(parsed)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except ParseError:
            raise ParseError("The body is not valid JSON.") from None
        if not is_text:
            raise _no_text(parsed)
        return parsed


def _is_text(value: Any) -> bool:
    """JSON can name half a character, which no answer that repeats it could be written with."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_text(parsed: Any) -> APIException:
    """What is wrong, at the fields where it is wrong."""
    named = parsed.items() if isinstance(parsed, dict) else ()
    fields = [name for name, value in named if _is_text(name) and not _is_text(value)]
    if not fields:
        return ParseError("The body is not valid Unicode.")
    return ValidationError({name: ["This is not valid Unicode."] for name in fields})
