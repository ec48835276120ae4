"""Faults of texts of which nobody knows whether they left: doubles, and texts that nobody hears of again."""

from tests.faults import Fault

STORM = "tests/storm/test_storm.py::test_each_text_arrives_once_or_is_on_a_person_s_list"
DOUBTS = "tests/messaging/test_doubts.py::"

FAULTS = (
    Fault(
        "a dropped answer counts as not taken",
        "messaging/gateways/connections.py",
        "return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)",
        "return True",
        STORM,
    ),
    Fault(
        "a text whose worker died goes back to the queue",
        "messaging/delivery.py",
        "update(status=MessageStatus.UNKNOWN, **freed)",
        "update(status=MessageStatus.QUEUED, **freed)",
        "tests/kill/test_kill.py::test_a_worker_killed_loses_nothing_and_texts_nobody_twice"
        "[after the POST, before its result]",
    ),
    Fault(
        "a text that was not sent is on nobody's list",
        "messaging/reconciling.py",
        "attention = Attention.NONE if is_owed else Attention.NOT_SENT",
        "attention = Attention.NONE",
        DOUBTS + "TestOnTheList::test_an_offer_that_was_not_sent_is_a_person_s",
    ),
    Fault(
        "a callback in the instant of the call's result is lost",
        "messaging/receipts.py",
        "list(rows.filter(by_sid if event.message_uuid is None else by_sid | by_uuid))",
        "list(rows.filter(by_sid)) or list(rows.filter(by_uuid))",
        "tests/races/test_callback_in_the_call.py::"
        "test_rule_8_a_callback_that_waits_for_the_call_s_result_is_not_lost",
    ),
    Fault(
        "of two texts in the same words one takes the other's id",
        "messaging/reconciling.py",
        "len(free) > len(twins)",
        "free",
        DOUBTS + "TestTwins::test_a_text_that_a_worker_is_sending_keeps_its_sid",
    ),
    Fault(
        "a text that arrived after all goes again",
        "messaging/resending.py",
        "not_needed.update(status=MessageStatus.SKIPPED",
        "not_needed.none().update(status=MessageStatus.SKIPPED",
        DOUBTS + "TestFirstArrivedAfterAll::test_its_second_time_is_not_needed",
    ),
    Fault(
        "only the latest texts to a phone are looked at",
        "messaging/gateways/twilio.py",
        "page_size=FOUND_PAGE, limit=MOST_FOUND)",
        "limit=20)",
        DOUBTS + "test_rule_4_a_text_is_found_behind_a_hundred_newer_ones",
    ),
    Fault(
        "a provider that says nothing for ever worries nobody",
        "messaging/reconciling.py",
        'fields["attention"] = Attention.NOT_SENT',
        "pass",
        DOUBTS + "TestOnTheList"
        "::test_a_text_that_the_provider_does_not_speak_of_for_ten_minutes_is_a_person_s",
    ),
)
