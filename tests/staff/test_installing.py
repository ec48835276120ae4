"""The pages can be put on a home screen, and their worker keeps files that are the same for everybody."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db


def test_the_manifest_names_icons_that_are_there() -> None:
    answer = Client().get(reverse("manifest"))
    manifest = json.loads(answer.content)
    assert answer["Content-Type"] == "application/manifest+json"
    assert (manifest["start_url"], manifest["display"]) == ("/", "standalone")
    assert {icon["sizes"] for icon in manifest["icons"]} == {"any", "192x192", "512x512"}
    assert all(finders.find(icon["src"].removeprefix("/static/")) for icon in manifest["icons"])


def test_the_worker_is_served_from_the_root_under_the_same_policy_and_names_no_page() -> None:
    answer = Client().get(reverse("service-worker"))
    words = answer.content.decode()
    assert answer["Content-Type"].startswith("text/javascript")
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-cache"
    assert all(path.startswith("/static/") for path in re.findall(r'"(/[^"]*)"', words))


@pytest.mark.parametrize("name", ["manifest", "service-worker"])
def test_what_a_browser_asks_by_itself_sets_no_session_back(name: str) -> None:
    client = Client()
    client.force_login(factories.UserFactory.create(roles=["front desk"]))
    assert client.get(reverse("board")).cookies
    assert not client.get(reverse(name)).cookies


def test_an_expired_login_in_the_middle_of_a_preview_leads_to_the_login() -> None:
    client = Client(headers={"HX-Request": "true"})
    client.force_login(factories.UserFactory.create(roles=["front desk"]))
    client.logout()
    answer = client.post(reverse("slot-preview"), {})
    assert (answer.status_code, answer["HX-Refresh"]) == (401, "true")
