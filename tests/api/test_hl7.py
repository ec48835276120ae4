"""HL7 over HTTP: who may, what is answered, and with which status."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from prometheus_client import REGISTRY
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from api import feed_access
from api.views import hl7
from api.views.hl7 import FeedThrottle, HL7View
from integrations import receiving
from integrations.hl7 import intake
from integrations.models import FeedMessage, Source
from tests.factories import UserFactory
from tests.integrations.hl7 import goldens
from tests.integrations.hl7.locking import locked

pytestmark = pytest.mark.django_db
PATH = "/api/v1/hl7/messages/"
BODY = goldens.load("s12_book").body
HL7 = "application/hl7-v2"


@pytest.fixture
def feed() -> APIClient:
    """A client with the token of a source's user."""
    user = UserFactory()
    Source.objects.create(
        name="North", kind="hl7", timezone="America/Chicago", user=user, created_at=goldens.RECEIVED_AT
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    return client


def post(client: APIClient, body: bytes = BODY, *, kind: str = HL7, **headers: Any) -> Any:
    return client.generic("POST", PATH, body, content_type=kind, **headers)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [HL7, f"{HL7}; charset=utf-8", "x-application/hl7-v2+er7"])
def test_a_message_is_stored_and_acknowledged(feed: APIClient, kind: str) -> None:
    answer = post(feed, kind=kind)
    assert (answer.status_code, answer["Content-Type"]) == (200, HL7)
    assert b"\rMSA|AA|N0001\r" in answer.content
    assert FeedMessage.objects.count() == 1


@pytest.mark.parametrize("accepted", ["*/*", HL7, "application/json", "text/html"])
def test_the_answer_is_the_acknowledgment_whatever_is_accepted(feed: APIClient, accepted: str) -> None:
    assert b"MSA|AA" in post(feed, HTTP_ACCEPT=accepted).content


@pytest.mark.parametrize(
    ("name", "status"),
    [("not_hl7", 400), ("no_control_id", 400), ("oru_unsupported", 422), ("version_3", 422)],
)
def test_a_refusal_has_its_status_and_its_acknowledgment(feed: APIClient, name: str, status: int) -> None:
    answer = post(feed, goldens.load(name).body)
    assert answer.status_code == status
    assert b"\rMSA|AR|" in answer.content


def test_an_empty_body_is_refused(feed: APIClient) -> None:
    answer = post(feed, b"")
    assert answer.status_code == 400
    assert FeedMessage.objects.count() == 0


def test_of_a_body_beyond_the_limit_the_beginning_is_kept(feed: APIClient) -> None:
    answer = post(feed, BODY + b"NTE|1||x\r" * 130_000)
    assert answer.status_code == 413
    assert b"\rMSA|AR|N0001|" in answer.content
    assert FeedMessage.objects.get().kind == intake.CUT_KIND


def test_how_long_an_acknowledgment_took_is_counted(feed: APIClient) -> None:
    def counted() -> float:
        labels = {"door": "http", "answer": "AR"}
        return REGISTRY.get_sample_value("clinic_waitlist_feed_answer_seconds_count", labels) or 0

    before = counted()
    post(feed, b"no message")
    assert counted() == before + 1


def test_a_training_message_is_refused_by_its_processing_id(feed: APIClient) -> None:
    answer = post(feed, goldens.load("s15_training").body)
    assert answer.status_code == 422
    assert b"|202^Unsupported processing id^HL70357|" in answer.content


