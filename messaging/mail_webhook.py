"""The webhook of a provider of e-mail: django-anymail checks and reads it, `mail_reports` stores it."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from django.views.decorators.common import no_append_slash
from django.views.decorators.csrf import csrf_exempt

logger = logging.getLogger(__name__)

_VIEWS = {
    "brevo": "BrevoTrackingWebhookView",
    "mailgun": "MailgunTrackingWebhookView",
    "postmark": "PostmarkTrackingWebhookView",
    "sendgrid": "SendGridTrackingWebhookView",
    "sparkpost": "SparkPostTrackingWebhookView",
}


@no_append_slash
@csrf_exempt
def reports(request: HttpRequest) -> HttpResponseBase:
    """The configured provider's reports. 404 without a provider or a secret, 400 for a wrong one.

    With the database down the answer is 503, so that the provider tries again.
    """
    name = _VIEWS.get(settings.EMAIL_PROVIDER)
    if name is None or "WEBHOOK_SECRET" not in settings.ANYMAIL:
        return HttpResponse(status=404)
    view = import_string(f"anymail.webhooks.{settings.EMAIL_PROVIDER}.{name}")
    try:
        answer: HttpResponseBase = view.as_view()(request)
    except DatabaseError as error:
        logger.error("report not stored", extra={"error": type(error).__name__})
        return HttpResponse(status=503)
    return answer
