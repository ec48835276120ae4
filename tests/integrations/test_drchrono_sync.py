"""Reading drchrono over real HTTP: paging, limits, tokens, broken pages; what is read becomes ours."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from clinic import consenting
from clinic.models import Appointment, Patient
from integrations import handling, sealing
from integrations.drchrono import accounts, syncing, throttling
from integrations.drchrono.client import Busy
from integrations.models import (
    ApiAllowance,
    DrchronoAccount,
    DrchronoCursor,
    DrchronoRecord,
    FeedCode,
    FeedMessage,
    Parked,
)
from tests.integrations.drchrono_api import appointment, patient
from tests.integrations.practice import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("under", ["results", "data"])
def test_every_page_is_read_whatever_the_list_is_called(world: World, under: str) -> None:
    world.api.under = under
    world.api.pages["appointments"] = [[appointment(1)], [appointment(2)], [appointment(3)]]
    world.sync()
    assert world.read() == ["1", "2", "3"]


def test_a_visit_stands_in_our_calendar_on_the_clock_of_its_office(world: World) -> None:
    world.api.pages["appointments"] = [[appointment(1)]]
    world.sync()
    visit = Appointment.objects.get()
    # Ten o'clock in Denver, not in Chicago, where the source is.
    assert visit.starts_at.isoformat() == "2026-03-09T16:00:00+00:00"
    assert (visit.is_fact, visit.patient.language, visit.patient.sms_consent) == (True, "es", False)


def test_a_visit_whose_patient_a_later_page_brings_stands_then(world: World) -> None:
    world.api.pages["patients"] = [[]]
    world.api.pages["appointments"] = [[appointment(1)]]
    world.sync()
    assert (Parked.objects.get().why, Appointment.objects.count()) == ("unknown_patient", 0)
    world.api.pages["patients"] = [[patient(77)]]
    world.sync(minutes=5)
    handling.sweep(clock=timezone.now)
    assert (Parked.objects.get().resolution, Appointment.objects.count()) == ("replayed", 1)


def test_the_second_run_asks_for_what_has_changed_since(world: World) -> None:
    world.api.pages["appointments"] = [[appointment(1)]]
    world.sync()
    world.sync(minutes=5)
    first, second = world.api.calls("appointments")
    assert "date_range=2026-03-01%2F2026-08-29" in first
    assert "since=2026-03-01" in second
    assert FeedMessage.objects.filter(kind__startswith="drchrono.appointment").count() == 1


def test_before_its_time_nothing_is_read(world: World) -> None:
    world.sync()
    asked = len(world.api.requests)
    world.sync(seconds=60)
    assert len(world.api.requests) == asked


def test_a_cancellation_of_now_is_offered_and_one_of_the_first_run_is_not(world: World) -> None:
    world.api.pages["appointments"] = [[appointment(1), appointment(2, scheduled_time="2026-03-09T11:00:00")]]
    world.sync()
    gone = appointment(1, status="Cancelled", updated_at="2026-03-02T10:02:00")
    world.api.pages["appointments"] = [[gone]]
    world.sync(minutes=5)
    assert Appointment.objects.get(status="cancelled").ask_first is False
    late = appointment(2, status="Cancelled", updated_at="2026-03-02T12:00:00")
    world.api.pages["appointments"] = [[late]]
    world.sync(hours=3)
    assert Appointment.objects.filter(status="cancelled", ask_first=True).count() == 1


def test_too_many_calls_are_left_alone_for_as_long_as_the_api_says(world: World) -> None:
    world.api.faults = ["429"]
    world.sync()
    asked = len(world.api.requests)
    world.sync(seconds=60)
    assert len(world.api.requests) == asked
    world.api.pages["appointments"] = [[appointment(1)]]
    world.sync(seconds=61)
    assert world.read() == ["1"]


def test_an_expired_token_is_renewed_once_and_kept_sealed(world: World) -> None:
    world.api.tokens = {"another"}
    world.api.pages["appointments"] = [[appointment(1)]]
    world.sync()
    assert world.read() == ["1"]
    assert [asked["grant_type"] for asked in world.api.renewals] == [["refresh_token"]]
    account = DrchronoAccount.objects.get()
    assert sealing.unseal(bytes(account.access_token)) == b"token-1"
    assert b"token-1" not in bytes(account.access_token)


def test_a_right_that_was_taken_back_is_shown_and_never_asked_for_again(world: World) -> None:
    world.api.tokens, world.api.refuses_renewal = {"another"}, True
    world.sync()
    assert DrchronoAccount.objects.get().lost == "refused"
    world.sync(hours=1)
    assert len(world.api.renewals) == 1


def test_a_malformed_page_is_kept_for_staff_and_read_again(world: World) -> None:
    world.api.pages["appointments"] = [[appointment(1)], b'{"results": [{"no id": 1}]}', [appointment(3)]]
    world.sync()
    assert (world.read(), world.cursor().trouble) == (["1"], "malformed")
    assert Parked.objects.get().why == "unreadable"
    world.sync(seconds=40)
    assert Parked.objects.count() == 1
    world.api.pages["appointments"][1] = [appointment(2)]
    world.sync(minutes=40)
    assert (world.read(), world.cursor().trouble) == (["1", "2", "3"], "")


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"results": {}}',
        b'{"data": [1], "next": null}',
        b'{"results": [], "next": 7}',
        b'\xff{"results": []}',
        b'{"results": [], "next": "https://elsewhere.example.org/api"}',
    ],
)
def test_whatever_is_no_page_is_malformed(world: World, page: bytes) -> None:
    world.api.pages["appointments"] = [page]
    world.sync()
    assert world.cursor().trouble == "malformed"


@pytest.mark.parametrize("fault", ["reset", "500", "503", "404", "redirect", "slow"])
def test_a_call_that_fails_is_made_again_and_nothing_is_lost(
    world: World, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "TIMEOUT_SECONDS", 0.3)
    world.api.faults = [fault]
    world.api.pages["appointments"] = [[appointment(1)]]
    world.sync()
    world.sync(minutes=2)
    assert world.read() == ["1"]
    assert not DrchronoCursor.objects.exclude(trouble="").exists()


def test_somebody_who_wants_no_texts_or_has_died_or_left_is_known_as_such(world: World) -> None:
    world.api.pages["patients"] = [
        [patient(1, last_name="Away", patient_status="I"), patient(2, last_name="Dead", patient_status="D"),
         patient(3, last_name="Gone", date_of_death="2026-02-01")],
    ]  # fmt: skip
    world.sync()
    found = dict(Patient.objects.values_list("last_name", "status"))
    assert found == {"Away": "inactive", "Dead": "deceased", "Gone": "deceased"}


def test_a_refusal_of_texts_there_takes_back_what_was_agreed_here(world: World) -> None:
    world.sync()
    known = Patient.objects.get()
    word = consenting.Word(channel="sms", given=True, source="staff", words="Text me.")
    consenting.record(patient_id=known.pk, word=word, by="frontdesk", now=timezone.now())
    world.api.pages["patients"] = [[patient(77, disable_sms_messages=True, updated_at="2026-03-02")]]
    world.sync(minutes=5)
    known.refresh_from_db()
    assert known.sms_consent is False


def test_the_primary_doctor_is_kept(world: World) -> None:
    world.sync()
    provider = FeedCode.objects.get(kind="provider").provider
    assert Patient.objects.get().primary_provider == provider


def test_of_a_record_no_more_is_kept_than_is_read(world: World) -> None:
    notes = "SECRET [waitlist WABCD2345ABCD2345] SECRET"
    world.api.pages["appointments"] = [[appointment(1, notes=notes)]]
    world.sync()
    bodies = b"".join(sealing.unseal(bytes(row.body)) for row in FeedMessage.objects.all())
    assert b"SECRET" not in bodies
    assert b'"[waitlist WABCD2345ABCD2345]"' in bodies


def test_doctors_and_offices_are_offered_for_mapping(world: World) -> None:
    world.api.pages["doctors"] = [
        [{"id": 9, "first_name": "Eve", "last_name": "Orr", "timezone": "US/Pacific"}]
    ]
    world.api.pages["offices"] = [[{"id": 5, "name": "Downtown", "archived": True}]]
    world.sync()
    rows = DrchronoRecord.objects.order_by("listing").values_list("key", "name", "timezone", "is_gone")
    assert list(rows) == [("9", "Eve Orr", "US/Pacific", False), ("5", "Downtown", "", True)]


def test_the_hour_has_its_limit_and_some_calls_are_left_for_bookings(world: World) -> None:
    now = timezone.now()
    throttling.take(name="app", now=now)
    ApiAllowance.objects.update(used=450)
    with pytest.raises(Busy) as busy:
        throttling.take(name="app", now=now, limit=450)
    assert busy.value.wait == timedelta(hours=1)
    assert throttling.take(name="app", now=now + timedelta(seconds=1)) == timedelta(0)


def test_ten_calls_at_once_are_spread_over_more_than_a_second(world: World) -> None:
    now = timezone.now()
    waits = [throttling.take(name="app", now=now) for _ in range(10)]
    assert max(waits) > timedelta(seconds=1)
    assert len(set(waits)) == 10


def test_the_count_begins_anew_with_the_full_hour(world: World) -> None:
    now = timezone.now()
    throttling.take(name="app", now=now)
    ApiAllowance.objects.update(used=500)
    assert throttling.take(name="app", now=now + timedelta(hours=1)) == timedelta(0)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_many_who_find_the_token_expired_one_renews_it(world: World) -> None:
    found: list[str] = []

    def renew() -> None:
        tokens = accounts.KeptTokens(source_id=world.source.pk, clock=timezone.now)
        found.append(tokens.renewed(instead_of="a-token"))
        connection.close()

    threads = [threading.Thread(target=renew) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, len(world.api.renewals)) == (["token-1"] * 6, 1)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_who_turn_a_page_one_moves_the_mark(world: World) -> None:
    world.api.pages["appointments"] = [[appointment(1)], [appointment(2)], [appointment(3)]]

    def run() -> None:
        syncing.sync_due(clock=timezone.now)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    syncing.sync_due(clock=lambda: timezone.now() + timedelta(minutes=3))
    assert (world.read(), world.cursor().pages) == (["1", "2", "3"], 3)
