"""The two doors through which the provider speaks to us, row by row of their contract."""

import base64
import json
import uuid
from typing import Any

import pytest
from celery.app.task import Task
from django.db import OperationalError
from django.test import Client
from kombu.exceptions import OperationalError as BrokerError

from messaging import events, webhooks
from messaging.models import Message, ProviderEvent
from tests.factories import MessageFactory, fictional_phone
from tests.messaging import posting

pytestmark = pytest.mark.django_db
ALICE = fictional_phone(1)
PATHS = [posting.INBOUND, posting.STATUS]


def form_for(path: str) -> dict[str, str]:
    form = posting.text_form(sender=ALICE, body="YES")
    return form if path == posting.INBOUND else {**form, "MessageStatus": "delivered"}


@pytest.mark.parametrize("path", PATHS)
def test_a_signed_form_is_stored_and_answered_with_an_empty_response(client: Client, path: str) -> None:
    answer = posting.post(client, path, form_for(path))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml")
    assert answer.content.decode().endswith("<Response/>")
    assert ProviderEvent.objects.count() == 1


@pytest.mark.parametrize("path", PATHS)
def test_a_bad_signature_is_refused_without_a_word(client: Client, path: str) -> None:
    answer = posting.post(client, path, form_for(path), token="somebody else's")
    assert (answer.status_code, answer.content) == (403, b"")
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize("path", PATHS)
def test_no_signature_is_refused(client: Client, path: str) -> None:
    assert client.post(path, form_for(path)).status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_a_signature_for_another_address_is_refused(client: Client, path: str) -> None:
    form = form_for(path)
    signature = webhooks.signature(f"https://elsewhere.example.org{path}", form)
    headers = {"X-Twilio-Signature": signature, "Host": "localhost"}
    assert client.post(path, form, headers=headers).status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_every_configured_token_verifies(client: Client, path: str, settings: Any) -> None:
    settings.TWILIO_AUTH_TOKENS = ["the new one", "the old one"]
    for token in settings.TWILIO_AUTH_TOKENS:
        assert posting.post(client, path, form_for(path), token=token).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("account", ["AC" + "f" * 32, ""])
def test_rule_12_a_foreign_account_is_refused(client: Client, path: str, account: str) -> None:
    form = {**form_for(path), "AccountSid": account}
    assert posting.post(client, path, form).status_code == 403
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize("name", ["MessageSid", "From", "To"])
@pytest.mark.parametrize("is_empty", [True, False])
def test_a_text_without_a_needed_field_is_refused(client: Client, name: str, is_empty: bool) -> None:
    form = form_for(posting.INBOUND)
    del form[name]
    form |= {name: ""} if is_empty else {}
    assert posting.post(client, posting.INBOUND, form).status_code == 400
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize("name", ["MessageSid", "MessageStatus"])
def test_a_status_without_a_needed_field_is_refused(client: Client, name: str) -> None:
    form = form_for(posting.STATUS)
    del form[name]
    assert posting.post(client, posting.STATUS, form).status_code == 400


@pytest.mark.parametrize("path", PATHS)
def test_rule_12_a_json_body_is_refused(client: Client, path: str) -> None:
    body = json.dumps(form_for(path))
    headers = {"X-Twilio-Signature": "x"}
    answer = client.post(path, data=body, content_type="application/json", headers=headers)
    assert answer.status_code == 403
    query = f"{path}?bodySHA256=abc"
    assert client.post(query, data=body, content_type="application/json").status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_rule_12_only_post_is_answered(client: Client, path: str) -> None:
    assert client.get(path).status_code == 405


@pytest.mark.parametrize("path", PATHS)
def test_rule_11_a_database_that_is_down_is_a_503(
    client: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(events, "prepared", type("Gone", (), {"cursor": staticmethod(gone)}))
    assert posting.post(client, path, form_for(path)).status_code == 503


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PATHS)
def test_a_broker_that_is_down_fails_no_request(
    client: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise BrokerError("connection refused")

    monkeypatch.setattr(Task, "apply_async", down)
    assert posting.post(client, path, form_for(path)).status_code == 200
    assert ProviderEvent.objects.filter(handled_at=None).count() == 1


@pytest.mark.parametrize("path", PATHS)
def test_the_same_event_again_changes_nothing(client: Client, path: str) -> None:
    form = form_for(path)
    for _ in range(3):
        assert posting.post(client, path, form).status_code == 200
    assert ProviderEvent.objects.count() == 1


def test_the_first_words_of_a_repeated_sid_stand(client: Client) -> None:
    sid = posting.new_sid()
    posting.text(client, sender=ALICE, body="YES", sid=sid)
    posting.text(client, sender=ALICE, body="NO", sid=sid)
    assert ProviderEvent.objects.get().payload["Body"] == "YES"


@pytest.mark.parametrize("body", ["", "👍🏽", "x" * 10_000, "sí, por favor", "a\r\nb"])
def test_any_body_is_stored_as_it_came(client: Client, body: str) -> None:
    assert posting.text(client, sender=ALICE, body=body).status_code == 200
    assert ProviderEvent.objects.get().payload["Body"] == body


def test_rule_11_nul_characters_are_dropped(client: Client) -> None:
    assert posting.text(client, sender=ALICE, body="Y\x00ES\x00").status_code == 200
    assert ProviderEvent.objects.get().payload["Body"] == "YES"


def test_nul_in_the_name_of_a_field_is_no_error(client: Client) -> None:
    form = {**form_for(posting.INBOUND), "Odd\x00Name": "x"}
    assert posting.post(client, posting.INBOUND, form).status_code == 200


def test_a_text_without_a_body_is_stored(client: Client) -> None:
    form = form_for(posting.INBOUND)
    del form["Body"]
    assert posting.post(client, posting.INBOUND, form).status_code == 200


@pytest.mark.parametrize(("sent", "read"), [(base64.b64encode(b"YES").decode(), "YES"), ("YES!", "YES!")])
def test_rule_11_a_body_in_base64_is_decoded(client: Client, sent: str, read: str) -> None:
    form = {**form_for(posting.INBOUND), "Body": sent, "BodyEncoding": "base64"}
    posting.post(client, posting.INBOUND, form)
    assert ProviderEvent.objects.get().payload["Body"] == read


def test_rule_11_unknown_fields_are_kept(client: Client) -> None:
    posting.post(client, posting.INBOUND, {**form_for(posting.INBOUND), "NewThing": "7"})
    assert ProviderEvent.objects.get().payload["NewThing"] == "7"


@pytest.mark.parametrize("ours", ["", "not-a-uuid", uuid.uuid4()])
def test_a_status_of_a_text_nobody_knows_is_stored(client: Client, ours: object) -> None:
    answer = posting.report(client, sid="SMx", word="delivered", ours=ours)
    assert answer.status_code == 200
    assert ProviderEvent.objects.count() == 1


def test_a_webhook_changes_no_message(client: Client, django_assert_num_queries: Any) -> None:
    message: Message = MessageFactory()
    with django_assert_num_queries(1):
        posting.report(client, sid="SMx", word="failed", ours=message.uuid)
    message.refresh_from_db()
    assert message.status == "queued"
