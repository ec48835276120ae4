"""What a lost connection says about whether anything left."""

from __future__ import annotations

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError


def never_left(error: requests.ConnectionError) -> bool:
    """Whether the connection was refused or the name unknown, so that certainly not a byte was sent."""
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