@pytest.mark.parametrize("table", ["integrations_feedmessage", "authtoken_token", "integrations_source"])
@pytest.mark.django_db(transaction=True)
def test_a_table_that_stays_locked_is_a_503_with_ae_and_once_free_a_200(feed: APIClient, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    with locked(table):
        answer = post(feed)
    assert answer.status_code == 503
    assert b"\rMSA|AE|N0001|" in answer.content
    assert post(feed).status_code == 200


def test_a_database_that_does_not_take_it_is_a_503_with_ae(
    feed: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**_: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(receiving, "receive", gone)
    answer = post(feed)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert b"\rMSA|AE|N0001|" in answer.content


def test_without_a_database_that_could_say_who_it_is_the_answer_is_ae_as_well(
    feed: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(feed_access, "_user_of", gone)
    answer = post(feed)
    assert answer.status_code == 503
    assert b"\rMSA|AE|N0001|" in answer.content


def test_who_speaks_and_for_which_source_is_one_query(feed: APIClient) -> None:
    with CaptureQueriesContext(connection) as queries:
        post(feed)
    asked = [query["sql"] for query in queries if "authtoken_token" in query["sql"]]
    assert (len(asked), "integrations_source" in asked[0]) == (1, True)
    assert [query for query in queries if query["sql"].lstrip().startswith("SELECT")] == [queries[0]]


@pytest.mark.parametrize("revoked", ["token", "user", "source"])
def test_what_is_revoked_is_refused_at_once(feed: APIClient, revoked: str) -> None:
    post(feed)
    if revoked == "token":
        Token.objects.all().delete()
    elif revoked == "user":
        User.objects.update(is_active=False)
    else:
        Source.objects.update(user=None)
    assert post(feed).status_code == (403 if revoked == "source" else 401)


def test_nobody_is_asked_who_they_are() -> None:
    answer = post(APIClient())
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/json")


def test_a_user_who_speaks_for_no_source_is_refused(manager: APIClient) -> None:
    answer = post(manager)
    assert answer.status_code == 403
    assert answer.json() == {"detail": "This user speaks for no source of HL7 messages."}


def test_a_door_that_names_no_permission_lets_nobody_in(
    feed: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HL7View, "permission", None)
    assert post(feed).status_code == 403


def test_who_may_do_anything_speaks_for_no_source(feed: APIClient) -> None:
    for kind in ("fhir", ""):
        user = UserFactory(is_superuser=True)
        Source.objects.update(kind=kind or "hl7", user=user if kind else None)
        feed.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
        assert user.has_perm("integrations.send_hl7")
        assert post(feed).status_code == 403


def test_speaking_for_a_source_permits_nothing_else(feed: APIClient) -> None:
    user = User.objects.get(source__name="North")
    assert user.has_perm("integrations.send_hl7")
    assert not user.has_perm("integrations.view_source")
    User.objects.update(is_active=False)
    assert not User.objects.get(pk=user.pk).has_perm("integrations.send_hl7")


@pytest.mark.parametrize("table", ["integrations_feedmessage", "authtoken_token"])
@pytest.mark.django_db(transaction=True)
def test_a_database_that_hangs_is_left_and_the_sender_hears_ae(
    feed: APIClient, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    monkeypatch.setattr(hl7, "LONGEST_WAIT_SECONDS", 0.1)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
    with locked(table):
        # Without the bound this waits for as long as the lock is held, which is until it has answered.
        answer = post(feed)
    assert answer.status_code == 503
    assert b"\rMSA|AE|N0001|" in answer.content
    monkeypatch.undo()
    connection.close()
    assert post(feed).status_code == 200


def test_a_user_of_another_kind_of_source_is_refused(feed: APIClient) -> None:
    Source.objects.update(kind="fhir")
    assert post(feed).status_code == 403


def test_another_kind_of_body_is_refused(feed: APIClient) -> None:
    assert post(feed, b"{}", kind="application/json").status_code == 415


def test_too_many_messages_are_put_off(feed: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FeedThrottle, "rate", "2/min")
    assert [post(feed).status_code for _ in range(3)] == [200, 200, 429]


def test_an_answer_stays_in_no_cache(feed: APIClient) -> None:
    assert post(feed)["Cache-Control"] == "no-store"


def test_there_is_nothing_to_be_read_there(feed: APIClient) -> None:
    assert feed.get(PATH).status_code == 405


def test_the_limit_of_both_doors_is_the_same() -> None:
    from integrations.hl7 import serving

    assert serving.LIMITS.frame_bytes == intake.LONGEST_BODY
