"""Programs that speak FHIR, each a client of somebody with a role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client
from oauth2_provider.models import Application
from rest_framework.test import APIClient

from staff.roles import FRONT_DESK
from tests.factories import UserFactory

SECRET = "a secret of a program"
TOKEN = "/api/v1/fhir/auth/token"
Program = Callable[..., APIClient]


def registered(user: AbstractUser | None) -> Application:
    made: Application = Application.objects.create(
        name="EHR",
        user=user,
        client_secret=SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    return made


def ask_for_token(program: Application, scope: str, **changed: str) -> Any:
    asked = {"grant_type": "client_credentials", "client_id": program.client_id, "client_secret": SECRET}
    return Client().post(TOKEN, {**asked, "scope": scope, **changed})


@pytest.fixture
def program(db: None) -> Program:
    """A program whose token has these scopes, for a user of the front desk unless another is named."""

    def make(*scopes: str, user: AbstractUser | None = None) -> APIClient:
        made = registered(user or UserFactory(roles=[FRONT_DESK]))
        token = ask_for_token(made, " ".join(scopes)).json()["access_token"]
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return client

    return make
