"""The right to read and write at drchrono: given once by somebody there, kept sealed, renewed in time.

OAuth 2 with a code, PKCE and a state: https://app.drchrono.com/api-docs/tutorial/
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from core import audit
from integrations import sealing
from integrations.drchrono import client as api
from integrations.drchrono import throttling
from integrations.drchrono.client import NotConnected, Unanswered
from integrations.models import DrchronoAccount

AUTHORIZE, TOKEN, REVOKE = "/o/authorize/", "/o/token/", "/o/revoke_token/"
READING = ("user:read", "calendar:read", "patients:read")
WRITING = ("calendar:write",)
TIMEOUT_SECONDS = 20
LEASE = timedelta(seconds=TIMEOUT_SECONDS + 10)
LOOK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and what its session keeps until it is back."""

    url: str
    state: str
    verifier: str


def is_set_up() -> bool:
    """Whether this installation has an application at drchrono."""
    return bool(settings.DRCHRONO_CLIENT_ID and settings.DRCHRONO_CLIENT_SECRET)


def begin() -> Begun:
    """Ask somebody there for the right."""
    verifier = generate_token(64)
    with _session() as session:
        url, state = session.create_authorization_url(
            settings.DRCHRONO_BASE_URL + AUTHORIZE, code_verifier=verifier
        )
    return Begun(url, state, verifier)


def finish(*, source_id: int, code: str, verifier: str, by: str, clock: Callable[[], datetime]) -> None:
    """The browser is back with a code: keep the tokens that it is good for. Raises api.Trouble.

    A right that does not reach as far as is needed is not kept: the code is `scopes`.
    """
    found = _asked(grant_type="authorization_code", code=code, code_verifier=verifier)
    scopes = str(found.get("scope", " ".join((*READING, *WRITING)))).split()
    if not set(READING) <= set(scopes):
        raise NotConnected("scopes")
    _keep(source_id, found, scopes, by, clock())


@transaction.atomic
def _keep(source_id: int, found: Mapping[str, Any], scopes: list[str], by: str, now: datetime) -> None:
    fields: dict[str, Any] = {**_sealed(found, now), "scopes": " ".join(sorted(scopes)), "lost": ""}
    fields |= {"connected_at": now, "connected_by": by, "refreshing_until": None}
    account, _ = DrchronoAccount.objects.update_or_create(source_id=source_id, defaults=fields)
    audit.record(actor=by, verb="drchrono.connected", obj=account, at=now, scopes=sorted(scopes))


def disconnect(*, source_id: int, by: str, now: datetime) -> None:
    """Give the right back: from now on nothing is read or written there."""
    account = DrchronoAccount.objects.filter(source=source_id).first()
    if account is None:
        return
    _revoke(account)
    with transaction.atomic():
        empty = {"access_token": b"", "refresh_token": b"", "expires_at": None, "refreshing_until": None}
        DrchronoAccount.objects.filter(pk=account.pk).update(**empty, lost="disconnected")
        audit.record(actor=by, verb="drchrono.disconnected", obj=account, at=now)


def may_write(source_id: int) -> bool:
    """Whether the right reaches to booking."""
    scopes = DrchronoAccount.objects.filter(source=source_id).values_list("scopes", flat=True).first() or ""
    return set(WRITING) <= set(scopes.split())


