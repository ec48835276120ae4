"""The bell counts what the page of notices shows."""

from __future__ import annotations

import pytest
from django.utils import timezone

from clinic import noticing
from tests.factories import AppointmentFactory, ClinicFactory, ProviderFactory, UserFactory, in_hours

pytestmark = pytest.mark.django_db


def test_a_notice_of_a_clinic_whose_visits_the_provider_may_not_see_does_not_ring() -> None:
    seen, unseen = ClinicFactory.create(), ClinicFactory.create()
    user = UserFactory.create(clinics=(seen,))
    provider = ProviderFactory.create(clinics=[seen, unseen], user=user)
    for days, clinic in enumerate((seen, unseen), start=1):
        visit = AppointmentFactory.create(clinic=clinic, provider=provider, starts_at=in_hours(24 * days))
        noticing.tell(visit=visit, about="booked", now=timezone.now())
    assert noticing.unread(user=user) == 1
