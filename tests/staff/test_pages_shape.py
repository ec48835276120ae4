"""Every page guards itself, and what is served is what THIRD_PARTY.md names."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from clinic.models import Provider
from staff import roles, urls
from tests import factories
from tests.staff.addresses import address

ROOT = Path(__file__).resolve().parents[2]
POSTED = (
    "appointment-act",
    "appointment-conflicts",
    "appointment-move-conflicts",
    "clinic-pause",
    "clinic-resume",
    "clinic-text-preview",
    "clinic-text-restore",
    "drchrono-leave",
    "drchrono-name",
    "drchrono-start",
    "ehr-task-done",
    "ehr-task-refused",
    "feeds-act",
    "feeds-settled",
    "lobby",
    "messages-count",
    "messages-finish",
    "notice-read",
    "notices-read",
    "patient-act",
    "phone-answer",
    "phone-call-act",
    "phone-network",
    "phone-text-force",
    "shadow-begin",
    "shadow-live",
    "slot-act",
    "slot-preview",
    "staff-call",
    "waitlist-act",
    "waitlist-earlier",
)


# Who has not logged in yet may choose a language too.
GUARDED = [pattern for pattern in urls.urlpatterns if pattern.name != "language"]


@pytest.mark.parametrize("pattern", GUARDED, ids=lambda pattern: pattern.name)
def test_every_view_names_its_permission(pattern: URLPattern) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", getattr(pattern.callback, "permission", ""))


@pytest.mark.django_db
@pytest.mark.parametrize("role", [*roles.ROLES, ""])
@pytest.mark.parametrize("pattern", GUARDED, ids=lambda pattern: pattern.name)
def test_a_page_opens_for_exactly_those_who_may(pattern: URLPattern, role: str) -> None:
    url = address(pattern, factories.WaitlistEntryFactory.create())
    user = factories.UserFactory.create(roles=[role] if role else [])
    Provider.objects.exclude(notices=None).update(user=user)
    client = Client()
    client.force_login(user)
    response = client.post(url) if pattern.name in POSTED else client.get(url)
    may = user.has_perm(getattr(pattern.callback, "permission", ""))
    assert (response.status_code != 403) == may
    assert not may or "no-store" in response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("pattern", GUARDED, ids=lambda pattern: pattern.name)
def test_nobody_is_sent_to_the_login_from_any_page(pattern: URLPattern) -> None:
    url = address(pattern, factories.WaitlistEntryFactory.create())
    response = Client().post(url) if pattern.name in POSTED else Client().get(url)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


@pytest.mark.django_db
def test_a_part_of_a_page_loads_the_page_again_when_the_login_has_run_out() -> None:
    response = Client().get(reverse("board-fragment"), headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response["HX-Refresh"] == "true"


def test_the_files_of_others_are_those_that_are_named() -> None:
    rows = re.findall(r"^\| `([^`]+)`.*`([0-9a-f]{64})` \|$", (ROOT / "THIRD_PARTY.md").read_text(), re.M)
    assert rows
    assert [name for name, sha in rows if hashlib.sha256((ROOT / name).read_bytes()).hexdigest() != sha] == []
    assert not [name for name, _ in rows if "sourceMappingURL" in (ROOT / name).read_text()]


def test_no_page_holds_a_script_a_style_or_a_handler_of_its_own() -> None:
    pages = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|hx-on|javascript:")
    assert [page for page in pages if inline.search(page)] == []


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500", "503"])
def test_an_error_is_told_without_a_request(name: str) -> None:
    from django.template.loader import render_to_string

    assert "<h1>" in render_to_string(f"{name}.html")
