"""Who may be asked for a slot, and the first rule that says no."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from clinic.models import Patient
from messaging import optout
from offers import bars
from offers.models import Cancellation
from offers.states import OfferStatus
from tests import factories
from waitlist import matching, scoring
from waitlist.matching import Decisions
from waitlist.models import WaitlistEntry
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)


@pytest.fixture
def slot() -> Cancellation:
    """Tomorrow at 10:00 in Chicago, half an hour."""
    starts = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
    visit = factories.VisitTypeFactory.create(duration_minutes=30)
    made: Cancellation = factories.CancellationFactory.create(
        starts_at=starts, ends_at=starts + timedelta(minutes=30), visit_type=visit
    )
    return made


def waits(slot: Cancellation, **fields: Any) -> WaitlistEntry:
    plain = {"clinic": slot.clinic, "visit_type": slot.visit_type, "provider": None, "joined_at": NOW}
    entry: WaitlistEntry = factories.WaitlistEntryFactory.create(**{**plain, **fields})
    return entry


def decide(slot: Cancellation) -> Decisions:
    freed_by = slot.appointment.patient_id if slot.appointment else None
    wanted = matching.Slot(
        clinic=slot.clinic,
        provider=slot.provider,
        visit_type=slot.visit_type,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        freed_by_patient_id=freed_by,
    )
    return matching.decide(slot=wanted, now=NOW, bars=bars.for_slot(slot=slot, now=NOW))


def booked(entry: WaitlistEntry, starts_at: datetime) -> Any:
    when = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=30)}
    return factories.AppointmentFactory.create(patient=entry.patient, clinic=entry.clinic, **when)


def asked(entry: WaitlistEntry, *, times: int = 1, at: datetime = NOW, **fields: Any) -> None:
    for _ in range(times):
        about = {"entry": entry, "patient": entry.patient, "phone": entry.patient.phone}
        held = {"created_at": at, "hold_expires_at": at, "status": OfferStatus.TAKEN}
        factories.OfferFactory.create(**{**about, **held, **fields})


def paused(entry: WaitlistEntry, slot: Cancellation) -> None:
    WaitlistEntry.objects.filter(pk=entry.pk).update(status="paused")


def only_mondays(entry: WaitlistEntry, slot: Cancellation) -> None:
    entry.availability.create(weekday=0, start=time(8), end=time(18))


def has_visit(entry: WaitlistEntry, starts_at: datetime) -> None:
    WaitlistEntry.objects.filter(pk=entry.pk).update(current_appointment=booked(entry, starts_at))


def changed(**fields: Any) -> Callable[[WaitlistEntry, Cancellation], None]:
    def change(entry: WaitlistEntry, slot: Cancellation) -> None:
        WaitlistEntry.objects.filter(pk=entry.pk).update(**fields)

    return change


def patient(**fields: Any) -> Callable[[WaitlistEntry, Cancellation], None]:
    def change(entry: WaitlistEntry, slot: Cancellation) -> None:
        Patient.objects.filter(pk=entry.patient_id).update(**fields)

    return change


@pytest.mark.parametrize(
    ("make_so", "reason"),
    [
        (lambda e, s: None, Reason.ELIGIBLE),
        (paused, Reason.PAUSED),
        (changed(expires_at=NOW, joined_at=NOW - timedelta(days=1)), Reason.EXPIRED),
        (lambda e, s: changed(provider=factories.ProviderFactory())(e, s), Reason.WRONG_PROVIDER),
        (changed(provider_type="astrologer"), Reason.WRONG_PROVIDER_TYPE),
        (lambda e, s: changed(visit_type=factories.VisitTypeFactory())(e, s), Reason.WRONG_VISIT_TYPE),
        (only_mondays, Reason.NOT_FREE),
        (changed(min_notice_minutes=24 * 60 + 1), Reason.TOO_LITTLE_NOTICE),
        (patient(status="inactive"), Reason.PATIENT_INACTIVE),
        (lambda e, s: has_visit(e, s.starts_at - timedelta(days=1)), Reason.NOT_EARLIER),
        (patient(phone=""), Reason.NO_PHONE),
        (patient(sms_consent=False), Reason.NO_CONSENT),
        (
            lambda e, s: optout.suppress(phone=e.patient.phone, words="", source="text", now=NOW),
            Reason.OPTED_OUT,
        ),
        (lambda e, s: asked(e, cancellation=s, at=NOW - timedelta(days=9)), Reason.ALREADY_ASKED),
        (lambda e, s: asked(e, status=OfferStatus.PENDING), Reason.PHONE_BUSY),
        (lambda e, s: asked(e, times=3), Reason.DAY_CAP),
        (lambda e, s: asked(e, times=7, at=NOW - timedelta(days=3)), Reason.WEEK_CAP),
        (lambda e, s: asked(e, status=OfferStatus.DECLINED), Reason.COOL_DOWN),
        (lambda e, s: booked(e, s.starts_at + timedelta(minutes=15)), Reason.ALREADY_BOOKED),
    ],
)
def test_the_first_rule_that_says_no_is_told(make_so: Any, reason: Reason, slot: Cancellation) -> None:
    entry = waits(slot)
    make_so(entry, slot)
    decisions = decide(slot)
    assert decisions.entry_ids == [entry.pk]
    assert Reason(decisions.reasons[0]) == reason


def test_a_visit_that_does_not_fit_the_length_is_not_offered(slot: Cancellation) -> None:
    waits(slot)
    slot.visit_type.duration_minutes = 45
    assert decide(slot).reasons == [Reason.TOO_SHORT]


def test_whoever_gave_the_slot_up_is_not_asked_for_it(slot: Cancellation) -> None:
    entry = waits(slot)
    slot.appointment = booked(entry, slot.starts_at)
    assert decide(slot).reasons == [Reason.OWN_SLOT]


def test_those_who_are_free_then_may_be_asked(slot: Cancellation) -> None:
    entry = waits(slot)
    entry.availability.create(weekday=1, start=time(10), end=time(10, 30))
    assert decide(slot).eligible_count == 1


def test_sql_and_the_pure_formula_give_the_same_points(slot: Cancellation) -> None:
    entries = {}
    for number in range(60):
        entry = waits(
            slot,
            urgent=number % 3 == 0,
            manual_boost=number % 41,
            joined_at=NOW - timedelta(days=2 * number, minutes=number),
        )
        current = NOW + timedelta(days=2 + number) if number % 4 else None
        if current:
            has_visit(entry, current)
        entries[entry.pk] = (entry, current)
    decisions = decide(slot)
    zone = slot.clinic.zone
    for entry_id, packed in zip(decisions.entry_ids, decisions.parts, strict=True):
        entry, current = entries[entry_id]
        assert scoring.unpack(packed) == scoring.score(
            urgent=entry.urgent,
            manual_boost=entry.manual_boost,
            current_on=current.astimezone(zone).date() if current else None,
            joined_at=entry.joined_at,
            now=NOW.astimezone(zone),
        )


def test_the_best_come_first_then_the_earliest_then_the_lowest_id(slot: Cancellation) -> None:
    late, early = waits(slot), waits(slot, joined_at=NOW - timedelta(days=1))
    twin, boosted = waits(slot), waits(slot, manual_boost=1)
    assert decide(slot).entry_ids == [boosted.pk, early.pk, late.pk, twin.pk]


def test_entries_of_another_clinic_are_not_looked_at(slot: Cancellation) -> None:
    factories.WaitlistEntryFactory.create(visit_type=slot.visit_type)
    assert decide(slot).entry_ids == []


def test_every_entry_is_decided_once_whatever_is_said_against_it(slot: Cancellation) -> None:
    entries = [waits(slot) for _ in range(6)]
    paused(entries[1], slot)
    changed(expires_at=NOW, joined_at=NOW - timedelta(days=1), status="paused")(entries[2], slot)
    changed(visit_type=factories.VisitTypeFactory())(entries[3], slot)
    only_mondays(entries[4], slot)
    patient(phone="")(entries[5], slot)
    decisions = decide(slot)
    assert sorted(decisions.entry_ids) == [entry.pk for entry in entries]
    assert len(decisions.reasons) == len(decisions.parts) == len(entries)
    assert decisions.reasons[:1] == [Reason.ELIGIBLE]


@pytest.mark.parametrize(("start", "end"), [(time(10, 15), time(12)), (time(8), time(10, 15))])
def test_one_window_must_hold_the_whole_visit(start: time, end: time, slot: Cancellation) -> None:
    entry = waits(slot)
    entry.availability.create(weekday=1, start=start, end=end)
    entry.availability.create(weekday=2, start=time(8), end=time(18))
    assert decide(slot).reasons == [Reason.NOT_FREE]


@pytest.mark.parametrize(("days", "points"), [(8, 0), (9, 1), (17, 1), (18, 2)])
def test_a_point_of_seniority_comes_with_the_last_second_of_its_ninth_day(
    days: int, points: int, slot: Cancellation
) -> None:
    waits(slot, joined_at=NOW - timedelta(days=days))
    waits(slot, joined_at=NOW - timedelta(days=days) + timedelta(microseconds=1))
    exactly, just_not = (scoring.unpack(packed).seniority for packed in decide(slot).parts)
    assert (exactly, just_not) == (points, max(0, points - (days % 9 == 0)))
