"""Faults of files, conflicts, no-shows and moved visits."""

from tests.faults import Fault

BOOKING = "tests/clinic/test_booking.py::"
CANCELLING = "tests/clinic/test_cancelling.py::"
GONE = "tests/offers/test_verb_time_gone.py::"

FAULTS = (
    Fault(
        "two first bookings of one patient do not take turns",
        "clinic/booking.py",
        "    _lock_patient(booking.patient_id)\n",
        "",
        "tests/races/test_files.py::test_two_first_bookings_of_one_patient_make_one_file",
    ),
    Fault(
        "a room of another clinic is booked",
        "clinic/booking.py",
        'found = wanted.filter(pk__in=booking.resource_ids, clinic=booking.clinic_id).order_by("pk")',
        "found = wanted.filter(pk__in=booking.resource_ids)",
        BOOKING + "test_a_room_of_another_clinic_is_none",
    ),
    Fault(
        "a moved visit keeps its time",
        "offers/opening.py",
        "if appointment is None or appointment.status not in FREED:",
        'if appointment is None or appointment.status != "cancelled":',
        BOOKING + "test_a_visit_that_is_moved_frees_its_time_for_the_waitlist",
    ),
    Fault(
        "a fact of the EHR is made a no-show",
        "clinic/attending.py",
        "    begun = begun.filter(is_fact=False)\n",
        "",
        BOOKING + "test_who_is_not_seen_until_the_clinics_delay_is_a_no_show",
    ),
    Fault(
        "the winner is booked without the room",
        "offers/accepting.py",
        "        resource_ids=slots.rooms_of(slot),\n",
        "",
        GONE + "test_the_winner_has_the_room_of_the_visit_that_was_there",
    ),
    Fault(
        "a visit is booked on a closed day",
        "clinic/booking.py",
        "if may_be_closed and is_closed(",
        "if False and is_closed(",
        GONE + "test_a_yes_for_a_day_that_was_closed_meanwhile_is_answered_truthfully",
    ),
    Fault(
        "people are asked for a closed day",
        "offers/slots.py",
        "return booking.ClinicClosed if is_closed else None",
        "return None",
        GONE + "test_nobody_is_asked_for_a_day_on_which_the_clinic_is_closed",
    ),
    Fault(
        "people are asked too soon after their last visit",
        "waitlist/matching.py",
        '"has_interval": slot.visit_type.min_interval_days > 0,',
        '"has_interval": False,',
        GONE + "test_nobody_is_asked_too_soon_after_the_last_visit_of_the_kind",
    ),
    Fault(
        "a patient hears nothing of a visit that is cancelled",
        "offers/receivers.py",
        "    if tells_patient:\n        confirming.owe_cancelled(",
        "    if not tells_patient:\n        confirming.owe_cancelled(",
        CANCELLING + "test_the_patient_is_told_once_when_the_grace_is_over",
    ),
    Fault(
        "somebody whose visit stands again hears that it is off",
        "offers/confirming.py",
        "or (is_off and _is_booked_anew(visit))",
        "",
        CANCELLING + "test_who_has_the_same_time_again_is_not_told_that_it_is_off",
    ),
    Fault(
        "a reason books against a block",
        "clinic/scheduling.py",
        "if not booking.override.strip() or any(conflict.is_block for conflict in found):",
        "if not booking.override.strip():",
        BOOKING + "test_staff_book_against_a_warning_with_a_reason_and_never_against_a_block",
    ),
)
