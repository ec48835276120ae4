"""Patients whom the clinic knew before the ledger was kept."""

import pkgutil
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from clinic import migrations
from clinic.models import Consent, Patient
from ops import invariants

pytestmark = pytest.mark.django_db
NAMES = [module.name for module in pkgutil.iter_modules(migrations.__path__)]
# Its number may change; its name does not.
NAME = next(name for name in NAMES if name.endswith("_begin_ledger"))
migration = import_module(f"clinic.migrations.{NAME}")


def known(phone: str, *, sms_consent: bool) -> Patient:
    names = {"first_name": "Alice", "last_name": "Smith"}
    return Patient.objects.create(**names, phone=phone, sms_consent=sms_consent)


def test_their_consent_is_the_ledger_s_first_row() -> None:
    alice, bob = known("+13125550142", sms_consent=True), known("+13125550143", sms_consent=False)
    with connection.cursor() as cursor:
        cursor.execute(migration.BEGIN)
    assert Consent.objects.get(patient=alice).source == "before"
    assert not Consent.objects.filter(patient=bob).exists()
    assert dict(invariants.violations(now=timezone.now())) == {}


def test_their_numbers_say_where_they_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "AT_ONCE", 2)
    numbers = ("+13125550142", "+12085550142", "+18005551234", "", "+13125550143")
    people = [known(number, sms_consent=False) for number in numbers]
    migration.find_zones(apps, SimpleNamespace(connection=connection))
    found = dict(Patient.objects.order_by("pk").values_list("pk", "contact_zones"))
    chicago, boise = "America/Chicago", "America/Boise America/Los_Angeles"
    assert [found[person.pk] for person in people] == [chicago, boise, "", "", chicago]
