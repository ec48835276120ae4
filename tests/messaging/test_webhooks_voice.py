"""The doors of a call: signed as those of the texts are; no error and no booking, whatever is posted."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from clinic.models import Appointment
from messaging import calling, events, inbox
from messaging.models import Message, ProviderEvent
from offers import replies, texts
from offers.models import Offer
from offers.states import CancellationStatus
from tests.factories import CancellationFactory, MessageFactory, OfferFactory, fictional_phone, in_hours
from tests.messaging import posting, test_signatures
from tests.messaging.test_signatures import ACCOUNT, NEW, OLD, PUBLIC_URL, post

pytestmark = pytest.mark.django_db
VOICE = "/webhooks/twilio/voice"
M = "5f6e0c3a-8a0e-4a8e-9c53-0d8f3f0f6a11"
FORM = {"AccountSid": ACCOUNT, "CallSid": "CA1", "CallStatus": "in-progress"}
FORM |= {"From": "+15005550006", "To": "+13125550142"}
# Made with openssl, not with the library that checks them.
VECTORS = {
    "picked up": (f"{VOICE}/?m={M}", {**FORM, "AnsweredBy": "human"}, "A8mlt/R43DdEPL44xAjgQpkBEz0="),
    "a key": (f"{VOICE}/answer/?m={M}&n=1", {**FORM, "Digits": "1"}, "9TOLsLTXmnUYLX153QNHV3ufvgA="),
    "what comes": (f"{VOICE}/outcome/?m={M}&n=1&t=3", FORM, "wYVdErcB3KiibXiwloFI9r6LAa0="),
    "said": (f"{VOICE}/said/?m={M}&n=1", FORM, "33b/vL+V3DZuWNRLHRxUHZ2RSKE="),
    "the end": (
        f"{VOICE}/status/?m={M}",
        {**FORM, "CallStatus": "completed"},
        "y5olPitDOEmWtQveJgVHvMmpV/g=",
    ),
}
STEPS = ["/", "/answer/", "/outcome/", "/said/", "/status/"]
fuzzed = how(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def vectors(settings: Any) -> None:
    settings.PUBLIC_URL, settings.TWILIO_ACCOUNT_SID = PUBLIC_URL, ACCOUNT
    settings.TWILIO_AUTH_TOKENS = [OLD, NEW]


@pytest.mark.usefixtures("vectors")
class TestSignatures:
    @pytest.mark.parametrize("name", VECTORS)
    def test_a_true_signature_is_taken(self, client: Client, name: str) -> None:
        path, form, signature = VECTORS[name]
        assert post(client, path, form, signature) == 200

    @pytest.mark.parametrize("name", VECTORS)
    @pytest.mark.parametrize(
        "more", [{"Digits": "9"}, {"To": "+13125550143"}, {"AccountSid": "AC" + "f" * 32}, {"New": "1"}]
    )
    def test_a_form_that_was_changed_is_refused(
        self, client: Client, name: str, more: dict[str, str]
    ) -> None:
        path, form, signature = VECTORS[name]
        assert post(client, path, form | more, signature) == 403
        assert not ProviderEvent.objects.exists()

    @pytest.mark.parametrize("query", [f"m={M}&n=2", f"m={uuid.UUID(int=1)}&n=1", "", f"n=1&m={M}"])
    def test_a_query_that_was_changed_is_refused(self, client: Client, query: str) -> None:
        _, form, signature = VECTORS["a key"]
        assert post(client, f"{VOICE}/answer/?{query}", form, signature) == 403

    @pytest.mark.parametrize("name", VECTORS)
    @pytest.mark.parametrize("signature", ["", None, "yes", "%%%"])
    def test_a_malformed_signature_is_refused(self, client: Client, name: str, signature: str | None) -> None:
        path, form, _ = VECTORS[name]
        assert post(client, path, form, signature) == 403

    def test_every_token_of_the_list_verifies(self, client: Client) -> None:
        path, form, _ = VECTORS["a key"]
        signature = test_signatures.signed(PUBLIC_URL + path, form, token=NEW)
        assert post(client, path, form, signature) == 200


def ringing(**fields: Any) -> Message:
    """A call about an offer, as it was placed."""
    slot = CancellationFactory(status=CancellationStatus.OFFERING, next_step_at=in_hours(1))
    offer: Offer = OfferFactory(cancellation=slot, hold_expires_at=in_hours(1))
    about = texts.related(slot=slot, patient_id=offer.patient_id, offer=offer)
    placed = {"channel": "voice", "to": offer.phone, "related": about, "body": "Press 1.", "status": "sent"}
    placed |= {"template": "call_offer/en@1", "twilio_sid": f"CA{uuid.uuid4().hex}"}
    message: Message = MessageFactory(**{**placed, **fields})
    return message


def form_of(call: Message, **fields: str) -> dict[str, str]:
    from django.conf import settings

    form = {"AccountSid": settings.TWILIO_ACCOUNT_SID, "CallSid": call.twilio_sid or "", "To": call.to}
    return {**form, "From": posting.CLINIC_NUMBER, "CallStatus": "in-progress", **fields}


def path_of(call: Message, step: str, more: str = "") -> str:
    return f"{VOICE}{step}?m={call.uuid}{more}"


@pytest.mark.parametrize("name", ["CallSid", "From", "To"])
@pytest.mark.parametrize("step", STEPS[:4])
def test_a_request_without_a_needed_field_is_refused(client: Client, name: str, step: str) -> None:
    call = ringing()
    form = form_of(call)
    del form[name]
    assert posting.post(client, path_of(call, step), form).status_code == 400


@pytest.mark.parametrize("step", STEPS[:4])
@pytest.mark.parametrize("query", ["", "?m=", "?m=x"])
def test_a_request_about_no_call_is_refused(client: Client, step: str, query: str) -> None:
    assert posting.post(client, f"{VOICE}{step}{query}", form_of(ringing())).status_code == 400


@pytest.mark.parametrize("step", STEPS[:4])
@pytest.mark.parametrize("other", [{"channel": "sms"}, {"to": fictional_phone(9)}, {"direction": "inbound"}])
def test_what_is_no_call_of_ours_to_that_phone_is_hung_up(
    client: Client, step: str, other: dict[str, str]
) -> None:
    call = ringing(**other)
    form = form_of(call, To=fictional_phone(8), Digits="1")
    answer = posting.post(client, path_of(call, step, "&n=1"), form)
    assert (answer.status_code, "<Hangup" in answer.content.decode()) == (200, True)
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize("step", STEPS)
def test_only_post_is_answered(client: Client, step: str) -> None:
    assert client.get(path_of(ringing(), step)).status_code == 405


@pytest.mark.parametrize("step", ["/", "/answer/", "/status/"])
def test_a_database_that_is_down_is_a_503(client: Client, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("the server closed the connection")

    call = ringing()
    monkeypatch.setattr(events, "prepared", type("Gone", (), {"cursor": staticmethod(gone)}))
    answer = posting.post(client, path_of(call, step, "&n=1"), form_of(call, Digits="1"))
    assert answer.status_code == 503


def test_a_key_is_asked_for_with_one_digit_and_comes_to_the_signed_address(client: Client) -> None:
    call = ringing()
    said = posting.post(client, path_of(call, "/"), form_of(call, AnsweredBy="human")).content.decode()
    assert said.count('numDigits="1"') == 2
    assert f"voice/answer/?m={call.uuid}&amp;n=1#rc=2" in said
    assert said.index("Press 1.") < said.index("Sorry") < said.index("We got no answer")


@pytest.mark.parametrize("by", ["machine_start", "machine_end_beep", "fax"])
def test_a_machine_hears_nothing(client: Client, by: str) -> None:
    call = ringing()
    said = posting.post(client, path_of(call, "/"), form_of(call, AnsweredBy=by)).content.decode()
    assert "<Say" not in said
    assert ProviderEvent.objects.get().kind == "call:machine"


@pytest.mark.parametrize("by", ["human", "unknown", ""])
def test_whoever_may_be_a_person_hears_the_question(client: Client, by: str) -> None:
    call = ringing()
    said = posting.post(client, path_of(call, "/"), form_of(call, AnsweredBy=by)).content.decode()
    assert "Press 1." in said


def test_a_key_is_stored_as_the_words_of_whoever_was_called(client: Client) -> None:
    call = ringing()
    posting.post(client, path_of(call, "/answer/", "&n=1"), form_of(call, Digits="1", New="7"))
    event = ProviderEvent.objects.get()
    assert (event.sid, event.kind, event.phone) == (f"{call.twilio_sid}-1", "inbound", call.to)
    said = {name: event.payload[name] for name in ("From", "To", "Body", "New")}
    assert said == {"From": call.to, "To": posting.CLINIC_NUMBER, "Body": "YES", "New": "7"}


@pytest.mark.parametrize("digits", ["YES", "STOP", "sí"])
def test_a_word_where_a_key_belongs_says_nothing(client: Client, digits: str) -> None:
    call = ringing()
    posting.post(client, path_of(call, "/answer/", "&n=2"), form_of(call, Digits=digits))
    assert ProviderEvent.objects.get().payload["Body"] == "Pressed "


KEYS = st.sampled_from(["1", "2", "9"])
NOISE = st.text(max_size=20).filter(lambda digits: digits not in calling.WORDS) | st.sampled_from(
    ["", "YES", "sí", "11", "1#", " 1", "1 ", "\u0661", "*", "0", "STOP", "9" * 400]
)
QUERIES = st.sampled_from(
    ["&n=1", "&n=2", "&n=0", "&n=99999", "&n=-1", "&n=%D9%A1", "&n=&t=", "&n=1&t=12", ""]
)


def handled(client: Client, path: str, form: dict[str, str]) -> int:
    status = posting.post(client, path, form).status_code
    inbox.sweep(now=timezone.now())
    for pk in Message.objects.filter(direction="inbound").values_list("pk", flat=True):
        replies.answer(message_id=pk, now=timezone.now())
    assert not Message.objects.filter(direction="inbound", outcome="").exists()
    return int(status)


@fuzzed
@given(
    step=st.sampled_from(STEPS),
    query=QUERIES,
    digits=NOISE,
    more=st.dictionaries(st.sampled_from(["AnsweredBy", "CallStatus", "Body", "ErrorCode"]), st.text()),
)
def test_nothing_is_booked_from_noise_and_nothing_is_an_error(
    client: Client, step: str, query: str, digits: str, more: dict[str, str]
) -> None:
    with transaction.atomic():
        call = ringing()
        assert handled(client, path_of(call, step, query), form_of(call, **more, Digits=digits)) in (200, 400)
        assert not Appointment.objects.exists()
        assert not Offer.objects.filter(status="accepted").exists()
        transaction.set_rollback(True)


@fuzzed
@given(
    step=st.sampled_from(STEPS),
    query=st.sampled_from(["", "?m=", "?m=%00", "?m=%5B%5D", f"?m={M}", f"?m={M}&m=x"]),
    form=st.dictionaries(
        st.sampled_from(["CallSid", "From", "To", "Digits", "CallStatus"]), st.text(max_size=900)
    ),
)
def test_whatever_is_signed_is_no_error(client: Client, step: str, query: str, form: dict[str, str]) -> None:
    with transaction.atomic():
        account = {"AccountSid": form_of(ringing())["AccountSid"]}
        assert handled(client, f"{VOICE}{step}{query}", form | account) in (200, 400)
        transaction.set_rollback(True)


@fuzzed
@given(key=KEYS)
def test_the_same_way_the_keys_of_the_menu_do_what_they_say(client: Client, key: str) -> None:
    with transaction.atomic():
        call = ringing()
        handled(client, path_of(call, "/answer/", "&n=1"), form_of(call, Digits=key))
        ended = {"1": "accepted", "2": "declined", "9": "withdrawn"}[key]
        assert Offer.objects.get(pk=call.related["offer"]).status == ended
        transaction.set_rollback(True)
