"""Faults of reminders and of what is answered to them."""

from tests.faults import Fault

SENDING = "tests/outreach/test_sending.py::"
ANSWERING = "tests/outreach/test_answering.py::"

FAULTS = (
    Fault(
        "somebody who has died is reminded",
        "outreach/gating.py",
        "if visit.patient.status != Patient.Status.ACTIVE:",
        "if not visit.patient.status:",
        SENDING + "test_what_changes_before_the_text_leaves_stops_it",
    ),
    Fault(
        "a reminder waits for the morning though the visit comes first",
        "outreach/gating.py",
        "if opens is None or opens >= visit.starts_at:",
        "if opens is None:",
        SENDING + "test_rule_20_and_is_skipped_if_the_visit_comes_first",
    ),
    Fault(
        "a moved visit keeps its reminders",
        "clinic/booking.py",
        "    appointment_moved.send(sender=Appointment, appointment_id=old.pk, moved_to=appointment.pk)\n",
        "",
        "tests/outreach/test_planning.py::test_moving_a_visit_plans_the_new_one_and_cancels_the_old_ones",
    ),
    Fault(
        "a reminder goes at night",
        "outreach/planning.py",
        'if all(window.holds(row["due_at"]) for row in rows.values()):',
        'if any(window.holds(row["due_at"]) for row in rows.values()):',
        "tests/outreach/test_planning.py::"
        "test_rule_20_the_reminder_of_an_early_visit_is_planned_for_the_evening_before",
    ),
    Fault(
        "reminders stay where the old hours put them",
        "clinic/arranging.py",
        "if _HOURS.intersection(changes) and isinstance(record, Clinic):",
        "if False:",
        "tests/outreach/test_replanning.py::"
        "test_other_contact_hours_of_a_clinic_move_its_reminders_and_those_of_no_other",
    ),
    Fault(
        "a 1 in a longer message cancels",
        "outreach/intents.py",
        'return number if said <= {number, "beside"} else Intent.UNCLEAR',
        "return number",
        ANSWERING + "test_only_a_1_cancels",
    ),
    Fault(
        "confirming a visit takes the slot on offer",
        "outreach/answering.py",
        "to_offer = intent != Intent.CONFIRM and (",
        "to_offer = (",
        ANSWERING + "test_c_means_the_visit_even_while_an_offer_is_open_and_takes_no_slot",
    ),
    Fault(
        "a no to an offer is taken for one to a visit",
        "outreach/answering.py",
        "    if is_open and to_offer:\n        return None\n",
        "",
        ANSWERING + "test_an_open_offer_has_the_first_word_for_yes_and_no",
    ),
)
