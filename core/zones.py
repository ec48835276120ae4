"""The time zones that this machine knows by name."""

from __future__ import annotations

import functools
import zoneinfo


@functools.cache
def known() -> frozenset[str]:
    """The names of the IANA zones: read from disk once, as the list costs some milliseconds each time."""
    return frozenset(zoneinfo.available_timezones())
