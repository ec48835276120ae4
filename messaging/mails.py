"""An e-mail as it leaves: its words, the links around them, and the headers that mail programs look for."""

from __future__ import annotations

from uuid import UUID

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from messaging import links
from messaging.gateways import Outgoing

LANGUAGES = ("en", "es")


def sid_of(message: UUID) -> str:
    """The one id of an e-mail, which its reports bear: the same however often it is made."""
    return f"EM{message.hex}"


def compose(outgoing: Outgoing) -> EmailMessage:
    """The e-mail. One click stops it, as RFC 8058 has it; RFC 3834 keeps holiday notices from answering."""
    stop = links.to_stop(outgoing.uuid)
    domain = outgoing.sender.rpartition("@")[2]
    return EmailMessage(
        subject=outgoing.subject,
        body=text_of(outgoing),
        from_email=outgoing.sender,
        to=[outgoing.to],
        headers={
            "Message-ID": f"<{outgoing.uuid}@{domain}>",
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )


def text_of(outgoing: Outgoing) -> str:
    """The words with what every e-mail says around them, in its language; English for one that we lack."""
    language = outgoing.language if outgoing.language in LANGUAGES else LANGUAGES[0]
    values = {
        "body": outgoing.body,
        "answer": links.to_answer(outgoing.uuid),
        "stop": links.to_stop(outgoing.uuid),
    }
    return render_to_string(f"mail/{language}.txt", values)
