"""Faults of emptying old texts: words that stay, or that go too early."""

from tests.faults import Fault

HERE = "tests/messaging/test_retention.py::"
THERE = "tests/messaging/test_redacting.py::"

FAULTS = (
    Fault(
        "the words stay in the form they came in",
        "messaging/purging.py",
        "if name in KEPT_FIELDS}",
        "if name}",
        HERE + "test_rule_24_what_a_patient_wrote_goes_with_the_form_it_came_in",
    ),
    Fault(
        "a dry run counts what is still at work",
        "messaging/purging.py",
        "finished = [text for text in batch if text.status in FINISHED and not _is_open_task(text)]",
        "finished = batch",
        "tests/ops/test_retention.py::test_rule_24_a_dry_run_says_what_would_be_done_and_does_nothing",
    ),
    Fault(
        "the words about an open slot are emptied",
        "offers/retaining.py",
        "if slot_id in open_ids}",
        "if not slot_id}",
        "tests/offers/test_retaining.py::test_rule_24_a_text_of_an_open_slot_is_kept",
    ),
    Fault(
        "a redaction that was not confirmed is done with",
        "messaging/redacting.py",
        "if not isinstance(answer, Redacted | Gone):",
        "if isinstance(answer, NotProcessed):",
        THERE + "test_rule_24_what_the_provider_did_not_confirm_is_tried_again_later",
    ),
    Fault(
        "a redaction is called for twice",
        "messaging/redacting.py",
        'return row if due.update(attempt=F("attempt") + 1, due_at=later) else None',
        'return row if due.update(attempt=F("attempt") + 1) else None',
        THERE + "test_of_two_that_look_at_once_one_calls",
    ),
)
