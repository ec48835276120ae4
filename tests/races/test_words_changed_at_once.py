"""Two people who change one text at one instant: one of them is told, and one set of words is in use."""

from __future__ import annotations

from functools import partial

import pytest
from django.utils import timezone

from core.models import AuditEvent
from offers import rewording
from offers.models import ClinicText
from tests.factories import ClinicFactory
from tests.races.race import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
TIMES = 20


def test_of_several_who_change_a_text_one_succeeds_each_time() -> None:
    clinic = ClinicFactory()
    before: int | None = None
    for turn in range(TIMES):
        said = [f"{{clinic}}: {who} {turn}" for who in ("alice", "bob", "charlie")]
        news = [
            rewording.NewWords(
                clinic_id=clinic.pk, name="declined", language="en", body=body, replaces=before
            )
            for body in said
        ]
        at_once(*[partial(rewording.reword, new=new, by="alice", now=timezone.now()) for new in news])
        in_use = ClinicText.objects.get(ended_at=None)
        assert in_use.body in said
        before = in_use.pk
    assert ClinicText.objects.count() == TIMES
    assert AuditEvent.objects.filter(verb="text.reworded").count() == TIMES
