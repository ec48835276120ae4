"""From where a request comes, whoever tells it."""

from __future__ import annotations

import asyncio

import pytest
from axes.models import AccessAttempt
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, Client, RequestFactory

from ops import addresses


def seen(peer: str, forwarded: str | None) -> str:
    headers = None if forwarded is None else {"X-Forwarded-For": forwarded}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)
    addresses.told(lambda request: HttpResponse())(request)
    return str(request.META["REMOTE_ADDR"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("::1", "2001:db8::9", "2001:db8::9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("203.0.113.9", None, "203.0.113.9"),
        ("127.0.0.1", "nonsense", addresses.UNKNOWN),
        ("127.0.0.1", "fe80::1%'; drop", addresses.UNKNOWN),
        ("", None, addresses.UNKNOWN),
    ],
)
def test_only_our_proxy_is_believed_and_only_an_address(peer: str, forwarded: str, address: str) -> None:
    assert seen(peer, forwarded) == address


@pytest.mark.parametrize("proxies", ["10.0.0.1, 10.0.0.2", "*"])
def test_the_setting_names_the_proxies(proxies: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", proxies)
    assert seen("10.0.0.2", "203.0.113.9") == "203.0.113.9"


def test_uvicorn_has_listened_to_the_proxy_already() -> None:
    async def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    for address, known in (("203.0.113.9", "203.0.113.9"), ("nonsense", addresses.UNKNOWN)):
        request = AsyncRequestFactory().get("/", headers={"X-Forwarded-For": "198.51.100.1"})
        request.META["REMOTE_ADDR"] = address
        asyncio.run(addresses.told(answer)(request))
        assert request.META["REMOTE_ADDR"] == known


@pytest.mark.django_db
def test_logins_behind_a_proxy_are_counted_by_their_own_addresses() -> None:
    for told, known in (("203.0.113.9", "203.0.113.9"), ("nonsense", addresses.UNKNOWN)):
        form = {"username": "frontdesk", "password": "wrong"}
        answer = Client(raise_request_exception=False).post("/login/", form, HTTP_X_FORWARDED_FOR=told)
        assert answer.status_code == 200
        assert AccessAttempt.objects.latest("pk").ip_address == known
