"""What a log line may say: no phone beyond four digits, no e-mail address, no row of the database."""

import datetime
import json
import logging
import re
import traceback
from types import TracebackType
from typing import Any

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

_E164 = re.compile(r"(?<!\w)(?:\+|%2B)[1-9](?:[ .()-]{0,2}\d){5,13}\d(?!\w)", re.IGNORECASE)
_US = re.compile(r"(?<!\w)(?:1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]{0,2}\d{3}[ .-]?\d{4}(?!\w)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_KEY = re.compile(r"Key \(.*?(?:\)=\(.*?\)|$)", re.DOTALL)
# A value in a detail may hold line breaks of its own, so all up to the next heading goes.
_DETAIL = re.compile(
    r"^\s*(?:DETAIL|CONTEXT):.*?(?=^(?:HINT:|Traceback|  File |The above|During )|\Z)",
    re.MULTILINE | re.DOTALL,
)
# The names of constraints and the like are ours.
_QUOTED = re.compile(
    r"(?<!constraint )(?<!relation )(?<!column )(?<!table )(?<!index )(?:\"[^\"]*\"|'(?:[^'\\]|\\.)*')"
)
_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {
    "message",
    "asctime",
    "taskName",
}


def redact(text: str) -> str:
    """The text without phone numbers (but their last four digits), e-mail addresses and database details."""
    text = _KEY.sub("Key (…)", _DETAIL.sub("", text)).rstrip("\n")
    text = _EMAIL.sub("[e-mail]", text)
    return _US.sub(_last_four, _E164.sub(_last_four, text))


def describe(error: BaseException) -> str:
    """The type and message of an error; what the message quotes is data and is left out."""
    message = _QUOTED.sub("'…'", redact(str(error)))
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{name}: {message}".removesuffix(": ")


def describe_all(exc_info: ExcInfo) -> str:
    """The traceback, from the first cause on, with each error as `describe` puts it."""
    parts: list[str] = []
    error: BaseException | None = exc_info[1]
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = redact("".join(traceback.format_tb(error.__traceback__)))
        parts.append(f"Traceback (most recent call last):\n{frames}\n{describe(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\nwhich led to\n\n".join(reversed(parts))


class RedactingFilter(logging.Filter):
    """Lets every record pass, after taking out of it what may not be logged.

    The arguments are merged into the message, so that a number split between them is seen as well.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(_message(record)), ()
        if record.exc_info and record.exc_info[1] is not None:
            # Formatters print this text and do not look at the error again.
            record.exc_text = describe_all(record.exc_info)
        elif record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        for name, value in _extra(record).items():
            record.__dict__[name] = _redacted(value)
        return True


class JsonFormatter(logging.Formatter):
    """One line of JSON: `at` (UTC, ISO 8601), `level`, `logger`, `event`, the extra fields, and `error`."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.datetime.fromtimestamp(record.created, tz=datetime.UTC)
        line: dict[str, Any] = {name: _plain(value) for name, value in _extra(record).items()}
        line |= {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": redact(_message(record)),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe_all(record.exc_info)
        elif record.exc_text:
            line["error"] = redact(record.exc_text)
        return json.dumps(line, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        # Logging's own complaint would print the arguments as they are.
        return f"{record.msg} (arguments do not fit)"


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in record.__dict__.items() if name not in _STANDARD}


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _redacted(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_redacted(item) for item in value]
    return value


def _plain(value: Any) -> Any:
    """JSON of a value; of an object, which may print as anything, only its type."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    return f"<{type(value).__name__}>"


def _last_four(match: re.Match[str]) -> str:
    return "…" + re.sub(r"\D", "", match[0])[-4:]
