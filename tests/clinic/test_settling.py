"""A clinic's settings: kept where they are still those that were shown, else nothing is stored."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from clinic import settling
from clinic.models import Clinic
from core import audit
from core.models import AuditEvent
from tests.factories import ClinicFactory

pytestmark = pytest.mark.django_db


def test_only_what_is_new_is_written_and_told(now: datetime) -> None:
    clinic = ClinicFactory(hold_minutes=7)
    clinic.refresh_from_db()
    values = {"hold_minutes": Decimal("7.000"), "lead_minutes": 30}
    settle = {"clinic_id": clinic.pk, "values": values, "by": "mia", "now": now}
    assert settling.settle(seen=settling.version(clinic), **settle) == ["lead_minutes"]
    assert AuditEvent.objects.get().data["changes"] == {"lead_minutes": [60, 30]}
    # The same again is no change, and leaves no line
    again = Clinic.objects.get(pk=clinic.pk)
    assert settling.settle(seen=settling.version(again), **settle) == []
    assert AuditEvent.objects.count() == 1


def test_settings_that_have_changed_since_are_left_alone(now: datetime) -> None:
    clinic = ClinicFactory()
    seen = settling.version(clinic)
    change = {"clinic_id": clinic.pk, "seen": seen, "now": now}
    settling.settle(values={"batch_size": 4}, by="mia", **change)
    with pytest.raises(settling.Overtaken, match="mia has changed") as told:
        settling.settle(values={"lead_minutes": 30}, by="otto", **change)
    assert told.value.last is not None
    assert told.value.last.changes == {"batch_size": [None, 4]}
    assert Clinic.objects.get().lead_minutes == 60


def test_what_is_no_setting_is_refused(now: datetime) -> None:
    clinic = ClinicFactory()
    given = {"clinic_id": clinic.pk, "seen": settling.version(clinic), "by": "mia", "now": now}
    with pytest.raises(KeyError):
        settling.settle(values={"is_shadow": True}, **given)
    assert not Clinic.objects.get().is_shadow


def test_without_its_audit_line_no_setting_is_kept(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = ClinicFactory()
    monkeypatch.setattr(audit, "record", lambda **_: 1 / 0)
    given = {"clinic_id": clinic.pk, "seen": settling.version(clinic), "by": "mia", "now": now}
    with pytest.raises(ZeroDivisionError):
        settling.settle(values={"batch_size": 4}, **given)
    assert Clinic.objects.get().batch_size is None
