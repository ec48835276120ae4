"""What is wrong with the words around an e-mail is found when the program starts."""

from __future__ import annotations

import uuid
from typing import Any

from django.core import checks
from django.template import TemplateSyntaxError
from django.template.exceptions import TemplateDoesNotExist

from core.channels import Channel
from messaging import mails
from messaging.gateways import Outgoing

_BODY = "The words of the e-mail & its ¿signs?"


@checks.register(checks.Tags.templates)
def frames_of_mails(**kwargs: Any) -> list[checks.CheckMessage]:
    """An error for every language in which an e-mail cannot be made, or lacks its words or its links."""
    return [
        checks.Error(f"templates/mail/{language}.txt: {fault}", id="messaging.E001")
        for language in mails.LANGUAGES
        if (fault := _fault(language))
    ]


def _fault(language: str) -> str:
    outgoing = Outgoing(
        uuid=uuid.UUID(int=0),
        sender="clinic@example.org",
        to="patient@example.org",
        body=_BODY,
        channel=Channel.EMAIL,
        language=language,
    )
    try:
        made = mails.text_of(outgoing)
    except TemplateDoesNotExist:
        return "The file is missing."
    except TemplateSyntaxError:
        return "This is not a template."
    if _BODY not in made:
        return "The words are missing, or changed on the way."
    return "" if made.count("/answer/") == 2 else "It needs one link to answer and one to stop."
