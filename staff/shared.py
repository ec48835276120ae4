"""One drawing of a changed board for all who see the same: two hundred browsers ask for it in one moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.utils.translation import get_language

from core import scoping
from staff import actions, feeds, lobby

# A version lasts half a minute at most.
KEPT_SECONDS = 40
# Countdowns start from the moment at which a browser gets the page, not from that of its drawing.
_NOW = re.compile(r'data-now="\d+"')


def is_live(request: HttpRequest) -> bool:
    """Whether this server, or one beside it, has a stream."""
    return settings.LIVE_STREAMS or isinstance(request, ASGIRequest)


def board(request: HttpRequest, version: str, now: datetime, draw: Callable[[], str]) -> str:
    """The drawing of this version for all who see these rows with these rights; the first has it drawn."""
    key = _key(request, version)
    drawn = cache.get(key)
    if drawn is None:
        drawn = draw()
        cache.set(key, drawn, KEPT_SECONDS)
    return _NOW.sub(f'data-now="{int(now.timestamp())}"', drawn, count=1)


def _key(request: HttpRequest, version: str) -> str:
    """Everything that one drawing may differ in from another."""
    user = request.user
    places = scoping.of(user)
    where = "all" if places is None else ",".join(map(str, sorted(places)))
    asked = (actions.PERMISSION, "offers.add_cancellation", feeds.LOOK)
    rights = [user.has_perm(name) for name in asked]
    seen = [*rights, lobby.is_on(request), is_live(request)]
    flags = "".join(str(int(flag)) for flag in seen)
    return f"board:{version}:{where}:{flags}:{get_language()}"
