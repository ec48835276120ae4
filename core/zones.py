"""The time zones that this machine knows by name."""

from __future__ import annotations

import functools
import zoneinfo
from typing import Any

from django.conf import settings


@functools.cache
def known() -> frozenset[str]:
    """The names of the IANA zones: read from disk once, as the list costs some milliseconds each time."""
    return frozenset(zoneinfo.available_timezones())


def in_sql(column: str) -> str:
    """SQL for the zone that a column names, as Clinic.zone is: AT TIME ZONE fails at a name that is none.

    Its parameters are those of `params`.
    """
    return f"CASE WHEN {column} = ANY(%(zones_known)s) THEN {column} ELSE %(zone_else)s END"


def params() -> dict[str, Any]:
    return {"zones_known": list(known()), "zone_else": settings.TIME_ZONE}
