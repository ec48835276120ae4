"""Faults of receiving: what is lost, late, or not meant for us."""

from tests.faults import Fault

RECEIVING = "tests/offers/test_journeys_receiving.py::"

FAULTS = (
    Fault(
        "a webhook without its slash is sent away",
        "messaging/webhooks.py",
        "    @no_append_slash\n",
        "",
        "tests/messaging/test_signatures.py::TestNoRedirects::test_only_the_exact_path_is_answered",
    ),
    Fault(
        "a lost START undoes the STOP that came after it",
        "messaging/optout.py",
        "lifted_at=None, since__lte=now)",
        "lifted_at=None)",
        "tests/messaging/test_fetching.py::test_a_lost_start_does_not_undo_the_stop_that_came_after_it",
    ),
    Fault(
        "a lost YES beats the NO that came after it",
        "offers/overtaking.py",
        "return any(",
        "return False and any(",
        RECEIVING + "TestLostWebhooks::test_a_yes_found_after_a_no_books_nothing_and_calls_staff",
    ),
    Fault(
        "a wrong number is asked again",
        "offers/channels.py",
        "w.phone = person.phone AND w.lifted_at IS NULL",
        "false",
        "tests/offers/test_wrong_number.py::test_the_patient_is_not_asked_there_again",
    ),
)
