"""Faults of shadow and of settings, each of which would text, count or overwrite what must be left alone."""

from tests.faults import Fault

FAULTS = (
    Fault(
        "a text of a clinic in shadow passes the gate",
        "offers/shadowing.py",
        "row.kind <> 'test' AND CASE",
        "false AND CASE",
        "tests/offers/test_shadow.py::test_where_no_clinic_is_live_not_even_a_stranger_is_answered",
    ),
    Fault(
        "a slot in shadow asks like any other",
        "offers/rounds.py",
        "    if slot.is_shadow:\n        return shadowing.note",
        "    if False:\n        return shadowing.note",
        "tests/offers/test_shadow.py::test_a_slot_in_shadow_decides_its_rounds_and_asks_nobody",
    ),
    Fault(
        "analytics counts slots in shadow",
        "offers/counting.py",
        "AND NOT slot.is_shadow",
        "",
        "tests/offers/test_shadow.py::test_no_figure_counts_a_slot_in_shadow_and_the_doctor_is_content",
    ),
    Fault(
        "whoever is asked in shadow is busy for real",
        "offers/bars.py",
        "if slot.is_shadow else sql",
        "",
        "tests/offers/test_shadow.py::test_shadow_holds_no_real_person_and_uses_up_no_cap",
    ),
    Fault(
        "a test goes to a patient",
        "offers/testing.py",
        "if Patient.objects.filter(phone=message.to).exists():",
        "if False:",
        "tests/staff/test_guide.py::test_a_test_reaches_staff_in_shadow_and_never_a_patient",
    ),
    Fault(
        "the second of two overwrites the first one's settings",
        "clinic/settling.py",
        "if version(clinic) != seen:",
        "if False:",
        "tests/clinic/test_settling.py::test_settings_that_have_changed_since_are_left_alone",
    ),
)
