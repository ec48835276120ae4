from __future__ import annotations

from datetime import datetime

import pytest

from clinic import arranging
from clinic.models import Clinic, Provider, VisitType
from core import audit
from core.models import AuditEvent
from tests.factories import ClinicFactory, ProviderFactory

pytestmark = pytest.mark.django_db


def test_a_new_record_is_stored_with_its_audit_line(now: datetime) -> None:
    values = {"name": "Check-up", "duration_minutes": 20}
    made = arranging.arrange(record=VisitType(), values=values, by="manager", now=now)
    line = AuditEvent.objects.get()
    assert VisitType.objects.get() == made
    assert (line.verb, line.actor, line.at) == ("visittype.added", "manager", now)


def test_only_what_is_named_is_written(now: datetime) -> None:
    seen = ClinicFactory(batch_size=3)
    Clinic.objects.update(batch_size=9)
    arranging.arrange(record=seen, values={"lead_minutes": 30}, by="manager", now=now)
    stored = Clinic.objects.get()
    assert (stored.lead_minutes, stored.batch_size) == (30, 9)


def test_a_providers_clinics_are_replaced(now: datetime) -> None:
    provider, other = ProviderFactory(), ClinicFactory()
    before = provider.clinics.get().pk
    arranging.arrange(record=provider, values={"clinics": [other]}, by="manager", now=now)
    assert Provider.objects.get().clinics.get() == other
    changes = {"clinics": [[before], [other.pk]]}
    assert AuditEvent.objects.get().data == {"fields": ["clinics"], "changes": changes}


def test_without_its_audit_line_nothing_is_stored(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("no line")

    monkeypatch.setattr(audit, "record", fail)
    with pytest.raises(RuntimeError):
        arranging.arrange(record=Clinic(), values={"name": "North", "sms_name": "N"}, by="manager", now=now)
    assert not Clinic.objects.exists()
