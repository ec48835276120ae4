"""What the program tells of itself, for tests of what it must not tell."""

from __future__ import annotations

import logging

from core.redaction import JsonFormatter, RedactingFilter


class Lines(logging.Handler):
    """Everything that is logged, as the log prints it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.addFilter(RedactingFilter())
        self.setFormatter(JsonFormatter())
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))
