"""Clients of the API, each with a token of somebody with a role."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from staff.roles import AUDITOR, FRONT_DESK, MANAGER
from tests.factories import UserFactory

ClientOf = Callable[..., APIClient]


@pytest.fixture
def client_of(db: None) -> ClientOf:
    """A client with a token of a user with these roles."""

    def make(*roles: str) -> APIClient:
        token = Token.objects.create(user=UserFactory(roles=roles))
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
        client.default_format = "json"
        return client

    return make


@pytest.fixture
def desk(client_of: ClientOf) -> APIClient:
    return client_of(FRONT_DESK)


@pytest.fixture
def manager(client_of: ClientOf) -> APIClient:
    return client_of(MANAGER)


@pytest.fixture
def auditor(client_of: ClientOf) -> APIClient:
    return client_of(AUDITOR)
