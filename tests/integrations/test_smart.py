"""SMART backend services: a key pair instead of a secret, over real HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

from integrations.writing_back import fhir, smart
from integrations.writing_back.orders import Booked, Then, Unknown
from tests.integrations.ehrs import FhirEhr, say
from tests.integrations.test_adapters import NOW, ORDER

PAIR = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = PAIR.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC = PAIR.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


class SmartEhr(FhirEhr):
    """Gives a token to whoever proves who they are; `says` another status instead."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: list[dict[str, Any]] = []
        self.says = 200

    def handle(self, request: BaseHTTPRequestHandler, raw: bytes) -> None:
        if request.path != "/token":
            super().handle(request, raw)
            return
        asked = parse_qs(raw.decode())
        proof = jwt.decode(asked["client_assertion"][0], RSAKey.import_key(PUBLIC), algorithms=["RS384"])
        self.claims.append(proof.claims)
        given = {"access_token": "a-token", "token_type": "Bearer", "expires_in": 300}
        say(request, self.says, given if self.says == 200 else {"error": "invalid_client"})


@pytest.fixture
def ehr() -> Iterator[SmartEhr]:
    with SmartEhr() as found:
        yield found


def way(ehr: SmartEhr, *, key: str = PRIVATE) -> fhir.Fhir:
    client = smart.Client(token_url=f"{ehr.url}/token", client_id="waitlist", private_key=key)
    return fhir.Fhir(base_url=f"{ehr.url}/r4", client=client, clock=lambda: NOW, timeout=2)


def test_a_signed_assertion_gets_a_token_that_books(ehr: SmartEhr) -> None:
    assert way(ehr).write(ORDER) == Booked("E1")


def test_the_assertion_says_who_for_whom_and_not_for_long(ehr: SmartEhr) -> None:
    way(ehr).write(ORDER)
    (claims,) = ehr.claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("waitlist", "waitlist", f"{ehr.url}/token")
    assert 0 < claims["exp"] - time.time() <= 300


def test_no_assertion_is_used_twice(ehr: SmartEhr) -> None:
    way(ehr).write(ORDER)
    way(ehr).ask(ORDER)
    assert len({claims["jti"] for claims in ehr.claims}) == 2


@pytest.mark.parametrize(("status", "then"), [(401, Then.PERSON), (400, Then.PERSON), (503, Then.REPEAT)])
def test_without_a_token_nothing_is_sent(ehr: SmartEhr, status: int, then: Then) -> None:
    ehr.says = status
    assert way(ehr).write(ORDER) == Unknown("no token", then)
    assert ehr.orders == []


def test_a_key_that_cannot_be_read_is_for_a_person(ehr: SmartEhr) -> None:
    assert way(ehr, key="no key at all").write(ORDER) == Unknown("no token", Then.PERSON)
