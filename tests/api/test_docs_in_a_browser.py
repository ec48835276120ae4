"""Swagger's page under the policy it is given."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from staff.roles import AUDITOR
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_documentation_is_drawn_within_its_policy(live_server: Any, page: Any) -> None:
    browser, complaints, requests = Client(), [], []
    browser.force_login(UserFactory(roles=[AUDITOR]))
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.get_by_text("/api/v1/cancellations/{id}/withdraw/").wait_for()
    assert complaints == []
    assert [url for url in requests if not url.startswith((live_server.url, "data:"))] == []
