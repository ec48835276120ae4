"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest


def navigation(request: HttpRequest) -> dict[str, bool]:
    """Which pages there are to go to."""
    return {"phones_are_simulated": settings.USE_MOCK_TWILIO}
