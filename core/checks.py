"""What `manage.py check --deploy` adds: settings that are valid, and yet no patient would get a text."""

from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security, deploy=True)
def simulated_phones(**kwargs: Any) -> list[checks.CheckMessage]:
    """Warn where a public server would talk to the simulated phones."""
    if not settings.USE_MOCK_TWILIO or not settings.PUBLIC_URL.startswith("https:"):
        return []
    hint = "Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_PHONE_NUMBER."
    return [checks.Warning("Texts go to the simulated phones, not to patients.", hint=hint, id="core.W001")]


@checks.register(checks.Tags.security, deploy=True)
def demo_in_public(**kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse the demo, whose passwords are printed, on a public address."""
    if not settings.DEMO or not settings.PUBLIC_URL.startswith("https:"):
        return []
    return [
        checks.Error("DEMO=true is for a loopback address: its users have known passwords.", id="core.E001")
    ]
