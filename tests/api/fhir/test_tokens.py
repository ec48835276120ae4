"""How a program gets its token, and what it may do with it."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client
from oauth2_provider.models import AccessToken, Application
from rest_framework.test import APIClient

from api import tasks
from staff.roles import ADMIN, FRONT_DESK, MANAGER
from tests.api.fhir.conftest import SECRET, TOKEN, Program, ask_for_token, registered
from tests.factories import AppointmentFactory, ClinicFactory, PatientFactory, UserFactory

pytestmark = pytest.mark.django_db

READ = "system/Appointment.read"
SEARCH = "/api/v1/fhir/Appointment"


@pytest.fixture
def user() -> AbstractUser:
    made: AbstractUser = UserFactory(roles=[FRONT_DESK])
    return made


def test_a_program_reads_with_its_token(program: Program) -> None:
    visit = AppointmentFactory()
    assert program(READ).get(f"{SEARCH}/{visit.pk}").status_code == 200


def test_a_token_says_how_long_it_holds_and_for_what(user: AbstractUser) -> None:
    answer = ask_for_token(registered(user), READ)
    said = answer.json()
    assert (said["token_type"], said["expires_in"], said["scope"]) == ("Bearer", 300, READ)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_secret_may_come_in_the_header(user: AbstractUser) -> None:
    program = registered(user)
    basic = base64.b64encode(f"{program.client_id}:{SECRET}".encode()).decode()
    asked = {"grant_type": "client_credentials", "scope": READ}
    answer = Client().post(TOKEN, asked, headers={"authorization": f"Basic {basic}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"scope": "system/*.write"}, "invalid_scope"),
    ],
)
def test_what_is_not_right_gets_no_token(user: AbstractUser, changed: dict[str, str], error: str) -> None:
    answer = ask_for_token(registered(user), **{"scope": READ, **changed})
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == error


@pytest.mark.parametrize("field", ["client_id", "client_secret", "scope", "grant_type"])
def test_a_character_that_nothing_stores_is_refused(user: AbstractUser, field: str) -> None:
    answer = ask_for_token(registered(user), **{"scope": READ, field: "a\x00b"})
    assert answer.status_code in (400, 401)


def test_who_guesses_has_few_tries(user: AbstractUser) -> None:
    program = registered(user)
    answers = [ask_for_token(program, READ, client_secret="wrong").status_code for _ in range(31)]
    assert answers[-1] == 429


def test_neither_the_secret_nor_the_token_is_stored(user: AbstractUser) -> None:
    program = registered(user)
    token = ask_for_token(program, READ).json()["access_token"]
    program.refresh_from_db()
    stored = AccessToken.objects.get()
    assert SECRET not in program.client_secret
    assert token not in (stored.token, stored.token_checksum)


def test_a_token_that_has_run_out_is_none(program: Program) -> None:
    client = program(READ)
    AccessToken.objects.update(expires="2020-01-01T00:00:00Z")
    answer = client.get(SEARCH)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (401, "login")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_scope_that_was_not_given_is_refused(program: Program) -> None:
    client = program(READ)
    assert client.get("/api/v1/fhir/Slot").status_code == 403
    assert client.get(f"/api/v1/fhir/Patient/{PatientFactory().pk}").status_code == 403


def test_there_is_no_token_for_nothing(user: AbstractUser) -> None:
    assert ask_for_token(registered(user), "").json()["error"] == "invalid_scope"


def test_tokens_that_have_run_out_are_cleared_away(user: AbstractUser) -> None:
    ask_for_token(registered(user), READ)
    AccessToken.objects.update(expires="2020-01-01T00:00:00Z")
    tasks.clear_tokens()
    assert not AccessToken.objects.exists()


def test_a_scope_widens_nothing_that_the_account_may_not(program: Program) -> None:
    nobody = UserFactory()
    assert program(READ, user=nobody).get(SEARCH).status_code == 403


def test_the_clinics_of_the_account_hold_for_the_program(program: Program) -> None:
    AppointmentFactory()
    stranger = UserFactory(roles=[FRONT_DESK], clinics=(ClinicFactory(),))
    assert program(READ, user=stranger).get(SEARCH).json()["total"] == 0


def test_an_account_that_was_switched_off_takes_its_programs_with_it(program: Program) -> None:
    user = UserFactory(roles=[FRONT_DESK])
    client = program(READ, user=user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    assert client.get(SEARCH).status_code == 401


def test_a_program_that_was_removed_is_let_in_no_more(program: Program) -> None:
    client = program(READ)
    Application.objects.all().delete()
    assert client.get(SEARCH).status_code == 401


HEADERS = ["Bearer", "Bearer ", "Bearer x", "Bearer a b", "bearer \xff", "Basic eDp5"]


@pytest.mark.parametrize("header", HEADERS)
def test_a_token_that_is_none_lets_nobody_in(header: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    assert client.get(SEARCH).status_code == 401


def test_a_token_in_the_address_lets_nobody_in(user: AbstractUser) -> None:
    token = ask_for_token(registered(user), READ).json()["access_token"]
    assert APIClient().get(f"{SEARCH}?access_token={token}").status_code == 401


def test_a_programs_token_opens_fhir_alone(program: Program) -> None:
    assert program(READ).get("/api/v1/appointments/").status_code == 401


def test_an_admin_makes_a_program_whose_secret_is_kept_as_a_digest(admin_client: Client) -> None:
    page = admin_client.get("/admin/oauth2_provider/application/add/").content.decode()
    names = ("client_id", "client_secret")
    found = {name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page) for name in names}
    shown: dict[str, Any] = {name: match[1] for name, match in found.items() if match}
    form = {**shown, "name": "Hospital", "user": UserFactory().pk}
    assert admin_client.post("/admin/oauth2_provider/application/add/", form).status_code == 302
    made = Application.objects.get(name="Hospital")
    assert (made.client_type, made.authorization_grant_type) == ("confidential", "client-credentials")
    assert made.client_secret != shown["client_secret"]
    answer = ask_for_token(made, READ, client_secret=shown["client_secret"])
    assert answer.status_code == 200


def test_a_program_needs_an_account(admin_client: Client) -> None:
    form = {"name": "Hospital", "client_id": "a", "client_secret": "b", "user": ""}
    assert admin_client.post("/admin/oauth2_provider/application/add/", form).status_code == 200
    assert not Application.objects.exists()


def test_no_token_is_shown_in_the_admin(admin_client: Client) -> None:
    for model in ("accesstoken", "refreshtoken", "grant", "idtoken", "devicegrant"):
        assert admin_client.get(f"/admin/oauth2_provider/{model}/").status_code == 404


@pytest.mark.parametrize(("role", "status"), [(ADMIN, 200), (MANAGER, 403), (FRONT_DESK, 403)])
def test_admins_alone_let_programs_in(client: Client, role: str, status: int) -> None:
    client.force_login(UserFactory(roles=[role], is_staff=True))
    assert client.get("/admin/oauth2_provider/application/").status_code == status
