"""The words that WhatsApp has approved, as an admin enters them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core.models import AuditEvent
from offers.models import WhatsAppTemplate
from tests.admin.conftest import BrowserOf

pytestmark = pytest.mark.django_db

ADD = "admin:offers_whatsapptemplate_add"
OFFER = {
    "name": "offer",
    "language": "en",
    "content_sid": "HX" + "0" * 32,
    "placeholders": "clinic, day, time, deadline",
}


def test_an_admin_enters_them_and_the_trail_says_so(browser_of: BrowserOf) -> None:
    assert browser_of("admin").post(reverse(ADD), OFFER).status_code == 302
    assert WhatsAppTemplate.objects.get().names == ["clinic", "day", "time", "deadline"]
    assert AuditEvent.objects.filter(verb="template.added").count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "poem"}, "There is no such text"),
        ({"content_sid": "HX1"}, "Enter HX and 32"),
        ({"placeholders": "clinic, day, time"}, "deadline is missing"),
        ({"placeholders": "clinic, day, time, deadline, patient"}, "patient stands for nothing"),
    ],
)
def test_what_could_not_be_sent_is_refused_with_the_reason(
    browser_of: BrowserOf, changes: dict[str, str], words: str
) -> None:
    answer = browser_of("admin").post(reverse(ADD), {**OFFER, **changes})
    assert words in answer.content.decode()
    assert not WhatsAppTemplate.objects.exists()


@pytest.mark.parametrize("role", ["front desk", "manager", "auditor"])
def test_nobody_else_enters_them(browser_of: BrowserOf, role: str) -> None:
    assert browser_of(role).post(reverse(ADD), OFFER).status_code == 403
