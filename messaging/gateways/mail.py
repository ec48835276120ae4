"""E-mail: by SMTP, or by the provider that django-anymail speaks to."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import requests
from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

from messaging import mails
from messaging.gateways import Answer, NotProcessed, Outgoing, Refused, Sent, Unclear
from messaging.gateways.connections import never_left

TOO_MANY_REQUESTS = 429
NOT_LET_IN = (401, 403)
# Enhanced codes of this class are about policy, not about the mailbox: RFC 3463, section 3.8.
_POLICY = b"5.7."


class MailCarrier:
    """Whatever EMAIL_URL names. One e-mail a connection, each with a time-out."""

    def send(self, outgoing: Outgoing) -> Answer:
        """Hand over one e-mail, once."""
        mail = mails.compose(outgoing)
        answer = _by_provider(mail, outgoing) if settings.EMAIL_PROVIDER else _by_smtp(mail)
        return Sent(mails.sid_of(outgoing.uuid)) if answer is None else answer

    def find(self, *, to: str, body: str, since: datetime) -> list[str] | None:
        """A mail server cannot be asked: whatever it does not report by itself was not sent."""
        return []


class _Watched:
    """Knows whether the e-mail itself was begun: before DATA nothing has been handed over."""

    data_begun = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.data_begun = True
        answer: tuple[int, bytes] = super().data(msg)  # type: ignore[misc]
        return answer


class _Smtp(_Watched, smtplib.SMTP):
    pass


class _SmtpSsl(_Watched, smtplib.SMTP_SSL):
    pass


class _Connection(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpSsl if self.use_ssl else _Smtp


def _by_smtp(mail: EmailMessage) -> Answer | None:
    """None: the server has taken it."""
    connection = _Connection(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        username=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        use_tls=settings.EMAIL_USE_TLS,
        use_ssl=settings.EMAIL_USE_SSL,
        timeout=settings.EMAIL_TIMEOUT,
    )
    try:
        connection.open()
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError):
        _close(connection)
        return Refused("auth")
    except (OSError, smtplib.SMTPException) as error:
        _close(connection)
        return NotProcessed(type(error).__name__)
    session = connection.connection
    begun = partial(getattr, session, "data_begun", True)
    try:
        connection.send_messages([mail])
    except (OSError, smtplib.SMTPException) as error:
        return _of_smtp(error, begun=begun())
    finally:
        _close(connection)
    return None


def _close(connection: EmailBackend) -> None:
    # What the server says to QUIT changes nothing any more.
    with suppress(OSError, smtplib.SMTPException):
        connection.close()


def _of_smtp(error: Exception, *, begun: bool) -> Answer:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return _of_reply("rcpt", code, words)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return _of_reply("from", error.smtp_code, b"")
    if isinstance(error, smtplib.SMTPDataError) and error.smtp_code > 0:
        return _of_reply("data", error.smtp_code, b"")
    # A time-out, a reset, an answer that is none: after DATA the server may have taken it.
    return Unclear(type(error).__name__) if begun else NotProcessed(type(error).__name__)


def _of_reply(step: str, code: int, words: bytes) -> NotProcessed | Refused:
    """What a server's refusal means: 4xx is for now, 5xx for good (RFC 5321, section 4.2.1)."""
    if code < 500:
        return NotProcessed(f"{step} {code}")
    return Refused("policy") if words.startswith(_POLICY) else Refused(f"{step} {code}")


def _by_provider(mail: EmailMessage, outgoing: Outgoing) -> Answer | None:
    # It comes back with every report.
    mail.metadata = {"m": str(outgoing.uuid)}  # type: ignore[attr-defined]
    backend = f"anymail.backends.{settings.EMAIL_PROVIDER}.EmailBackend"
    try:
        get_connection(backend, fail_silently=False).send_messages([mail])
    except AnymailRecipientsRefused:
        return Refused("rejected")
    except AnymailError as error:
        return _of_provider(error)
    return None


def _of_provider(error: AnymailError) -> Answer:
    status = getattr(error, "status_code", None)
    if isinstance(error, requests.ConnectTimeout):
        return NotProcessed("connect timeout")
    if isinstance(error, requests.ConnectionError):
        cause = error.__cause__
        gone = isinstance(cause, requests.ConnectionError) and never_left(cause)
        return NotProcessed("no connection") if gone else Unclear("connection lost")
    if status == TOO_MANY_REQUESTS:
        return NotProcessed("too many requests")
    if status in NOT_LET_IN:
        return Refused("auth")
    if status is not None and 400 <= status < 500:
        return Refused(f"http {status}")
    return Unclear(f"status {status}" if status else type(error).__name__)
