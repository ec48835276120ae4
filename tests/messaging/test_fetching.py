"""Texts that no webhook brought are fetched from the provider once, and do what they would have done."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from messaging import fetching, inbox, optout
from messaging.models import Message, OwnNumber, ProviderEvent, SimulatedText
from tests.factories import fictional_phone
from tests.messaging import posting
from tests.messaging.posting import CLINIC_NUMBER
from tests.twilio_standin import StandIn

pytestmark = pytest.mark.django_db
ALICE, BOB = fictional_phone(1), fictional_phone(2)
SECOND_NUMBER = "+15005550007"
Texts = Callable[..., Any]


def fetch(clock: time_machine.Traveller, **later: float) -> int:
    """A look of the poller, a minute later unless said."""
    clock.shift(datetime.timedelta(**(later or {"minutes": 1})))
    return fetching.fetch_all(now=timezone.now())


@pytest.fixture
def texts(twilio: StandIn, clock: time_machine.Traveller) -> Texts:
    """Somebody texts a number that we have known for a minute, and no webhook comes."""
    fetching.fetch_all(now=timezone.now())
    clock.shift(datetime.timedelta(minutes=1))

    def text(body: str, *, sender: str = ALICE, to: str = CLINIC_NUMBER, sid: str = "") -> Any:
        clock.shift(datetime.timedelta(seconds=1))
        return posting.lose(twilio, sender=sender, to=to, body=body, sid=sid)

    return text


def bodies() -> list[str]:
    inbox.sweep(now=timezone.now())
    inbox.sweep(now=timezone.now())
    inbox.sweep(now=timezone.now())
    return list(Message.objects.filter(direction="inbound").order_by("pk").values_list("body", flat=True))


def test_rule_13_a_text_that_no_webhook_brought_is_stored_like_one_that_did(texts: Texts, clock: Any) -> None:
    lost = texts("YES")
    assert fetch(clock) == 1
    event = ProviderEvent.objects.get()
    assert (event.provider, event.kind, event.sid, event.phone) == ("twilio", "inbound", lost.sid, ALICE)
    assert (event.payload["Body"], event.payload["To"]) == ("YES", CLINIC_NUMBER)
    assert event.received_at == lost.created_at
    assert bodies() == ["YES"]


def test_what_the_webhook_brought_is_not_stored_again(texts: Texts, clock: Any, client: Client) -> None:
    text = texts("YES")
    posting.text(client, sender=ALICE, body="YES", sid=text.sid)
    assert (fetch(clock), fetch(clock), bodies()) == (0, 0, ["YES"])


def test_a_webhook_that_comes_after_all_changes_nothing(texts: Texts, clock: Any, client: Client) -> None:
    text = texts("YES")
    assert fetch(clock) == 1
    assert posting.text(client, sender=ALICE, body="YES", sid=text.sid).status_code == 200
    assert bodies() == ["YES"]


def test_a_text_is_fetched_once(texts: Texts, clock: Any) -> None:
    texts("YES")
    assert [fetch(clock) for _ in range(4)] == [1, 0, 0, 0]


def test_a_text_whose_webhook_may_still_come_is_left_alone(texts: Texts, clock: Any) -> None:
    texts("YES")
    assert fetch(clock, seconds=20) == 0
    assert fetch(clock) == 1


def test_a_text_that_is_listed_late_is_still_found(texts: Texts, twilio: StandIn, clock: Any) -> None:
    late = texts("YES")
    twilio.inbound.clear()
    assert [fetch(clock) for _ in range(5)] == [0] * 5
    twilio.inbound.append(late)
    assert fetch(clock) == 1


def test_what_came_before_we_knew_the_number_is_not_ours_to_answer(twilio: StandIn, clock: Any) -> None:
    posting.lose(twilio, sender=ALICE, to=CLINIC_NUMBER, body="for somebody before us")
    assert (fetch(clock), fetch(clock), fetch(clock)) == (0, 0, 0)


def test_a_text_to_somebody_else_s_number_of_the_account_is_left_alone(texts: Texts, clock: Any) -> None:
    texts("YES", to=SECOND_NUMBER)
    assert (fetch(clock), ProviderEvent.objects.count()) == (0, 0)


def test_a_number_of_the_service_is_asked_about_from_its_first_text_on(
    texts: Texts, clock: Any, client: Client
) -> None:
    form = posting.text_form(sender=BOB, body="hello") | {"To": SECOND_NUMBER}
    posting.post(client, posting.INBOUND, form)
    assert (bodies(), fetch(clock)) == (["hello"], 0)
    texts("YES", to=SECOND_NUMBER)
    assert fetch(clock) == 1


def test_after_an_outage_of_days_everything_since_is_found_a_day_a_look(texts: Texts, clock: Any) -> None:
    texts("on the first day")
    clock.shift(datetime.timedelta(days=2))
    texts("on the third day")
    assert [fetch(clock) for _ in range(4)] == [1, 0, 1, 0]


def test_a_provider_that_is_away_is_asked_again(texts: Texts, clock: Any, settings: Any) -> None:
    texts("YES")
    base = settings.TWILIO_API_BASE_URL
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"
    assert (fetch(clock), fetch(clock, days=1)) == (0, 0)
    settings.TWILIO_API_BASE_URL = base
    assert fetch(clock) == 1


def test_a_worker_that_dies_in_the_middle_leaves_the_rest_for_the_next_look(
    texts: Texts, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts("first")
    texts("second")
    with monkeypatch.context() as patch:
        patch.setattr(fetching, "_store_missing", dies)
        with pytest.raises(SystemExit):
            fetch(clock)
    assert fetch(clock, minutes=30) == 2


def dies(*args: Any) -> int:
    raise SystemExit


def test_texts_of_one_phone_are_handled_in_the_order_in_which_they_were_sent(
    texts: Texts, clock: Any
) -> None:
    for body in ("first", "second", "third"):
        texts(body)
    assert fetch(clock) == 3
    assert bodies() == ["first", "second", "third"]


def test_two_texts_of_one_second_keep_their_order(twilio: StandIn, texts: Texts, clock: Any) -> None:
    for body in ("first", "second"):
        posting.lose(twilio, sender=ALICE, to=CLINIC_NUMBER, body=body)
    fetch(clock)
    assert bodies() == ["first", "second"]


def test_rule_13_a_lost_stop_is_obeyed(texts: Texts, clock: Any) -> None:
    texts("STOP")
    fetch(clock)
    bodies()
    assert optout.is_suppressed(ALICE)


def test_a_lost_start_does_not_undo_the_stop_that_came_after_it(
    texts: Texts, clock: Any, client: Client
) -> None:
    texts("START")
    clock.shift(datetime.timedelta(seconds=5))
    posting.text(client, sender=ALICE, body="STOP")
    bodies()
    assert (fetch(clock), bodies()) == (1, ["STOP", "START"])
    assert optout.is_suppressed(ALICE)


def test_a_lost_stop_does_not_undo_the_start_that_came_after_it(
    texts: Texts, clock: Any, client: Client
) -> None:
    texts("STOP")
    clock.shift(datetime.timedelta(seconds=5))
    posting.text(client, sender=ALICE, body="START")
    bodies()
    assert (fetch(clock), bodies()) == (1, ["START", "STOP"])
    assert not optout.is_suppressed(ALICE)


def test_the_provider_s_odd_texts_are_no_error(texts: Texts, clock: Any) -> None:
    odd = [("whatsapp:US.1234", ""), ("12345", "a\x00b"), ("", "👍" * 800)]
    for number, (sender, body) in enumerate(odd):
        texts(body, sender=sender, sid=f"MM{number:032d}")
    assert fetch(clock) == 3
    assert bodies() == ["", "ab", "👍" * 800]


def test_the_number_of_a_patient_is_not_in_the_log(texts: Texts, clock: Any, caplog: Any) -> None:
    texts("zebra-marker")
    fetch(clock)
    assert "texts found that no webhook brought" in caplog.text
    assert ALICE not in caplog.text
    assert "zebra-marker" not in caplog.text


def test_the_simulated_phones_are_asked_too(clock: Any, settings: Any) -> None:
    settings.USE_MOCK_TWILIO = True
    fetching.fetch_all(now=timezone.now())
    clock.shift(datetime.timedelta(seconds=1))
    text = {"to": settings.TWILIO_PHONE_NUMBER, "from_number": ALICE, "body": "YES", "inbound": True}
    SimulatedText.objects.create(sid="SM1", created_at=timezone.now(), **text)
    assert (fetch(clock), bodies()) == (1, ["YES"])


def test_the_sweep_by_hand_fetches_as_well(texts: Texts, clock: Any, capsys: Any) -> None:
    texts("YES")
    clock.shift(datetime.timedelta(minutes=1))
    call_command("sweep")
    said = capsys.readouterr().out.strip()
    assert said.startswith("1 events read")
    assert said.endswith("1 lost texts fetched.")
    assert OwnNumber.objects.get().listed_until == timezone.now() - fetching.SETTLING
