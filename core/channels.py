"""The ways in which a patient is reached: one list, which patients, consent and messages all use."""

from django.db import models


class Channel(models.TextChoices):
    SMS = "sms", "SMS"
    WHATSAPP = "whatsapp", "WhatsApp"
    EMAIL = "email", "E-mail"
    VOICE = "voice", "Phone call"


# Those that reach a phone: who wants to be left alone on a number wants it of all of them.
ON_A_PHONE = (Channel.SMS, Channel.WHATSAPP, Channel.VOICE)
