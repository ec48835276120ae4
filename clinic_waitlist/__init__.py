"""The wiring of the project: settings, addresses, tasks and servers. No rule of the clinic lives here."""

from clinic_waitlist.celery import app as celery_app

__all__ = ["celery_app"]
