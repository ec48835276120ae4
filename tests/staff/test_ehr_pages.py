"""The tasks of the EHR, and the pages that connect drchrono, as people use them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Provider
from integrations import sealing
from integrations.models import DrchronoAccount, FeedCode, Source
from staff import roles
from tests import factories
from tests.factories_of_ehrs import RecordFactory, WriteBackFactory
from tests.factories_of_feeds import SourceFactory
from tests.integrations.drchrono_api import DrchronoApi
from tests.offers.verb import slot_in

pytestmark = pytest.mark.django_db


def as_role(role: str, **fields: Any) -> Client:
    client = Client()
    client.force_login(factories.UserFactory.create(roles=[role], **fields))
    return client


@pytest.fixture
def api(settings: Any) -> Iterator[DrchronoApi]:
    with DrchronoApi() as found:
        settings.DRCHRONO_CLIENT_ID, settings.DRCHRONO_CLIENT_SECRET = "an-id", "a-secret"
        settings.DRCHRONO_BASE_URL = found.url
        yield found


@pytest.fixture
def practice() -> Source:
    made: Source = SourceFactory.create(kind="drchrono", name="Lakeside")
    return made


def begun(admin: Client, practice: Source) -> dict[str, list[str]]:
    """Begin to connect; what drchrono is asked."""
    page = admin.post(reverse("drchrono-start", args=[practice.pk]))
    return parse_qs(urlsplit(page.context["url"]).query)


def test_the_board_leads_to_what_has_to_be_entered(client: Client) -> None:
    WriteBackFactory.create()
    page = as_role(roles.ADMIN).get("/")
    assert "1 booking has to be entered" in page.content.decode()


def test_a_task_says_what_is_to_be_entered_where_and_why() -> None:
    row = WriteBackFactory.create(reason="no code of the provider")
    page = as_role(roles.ADMIN).get(reverse("ehr-tasks")).content.decode()
    assert str(row.appointment.patient) in page
    assert "We do not know the provider’s code there." in page


def test_a_task_that_is_done_is_gone_and_whoever_did_it_is_kept() -> None:
    row, admin = WriteBackFactory.create(), as_role(roles.ADMIN, username="eve")
    page = admin.post(reverse("ehr-task-done", args=[row.pk]), follow=True)
    row.refresh_from_db()
    assert (row.status, row.done_by) == ("done", "eve")
    assert "Nothing is waiting" in page.content.decode()


def test_a_task_that_a_colleague_has_done_says_who() -> None:
    row = WriteBackFactory.create(status="done", done_by="eve", done_at=timezone.now())
    page = as_role(roles.ADMIN).post(reverse("ehr-task-done", args=[row.pk]), follow=True)
    assert "eve has seen to this already." in page.content.decode()


def test_what_takes_a_time_back_is_asked_about_once_and_says_what_it_does() -> None:
    won = WriteBackFactory.create(appointment__fills_slot=slot_in("filled").pk)
    page = as_role(roles.ADMIN).get(reverse("ehr-tasks")).content.decode()
    asked = page.index("its patient gets an honest text, and the next one is asked")
    assert page.index("<details>") < asked < page.index(reverse("ehr-task-refused", args=[won.pk])) + 1_000
    assert "Yes, it cannot be had there" in page


def test_who_refuses_what_staff_booked_is_not_told_that_its_patient_knows() -> None:
    row, admin = WriteBackFactory.create(), as_role(roles.ADMIN)
    assert "Nobody is told by this" in admin.get(reverse("ehr-tasks")).content.decode()
    said = admin.post(reverse("ehr-task-refused", args=[row.pk]), follow=True).content.decode()
    assert "Nobody was told: the visit stays here" in said
    assert "Who had won it is told so." not in said


def test_connecting_asks_for_what_is_needed_and_proves_who_asked(practice: Source, api: DrchronoApi) -> None:
    asked = begun(as_role(roles.ADMIN), practice)
    assert asked["scope"] == ["user:read calendar:read patients:read calendar:write"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"][0].endswith("/drchrono/back/")


def test_whoever_comes_back_with_the_state_is_connected(practice: Source, api: DrchronoApi) -> None:
    admin = as_role(roles.ADMIN, username="eve")
    state = begun(admin, practice)["state"][0]
    page = admin.get(reverse("drchrono-back"), {"code": "a-code", "state": state}, follow=True)
    account = DrchronoAccount.objects.get()
    assert "Connected by eve" in page.content.decode()
    assert sealing.unseal(bytes(account.refresh_token)) == b"refresh-token-1"
    assert len(api.renewals[0]["code_verifier"][0]) >= 43


@pytest.mark.parametrize("state", ["", "another", "ünicode"])
def test_a_state_that_is_not_ours_connects_nothing(practice: Source, api: DrchronoApi, state: str) -> None:
    admin = as_role(roles.ADMIN)
    begun(admin, practice)
    admin.get(reverse("drchrono-back"), {"code": "a-code", "state": state})
    assert not DrchronoAccount.objects.exists()
    assert api.renewals == []


def test_a_state_is_good_once(practice: Source, api: DrchronoApi) -> None:
    admin = as_role(roles.ADMIN)
    given = {"code": "a-code", "state": begun(admin, practice)["state"][0]}
    admin.get(reverse("drchrono-back"), given)
    admin.get(reverse("drchrono-back"), given)
    assert len(api.renewals) == 1


def test_a_right_that_does_not_reach_far_enough_is_not_kept(practice: Source, api: DrchronoApi) -> None:
    api.scopes = "user:read"
    admin = as_role(roles.ADMIN)
    state = begun(admin, practice)["state"][0]
    page = admin.get(reverse("drchrono-back"), {"code": "a-code", "state": state}, follow=True)
    assert "does not reach far enough" in page.content.decode()
    assert not DrchronoAccount.objects.exists()


def test_disconnecting_forgets_the_tokens_and_gives_them_back(practice: Source, api: DrchronoApi) -> None:
    token = sealing.seal(b"a-token")
    DrchronoAccount.objects.create(source=practice, access_token=token, refresh_token=token)
    as_role(roles.ADMIN).post(reverse("drchrono-leave", args=[practice.pk]))
    account = DrchronoAccount.objects.get()
    assert (bytes(account.access_token), account.is_connected) == (b"", False)
    assert any(path == "/o/revoke_token/" for _, path, _ in api.requests)


def test_a_doctor_is_said_to_be_one_of_ours(practice: Source) -> None:
    provider: Provider = factories.ProviderFactory.create(clinics=[practice.clinics.get()])
    record = RecordFactory.create(source=practice, key="9")
    as_role(roles.ADMIN).post(reverse("drchrono-name", args=[record.pk]), {"ours": provider.pk})
    assert FeedCode.objects.get(source=practice, kind="provider", value="9").provider == provider


def test_a_doctor_who_is_none_of_ours_is_left_out(practice: Source) -> None:
    record = RecordFactory.create(source=practice, key="9")
    as_role(roles.ADMIN).post(reverse("drchrono-name", args=[record.pk]), {"ours": ""})
    assert FeedCode.objects.get(source=practice, value="9").ignored is True


@pytest.mark.parametrize("role", [roles.FRONT_DESK, roles.AUDITOR, roles.MANAGER])
def test_only_admins_connect(role: str, practice: Source) -> None:
    assert as_role(role).get(reverse("drchrono")).status_code == 403
    assert as_role(role).post(reverse("drchrono-start", args=[practice.pk])).status_code == 403


def test_the_page_shows_how_far_each_list_has_been_read(practice: Source) -> None:
    practice.drchrono_cursors.create(
        listing="patients", due_at=timezone.now() + timedelta(minutes=5), trouble="malformed"
    )
    page = as_role(roles.ADMIN).get(reverse("drchrono")).content.decode()
    assert "Patients" in page
    assert "malformed" in page
