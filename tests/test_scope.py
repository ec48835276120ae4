"""Row scope: who works at one clinic sees, changes and names nothing of another."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import URLPattern, reverse
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from clinic.models import Clinic, Membership, Patient, Provider
from core import scoping
from messaging.models import Message
from offers.models import Cancellation
from staff import urls
from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER
from tests.api.test_access import MAKE, ROUTES, Row
from tests.factories import (
    AppointmentFactory,
    CancellationFactory,
    ClinicFactory,
    MessageFactory,
    PatientFactory,
    ProviderFactory,
    UserFactory,
    VisitTypeFactory,
    WaitlistEntryFactory,
    in_hours,
)
from tests.messaging import on_phones

pytestmark = pytest.mark.django_db
# What is the same for every clinic, or is known by a phone number alone and shows nobody.
SHARED = {
    "clinic.visittype",
    "messaging.alarm",
    "messaging.oddity",
    "messaging.ownnumber",
    "messaging.providerevent",
    "messaging.redaction",
    "messaging.sender",
    "messaging.simulatedcall",
    "messaging.simulatedcallback",
    "messaging.simulatednetwork",
    "messaging.simulatedphone",
    "messaging.simulatedtext",
    "messaging.suppression",
    "messaging.tally",
    "messaging.unusablenumber",
    "offers.whatsapptemplate",
    "ops.heartbeat",
}
ROOMS = ("core", "clinic", "waitlist", "messaging", "offers", "outreach", "staff", "api", "ops")


@pytest.fixture
def desk() -> User:
    """Somebody of the front desk of another clinic than those that tests make."""
    user: User = UserFactory(roles=[FRONT_DESK], clinics=(ClinicFactory(),))
    return user


def strange(prefix: str) -> Any:
    """A record of the kind that belongs to a clinic where nobody works."""
    if prefix == "patients":
        return WaitlistEntryFactory.create().patient
    if prefix == "messages":
        return MessageFactory.create(related={"clinic": ClinicFactory.create().pk})
    if prefix == "providers":
        return ProviderFactory.create(clinics=[ClinicFactory.create()])
    return MAKE[prefix].create()


def api_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    return client


def test_every_model_says_where_its_rows_belong_or_is_known_to_be_shared() -> None:
    ours = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
    unscoped = {model._meta.label_lower for model in ours if not hasattr(model, "within")}
    assert unscoped == SHARED


OF_ONE = [row for row in ROUTES if "{pk}" in row[1] and row[0] != "visit-types"]


@pytest.mark.parametrize("row", OF_ONE, ids=[f"{method} {path}" for _, path, method, _ in OF_ONE])
def test_the_api_knows_no_record_of_another_clinic(row: Row, desk: User) -> None:
    prefix, path, method, _ = row
    desk.groups.set(UserFactory(roles=[MANAGER]).groups.all())
    address = f"/api/v1/{path.format(pk=strange(prefix).pk)}"
    response = api_of(desk).generic(method.upper(), address, "{}", content_type="application/json")
    assert response.status_code in (404, 403 if prefix == "messages" else 404)


@pytest.mark.parametrize("prefix", [prefix for prefix in MAKE if prefix != "visit-types"])
def test_the_apis_lists_leave_out_other_clinics(prefix: str, desk: User) -> None:
    pk = strange(prefix).pk
    seen = api_of(desk).get(f"/api/v1/{prefix}/").json()["results"]
    assert pk not in [row["id"] for row in seen]
    everywhere = UserFactory(roles=[ADMIN], clinics=())
    assert pk in [row["id"] for row in api_of(everywhere).get(f"/api/v1/{prefix}/").json()["results"]]


def test_the_api_takes_no_record_of_another_clinic_as_an_answer(desk: User) -> None:
    other = ProviderFactory(clinics=[ClinicFactory()])
    body = {
        "clinic": other.clinics.get().pk,
        "provider": other.pk,
        "visit_type": VisitTypeFactory().pk,
        "starts_at": in_hours(30).isoformat(),
    }
    response = api_of(desk).post("/api/v1/cancellations/", body, format="json")
    assert response.status_code == 400
    assert set(response.json()) == {"clinic", "provider"}
    assert not Cancellation.objects.exists()


@pytest.mark.parametrize("pattern", urls.urlpatterns, ids=lambda pattern: pattern.name)
def test_no_page_shows_a_slot_or_a_patient_of_another_clinic(pattern: URLPattern, desk: User) -> None:
    name, client = str(pattern.name), Client()
    entry = WaitlistEntryFactory.create()
    of_clinic = name.startswith(("clinic-", "guide-", "shadow"))
    if of_clinic:
        desk.groups.set(UserFactory(roles=[MANAGER]).groups.all())
    pk = {
        name: entry.clinic_id if of_clinic else None,
        "phone": entry.patient_id,
        "waitlist-join": entry.patient_id,
        "waitlist-boost": entry.pk,
    }.get("phone" if name.startswith("phone") else name) or CancellationFactory.create(clinic=entry.clinic).pk
    if "pk" not in pattern.pattern.converters:
        return
    given = {
        "pk": pk,
        "name": "offer",
        "language": "en",
        "action": "pause",
        "call": 1,
        "text": on_phones.texted(entry.patient.phone).pk,
    }
    url = reverse(name, kwargs={key: given[key] for key in pattern.pattern.converters})
    client.force_login(desk)
    assert client.get(url).status_code in (404, 405)
    assert client.post(url).status_code in (404, 405)


def test_the_board_leaves_out_other_clinics(client: Client, desk: User) -> None:
    other = CancellationFactory.create()
    own = CancellationFactory.create(clinic=Membership.objects.get(user=desk).clinic)
    client.force_login(desk)
    page = client.get("/").content.decode()
    assert f'id="slot-{own.pk}"' in page
    assert f'id="slot-{other.pk}"' not in page


def test_the_form_for_a_slot_offers_no_other_clinic(client: Client, desk: User) -> None:
    other = ClinicFactory.create()
    client.force_login(desk)
    page = client.get(reverse("slot-new")).content.decode()
    assert Membership.objects.get(user=desk).clinic.name in page
    assert other.name not in page


def test_nobody_is_booked_by_phone_whom_the_user_may_not_see(client: Client, desk: User) -> None:
    slot = CancellationFactory.create(clinic=Membership.objects.get(user=desk).clinic)
    other = WaitlistEntryFactory.create().patient
    client.force_login(desk)
    assert client.post(reverse("slot-fill", args=[slot.pk]), {"patient": other.pk}).status_code == 422
    assert Cancellation.objects.get(pk=slot.pk).status == slot.status


def _around(at: datetime) -> dict[str, str]:
    return {"from": f"{at - timedelta(days=1):%Y-%m-%d}", "to": f"{at + timedelta(days=1):%Y-%m-%d}"}


def test_the_figures_are_those_of_the_users_own_clinics(client: Client) -> None:
    own, other = CancellationFactory.create(), CancellationFactory.create()
    manager = UserFactory(roles=[MANAGER], clinics=(own.clinic,))
    days = _around(own.created_at)
    assert api_of(manager).get("/api/v1/metrics/summary/", days).json()["figures"]["logged"] == 1
    client.force_login(manager)
    page = client.get("/analytics/").content.decode()
    assert own.clinic.name in page
    assert other.clinic.name not in page


SCOPED_ADMINS = ["clinic_appointment", "waitlist_waitlistentry", "offers_cancellation", "clinic_patient"]


@pytest.mark.parametrize("name", SCOPED_ADMINS)
def test_the_admin_knows_no_record_of_another_clinic(name: str, client: Client) -> None:
    manager = UserFactory(roles=[MANAGER], is_staff=True, clinics=(ClinicFactory(),))
    entry = WaitlistEntryFactory.create()
    rows = {
        "clinic_appointment": AppointmentFactory.create(),
        "clinic_patient": entry.patient,
        "offers_cancellation": CancellationFactory.create(),
        "waitlist_waitlistentry": entry,
    }
    row = rows[name]
    client.force_login(manager)
    listed = client.get(reverse(f"admin:{name}_changelist"))
    assert listed.context["cl"].result_count == 0
    change = client.get(reverse(f"admin:{name}_change", args=[row.pk]))
    assert change.status_code == 302
    assert change["Location"] == reverse("admin:index")


def test_a_patient_whom_no_clinic_knows_yet_is_seen_by_all(desk: User) -> None:
    new, known = PatientFactory.create(), AppointmentFactory.create().patient
    assert set(scoping.limit(Patient.objects.all(), desk)) == {new}
    assert known in scoping.limit(Patient.objects.all(), UserFactory(roles=[AUDITOR], clinics=()))


def test_a_text_of_no_known_clinic_is_seen_by_all(desk: User) -> None:
    text = MessageFactory.create(related={})
    MessageFactory.create(related={"clinic": ClinicFactory.create().pk})
    assert list(scoping.limit(Message.objects.all(), desk)) == [text]


def test_nobody_sees_anything(db: None) -> None:
    from django.contrib.auth.models import AnonymousUser

    CancellationFactory.create()
    assert not scoping.limit(Cancellation.objects.all(), AnonymousUser()).exists()


def test_whoever_opens_a_clinic_works_there() -> None:
    manager = UserFactory(roles=[MANAGER], clinics=())
    body = {"name": "Harbour Clinic", "sms_name": "Harbour"}
    assert api_of(manager).post("/api/v1/clinics/", body, format="json").status_code == 201
    assert Membership.objects.get(user=manager).clinic == Clinic.objects.get(name="Harbour Clinic")


def test_a_provider_keeps_the_clinics_that_the_manager_cannot_see() -> None:
    own, second, hidden = ClinicFactory(), ClinicFactory(), ClinicFactory()
    provider = ProviderFactory(clinics=[own, hidden])
    manager = UserFactory(roles=[MANAGER], clinics=(own, second))
    body = {"clinics": [second.pk]}
    assert api_of(manager).patch(f"/api/v1/providers/{provider.pk}/", body, format="json").status_code == 200
    assert set(Provider.objects.get(pk=provider.pk).clinics.all()) == {second, hidden}


def test_the_migration_leaves_everybody_where_they_worked() -> None:
    user, clinic = UserFactory(roles=[FRONT_DESK], clinics=()), ClinicFactory()
    with connection.schema_editor() as editor:
        import_module("staff.migrations.0005_places").give(apps, editor)
    assert Membership.objects.get(user=user).clinic == clinic
