"""Faults of files, conflicts, no-shows and moved visits."""

from tests.faults import Fault

BOOKING = "tests/clinic/test_booking.py::"

FAULTS = (
    Fault(
        "two first bookings of one patient do not take turns",
        "clinic/filing.py",
        "    SELECT FROM clinic_patient WHERE id = %(patient)s FOR NO KEY UPDATE;\n",
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
        "a reason books against a block",
        "clinic/scheduling.py",
        "if not booking.override.strip() or any(conflict.is_block for conflict in found):",
        "if not booking.override.strip():",
        BOOKING + "test_staff_book_against_a_warning_with_a_reason_and_never_against_a_block",
    ),
)
