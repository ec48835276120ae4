"""What waits for a person: mapped, replayed or put aside."""

from __future__ import annotations

import pytest
from django.utils import timezone

from clinic.models import Appointment
from core.models import AuditEvent
from core.transitions import StaleState
from integrations import handling, parking, sealing
from integrations.codes import Meaning
from integrations.facts import Code, Park, Standing, Why
from integrations.models import FeedCode, FeedMessage, Parked
from tests.factories import ProviderFactory
from tests.integrations.feed import Feed

pytestmark = pytest.mark.django_db


def unknown(feed: Feed, *, key: str = "A1") -> FeedMessage:
    return feed.says(feed.visit(keys=(key,), provider=Code(value="DR9", text="House")))


def mapped(feed: Feed) -> int:
    provider = ProviderFactory(clinics=[feed.clinic])
    item = Parked.objects.order_by("pk").first()
    assert item is not None
    meaning = Meaning(record_id=provider.pk)
    return parking.map_code(parked_id=item.pk, meaning=meaning, by="manager", now=timezone.now())


def test_a_mapped_code_lets_every_message_go_on_that_waited_for_it(feed: Feed) -> None:
    unknown(feed)
    unknown(feed, key="A2")
    assert mapped(feed) == 2
    handling.sweep(clock=timezone.now)
    assert FeedCode.objects.get(value="DR9").text == "House"
    assert Appointment.objects.filter(status="booked").count() == 2
    assert not parking.waiting().exists()


def test_what_was_mapped_and_replayed_is_in_the_audit_trail(feed: Feed) -> None:
    unknown(feed)
    mapped(feed)
    lines = AuditEvent.objects.filter(actor="manager").order_by("pk")
    assert list(lines.values_list("verb", flat=True)) == ["feed.code_mapped", "feed.replayed"]


def test_a_replayed_message_that_still_cannot_be_done_waits_again(feed: Feed) -> None:
    message = unknown(feed)
    parking.replay(message_id=message.pk, by="manager", now=timezone.now())
    handling.sweep(clock=timezone.now)
    assert list(Parked.objects.order_by("pk").values_list("resolution", flat=True)) == ["replayed", ""]


def test_an_older_message_that_is_replayed_changes_nothing_that_was_said_since(feed: Feed) -> None:
    message = unknown(feed)
    feed.says(feed.visit(Standing.CANCELLED))
    mapped(feed)
    assert handling.handle(message_id=message.pk, now=timezone.now()) == "handled"
    assert not Appointment.objects.exists()


def test_a_message_is_put_aside_with_a_reason(feed: Feed) -> None:
    message = unknown(feed)
    parking.dismiss(message_id=message.pk, reason="A test of theirs", by="manager", now=timezone.now())
    message.refresh_from_db()
    assert (message.status, Parked.objects.get().reason) == ("dismissed", "A test of theirs")
    assert AuditEvent.objects.filter(verb="feed.dismissed").get().reason == "A test of theirs"


def test_nothing_is_put_aside_without_a_reason(feed: Feed) -> None:
    message = unknown(feed)
    with pytest.raises(parking.ParkingError):
        parking.dismiss(message_id=message.pk, reason=" ", by="manager", now=timezone.now())
    assert parking.waiting().count() == 1


@pytest.mark.parametrize("verb", [parking.replay, parking.dismiss])
def test_what_does_not_wait_is_neither_replayed_nor_put_aside(feed: Feed, verb: object) -> None:
    message = feed.says(feed.visit())
    more = {"reason": "why"} if verb is parking.dismiss else {}
    with pytest.raises(StaleState):
        verb(message_id=message.pk, by="manager", now=timezone.now(), **more)  # type: ignore[operator]


def test_a_word_for_a_status_is_mapped_for_the_readers(feed: Feed) -> None:
    feed.says(Park(Why.UNREADABLE, "MSH"))
    item = Parked.objects.get()
    Parked.objects.update(why="unknown_status", code_kind="status", code="GONE")
    meaning = Meaning(standing="cancelled")
    parking.map_code(parked_id=item.pk, meaning=meaning, by="manager", now=timezone.now())
    from integrations import reading

    assert reading.settings_of(feed.source).statuses == {"GONE": Standing.CANCELLED}


def test_an_item_without_a_code_is_not_mapped(feed: Feed) -> None:
    feed.says(Park(Why.UNREADABLE, "MSH"))
    with pytest.raises(parking.ParkingError):
        mapped(feed)


def test_a_message_sealed_with_a_lost_key_waits_for_a_person(feed: Feed, settings: object) -> None:
    message = feed.sends(feed.visit())
    settings.FIELD_ENCRYPTION_KEYS = ["b-key-for-the-tests-only-0123456789-0123456="]  # type: ignore[attr-defined]
    handling.handle(message_id=message.pk, now=timezone.now())
    assert Parked.objects.get().why == "unreadable"


def test_the_first_key_seals_and_every_key_opens(settings: object) -> None:
    old = sealing.seal(b"said")
    keys = ["b-key-for-the-tests-only-0123456789-0123456=", *settings.FIELD_ENCRYPTION_KEYS]  # type: ignore[attr-defined]
    settings.FIELD_ENCRYPTION_KEYS = keys  # type: ignore[attr-defined]
    new = sealing.seal(b"said")
    assert sealing.unseal(old) == sealing.unseal(new) == b"said"
    settings.FIELD_ENCRYPTION_KEYS = keys[1:]  # type: ignore[attr-defined]
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(new)


def test_without_keys_nothing_is_stored(settings: object) -> None:
    settings.FIELD_ENCRYPTION_KEYS = []  # type: ignore[attr-defined]
    with pytest.raises(sealing.NoKeys):
        sealing.seal(b"said")
