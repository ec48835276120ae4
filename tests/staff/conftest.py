"""Somebody of the front desk, and two patients with phones."""

from __future__ import annotations

import pytest
from django.test import Client

from clinic.models import Patient
from staff import roles
from tests import factories
from tests.messaging.on_phones import ALICE, BOB


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(factories.UserFactory.create(roles=[roles.FRONT_DESK]))
    return client


@pytest.fixture
def alice() -> Patient:
    made: Patient = factories.PatientFactory.create(first_name="Alice", last_name="Miller", phone=ALICE)
    return made


@pytest.fixture
def bob() -> Patient:
    made: Patient = factories.PatientFactory.create(first_name="Bob", last_name="Ortiz", phone=BOB)
    return made
