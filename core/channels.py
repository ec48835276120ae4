"""The ways in which a patient is reached: one list, which patients, consent and messages all use."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")
    EMAIL = "email", _("E-mail")
    VOICE = "voice", _("Phone call")


# Those that reach a phone: who wants to be left alone on a number wants it of all of them.
ON_A_PHONE = (Channel.SMS, Channel.WHATSAPP, Channel.VOICE)
