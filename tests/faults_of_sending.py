"""Faults of the threads by which a worker sends."""

from tests.faults import Fault

HANDS = "tests/core/test_hands.py::"

FAULTS = (
    Fault(
        "texts leave in the order in which they were owed",
        "core/hands.py",
        "_Step(priority, next(self._count)",
        "_Step(0, next(self._count)",
        HANDS + "test_the_most_urgent_step_is_done_first",
    ),
    Fault(
        "what no hand takes is forgotten",
        "core/wakeups.py",
        "if not any(hands.add(step, priority=priority) for hands in _hands):",
        "if not [hands.add(step, priority=priority) for hands in _hands]:",
        HANDS + "test_what_no_hand_takes_is_a_task",
    ),
    Fault(
        "a text is handed over before its commit",
        "core/wakeups.py",
        "transaction.on_commit(lambda: _hand_over(task, ids, priority))",
        "_hand_over(task, ids, priority)",
        HANDS + "test_a_text_of_a_transaction_that_failed_is_handed_to_nobody",
    ),
    Fault(
        "everybody who books at a clinic waits for the winner's texts",
        "offers/accepting.py",
        "appointment = booking.enter(booking=new, by=by, now=now)",
        "appointment = booking.place(booking=new, by=by, now=now)",
        "tests/offers/test_verb_accepting.py::test_a_yes_takes_the_clinic_s_next_file_number_last_of_all",
    ),
    Fault(
        "beat does not end when it is told to",
        "clinic_waitlist/celery.py",
        "SIGTERM=lambda *_: sender.stop()",
        "SIGTERM=lambda *_: None",
        "tests/house/test_beat.py",
    ),
)
