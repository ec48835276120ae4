"""The door for WSGI servers: pages and webhooks under threads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_waitlist.settings")

application = get_wsgi_application()

from core import wakeups  # noqa: E402 - the apps come first
from integrations import tasks as feed_tasks  # noqa: E402 - the apps come first
from messaging import tasks  # noqa: E402 - the apps come first

# At its busiest the server hears many texts in one moment, and none of them waits for the broker.
wakeups.gather(tasks.handle_events)
wakeups.gather(feed_tasks.handle, queue=feed_tasks.QUEUE)