def client(*, source_id: int, reserve: int = 0) -> api.Client:
    """The API with the account of a source; `reserve` calls of the hour are left to others."""
    gate = throttling.SharedGate(
        name=f"drchrono {settings.DRCHRONO_CLIENT_ID}", clock=timezone.now, reserve=reserve
    )
    tokens = KeptTokens(source_id=source_id, clock=timezone.now)
    return api.Client(
        tokens=tokens,
        gate=gate,
        base_url=settings.DRCHRONO_BASE_URL,
        timeout=TIMEOUT_SECONDS,
        clock=timezone.now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTokens:
    """client.Tokens on the account's row."""

    source_id: int
    clock: Callable[[], datetime]

    def current(self) -> str:
        return _token(DrchronoAccount.objects.filter(source=self.source_id).first())

    def renewed(self, *, instead_of: str) -> str:
        """Renewed once, however many find it expired: the others wait for whoever has the lease."""
        deadline = time.monotonic() + LEASE.total_seconds()
        while time.monotonic() < deadline:
            found = self._lease(instead_of)
            if isinstance(found, str):
                return found
            if found is not None:
                return self._renew(found)
            time.sleep(LOOK_AGAIN_SECONDS)
        raise Unanswered("no token")

    @transaction.atomic
    def _lease(self, instead_of: str) -> DrchronoAccount | str | None:
        """The account, leased to us; the token that somebody else has got; None while somebody gets one."""
        rows = DrchronoAccount.objects.select_for_update(of=("self",), no_key=True)
        account = rows.filter(source=self.source_id).first()
        token = _token(account)
        if account is None or token != instead_of:
            return token
        now = self.clock()
        if account.refreshing_until is not None and account.refreshing_until > now:
            return None
        account.refreshing_until = now + LEASE
        account.save(update_fields=["refreshing_until"])
        return account

    def _renew(self, account: DrchronoAccount) -> str:
        """The network, with no lock held. What the lease covers is written only while it is ours."""
        ours = DrchronoAccount.objects.filter(pk=account.pk, refreshing_until=account.refreshing_until)
        try:
            found = _asked(grant_type="refresh_token", refresh_token=_unsealed(account.refresh_token))
        except NotConnected as error:
            ours.update(lost=error.code, refreshing_until=None)
            raise
        except api.Trouble:
            ours.update(refreshing_until=None)
            raise
        ours.update(**_sealed({"refresh_token": _unsealed(account.refresh_token), **found}, self.clock()),
                    refreshing_until=None)  # fmt: skip
        return str(found["access_token"])


def _token(account: DrchronoAccount | None) -> str:
    if account is None or not account.is_connected:
        raise NotConnected(account.lost if account else "never connected")
    return _unsealed(account.access_token)


def _unsealed(sealed: bytes | memoryview) -> str:
    try:
        return sealing.unseal(bytes(sealed)).decode()
    except (sealing.NoKeys, sealing.Unreadable):
        raise NotConnected("keys") from None


def _sealed(found: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    lasts = timedelta(seconds=int(found.get("expires_in") or 0))
    return {
        "access_token": sealing.seal(str(found["access_token"]).encode()),
        "refresh_token": sealing.seal(str(found.get("refresh_token", "")).encode()),
        "expires_at": now + lasts,
    }


def _session() -> OAuth2Session:
    return OAuth2Session(
        settings.DRCHRONO_CLIENT_ID,
        settings.DRCHRONO_CLIENT_SECRET,
        scope=" ".join((*READING, *WRITING)),
        redirect_uri=settings.PUBLIC_URL + reverse("drchrono-back"),
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 - how, not what
    )


def _asked(**fields: str) -> Mapping[str, Any]:
    """Tokens from the token endpoint. Raises api.Trouble."""
    with _session() as session:
        try:
            url = settings.DRCHRONO_BASE_URL + TOKEN
            found = session.fetch_token(url, timeout=TIMEOUT_SECONDS, allow_redirects=False, **fields)
        except requests.RequestException:
            raise Unanswered("no token") from None
        except (AuthlibBaseError, ValueError):
            raise NotConnected("refused") from None
    if not found.get("access_token"):
        raise NotConnected("refused")
    return dict(found)


def _revoke(account: DrchronoAccount) -> None:
    """As far as drchrono can be reached: what is kept here is forgotten in any case."""
    with _session() as session:
        try:
            token = _unsealed(account.refresh_token)
            url = settings.DRCHRONO_BASE_URL + REVOKE
            session.revoke_token(url, token=token, timeout=TIMEOUT_SECONDS)
        except (NotConnected, requests.RequestException, AuthlibBaseError):
            return
