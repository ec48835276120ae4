from django.urls import path

from messaging import webhooks, webhooks_voice

urlpatterns = [
    path("inbound/", webhooks.inbound, name="twilio-inbound"),
    path("status/", webhooks.status, name="twilio-status"),
    path("voice/", webhooks_voice.picked_up, name="twilio-voice"),
    path("voice/answer/", webhooks_voice.answer, name="twilio-voice-answer"),
    path("voice/outcome/", webhooks_voice.outcome, name="twilio-voice-outcome"),
    path("voice/said/", webhooks_voice.said, name="twilio-voice-said"),
    path("voice/status/", webhooks_voice.status, name="twilio-voice-status"),
]
