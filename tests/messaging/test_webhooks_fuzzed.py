"""Whatever is posted to the webhooks: no error of ours, and no booking from noise."""

import base64
import csv
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clinic.models import Appointment
from messaging import inbox
from messaging.models import Message, ProviderEvent
from offers import replies
from offers.models import Offer
from offers.states import CancellationStatus
from tests.factories import CancellationFactory, OfferFactory, in_hours
from tests.messaging import posting

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).resolve().parents[2] / "offers" / "phrases.csv"
fuzzed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

NAMES = st.sampled_from(
    [
        "MessageSid",
        "From",
        "To",
        "Body",
        "NumMedia",
        "MediaUrl0",
        "OptOutType",
        "BodyEncoding",
        "MessageStatus",
        "ErrorCode",
    ]
)
WORDS = st.text(max_size=40) | st.sampled_from(["", "\x00", "STOP", "START", "YES", "base64", "9" * 400])
FORMS = st.dictionaries(NAMES | st.text(max_size=12), WORDS, max_size=12)
ODD = [f"{posting.STATUS}?m=%00", f"{posting.STATUS}?m=[]"]
PATHS = st.sampled_from([posting.INBOUND, posting.STATUS, *ODD])
TYPES = st.sampled_from(
    [
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=none",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "application/json",
        "text/plain",
        "",
        "/;=",
    ]
)


@fuzzed
@given(path=PATHS, form=FORMS, is_ours=st.booleans())
@example(path=posting.INBOUND, form={"MessageSid": "x" * 900, "From": "\uffff", "To": "1"}, is_ours=True)
def test_no_signed_form_is_an_error(client: Client, path: str, form: dict[str, str], is_ours: bool) -> None:
    account = {"AccountSid": posting.text_form(sender="", body="")["AccountSid"]} if is_ours else {}
    with transaction.atomic():
        assert posting.post(client, path, form | account).status_code in {200, 400, 403}
        # What was stored can be handled, whatever it holds.
        stored = ProviderEvent.objects.count()
        assert inbox.sweep(now=timezone.now()) == stored
        transaction.set_rollback(True)


@fuzzed
@given(path=PATHS, body=st.binary(max_size=300), content_type=TYPES, signature=st.text(max_size=40))
def test_no_body_that_nobody_signed_is_let_in(
    client: Client, path: str, body: bytes, content_type: str, signature: str
) -> None:
    printable = signature.encode("ascii", "ignore").decode().translate({10: "", 13: "", 0: ""})
    headers = {"X-Twilio-Signature": printable}
    answer = client.generic("POST", path, body, content_type=content_type, headers=headers)
    assert answer.status_code in {400, 403}
    assert not ProviderEvent.objects.exists()


def no_yes() -> list[str]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [row["phrase"] for row in csv.DictReader(file) if row["reading"] != "yes"]


# Neither a digit nor a question mark, nor z, j or w, is in any way of saying yes.
FOREIGN = st.builds(
    "{}{}{}".format, st.text(max_size=15), st.sampled_from(list("0123456789?¿zjw½٣")), st.text(max_size=15)
)
BESIDE = st.sampled_from([" but", " if", " not", " no", " maybe", " never", " unless", " pero", " quizás"])
BUT = st.builds("{}{}".format, st.sampled_from(["yes", "Sí", "ok", "👍", "sure"]), BESIDE)
NOISE = FOREIGN | BUT | st.sampled_from(no_yes())


def booked(client: Client, body: str, more: dict[str, str]) -> bool:
    """Whether this text, from a phone that is being asked, books a visit. Nothing of it stays."""
    with transaction.atomic():
        slot = CancellationFactory(status=CancellationStatus.OFFERING, next_step_at=in_hours(1))
        offer = OfferFactory(cancellation=slot, hold_expires_at=in_hours(1))
        form = more | posting.text_form(sender=offer.phone, body=body)
        assert posting.post(client, posting.INBOUND, form).status_code == 200
        inbox.sweep(now=timezone.now())
        for pk in Message.objects.filter(direction="inbound").values_list("pk", flat=True):
            replies.answer(message_id=pk, now=timezone.now())
        booked = Appointment.objects.exists() or Offer.objects.filter(status="accepted").exists()
        assert not Message.objects.filter(direction="inbound", outcome="").exists()
        transaction.set_rollback(True)
    return booked


@fuzzed
@given(body=NOISE, more=FORMS.map(lambda form: {**form, "BodyEncoding": ""}))
def test_no_visit_is_booked_from_noise(client: Client, body: str, more: dict[str, str]) -> None:
    assert not booked(client, body, more)


@fuzzed
@given(body=NOISE)
def test_no_visit_is_booked_from_noise_in_base64(client: Client, body: str) -> None:
    words = base64.b64encode(body.encode()).decode()
    form: dict[str, Any] = {"BodyEncoding": "base64"}
    assert not booked(client, words, form)


@pytest.mark.parametrize("body", ["YES", "sí", "👍", "yes please"])
def test_the_same_way_with_a_yes_books(client: Client, body: str) -> None:
    assert booked(client, body, {"OptOutType": "", "New": "thing"})
