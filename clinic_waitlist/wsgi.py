"""The door for WSGI servers: pages and webhooks under threads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_waitlist.settings")

application = get_wsgi_application()
