"""The door for ASGI servers."""

import os
from typing import Any

from django.core.asgi import get_asgi_application
from django.core.signals import request_finished
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_waitlist.settings")

application = get_asgi_application()


def close_connections(**kwargs: Any) -> None:
    # Under ASGI each request has a thread of its own: a connection kept open would leak.
    connections.close_all()


request_finished.connect(close_connections)
