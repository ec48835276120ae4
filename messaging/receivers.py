"""What other packages announce to this room."""

from typing import Any

from anymail.signals import AnymailTrackingEvent, tracking
from django.dispatch import receiver
from django.utils import timezone

from messaging import mail_reports


@receiver(tracking, dispatch_uid="messaging.mail_reported")
def mail_reported(*, event: AnymailTrackingEvent, **kwargs: Any) -> None:
    mail_reports.store(report=event, now=timezone.now())
