"""What every page knows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic import noticing

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

ANYBODY = ""


class Page(NamedTuple):
    """A page one may go to from every other."""

    url: str
    label: _StrPromise
    permission: str = ANYBODY


PAGES = (
    Page("board", _("Board")),
    Page("slot-new", _("Log a cancellation"), "offers.add_cancellation"),
    Page("appointments", _("Appointments"), "clinic.view_appointment"),
    Page("waitlist", _("Waitlist"), "waitlist.view_waitlistentry"),
    Page("patients", _("Patients"), "clinic.view_patient"),
    Page("messages", _("Messages"), "messaging.view_message"),
    Page("greetings", _("Greetings"), "outreach.view_greeting"),
    Page("phones", _("Phones")),
    Page("analytics", _("Analytics"), "offers.view_analytics"),
    Page("audit", _("Audit"), "core.view_auditevent"),
    Page("feeds", _("Feeds"), "integrations.view_source"),
    Page("status", _("Status"), "messaging.view_tally"),
    Page("settings", _("Settings"), "clinic.view_clinic"),
)


class Tab(NamedTuple):
    """A page as the navigation shows it."""

    address: str
    label: _StrPromise
    is_current: bool


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Which pages there are for this user to go to; the phones only where they are simulated.

    `unread_notices` is called by the pages that show the bell, and by no part of a page.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"tabs": []}
    known = [page for page in PAGES if page.url != "phones" or settings.USE_MOCK_TWILIO]
    allowed = [page for page in known if page.permission == ANYBODY or user.has_perm(page.permission)]
    tabs = [_tab(page, request.path) for page in allowed]
    return {"tabs": tabs, "unread_notices": partial(noticing.unread, user=user)}


def _tab(page: Page, path: str) -> Tab:
    address = reverse(page.url)
    return Tab(address, page.label, is_current=path == address)
