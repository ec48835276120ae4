"""Faults of what goes by the next channel, and of who may still be reached."""

from tests.faults import Fault

REMINDERS = "tests/outreach/test_falling_back.py::"

FAULTS = (
    Fault(
        "a reminder goes by e-mail when its visit has begun",
        "offers/falling_back.py",
        "return about is None or about.starts_at > now or",
        "return about is None or bool(about) or",
        REMINDERS + "test_nothing_is_said_of_a_visit_that_has_begun",
    ),
    Fault(
        "what arrived after all is sent by the next channel too",
        "messaging/resending.py",
        "not_needed = tries.filter(status=MessageStatus.QUEUED)",
        "not_needed = tries.none()",
        REMINDERS + "test_a_text_that_arrives_after_all_takes_its_e_mail_back",
    ),
    Fault(
        "a reminder rings the phone",
        "offers/falling_back.py",
        "        tried.add(Channel.VOICE)\n",
        "        pass\n",
        REMINDERS + "test_nobody_is_rung_up_and_what_has_no_approved_words_goes_not_twice_as_a_text",
    ),
    Fault(
        "one unknown time zone stops every round",
        "offers/timing.py",
        "for name in names] if zones.known().issuperset(names) else []",
        "for name in names]",
        "tests/offers/test_zones_of_nowhere.py::"
        "test_a_zone_that_nobody_knows_costs_its_own_patient_the_offer_and_nobody_else",
    ),
    Fault(
        "a phone rings on about a time that is gone",
        "offers/calling_off.py",
        "if not (offer and calls.stands(offer, offer.cancellation, now))]",
        "if offer is None]",
        "tests/offers/test_calling_off.py::"
        "test_a_slot_that_is_taken_back_stops_the_ringing_and_nobody_is_texted_of_it",
    ),
    Fault(
        "staff lift a STOP that was texted",
        "messaging/optout.py",
        "filter(pk=suppression_id, source=BY_CALL, lifted_at=None)",
        "filter(pk=suppression_id, lifted_at=None)",
        "tests/admin/test_suppressions.py::test_a_stop_that_was_texted_is_its_senders_to_take_back",
    ),
    Fault(
        "an answer is emptied before anybody has read it",
        "messaging/purging.py",
        "texts = list(rows.exclude(_OPEN_TASK).only(",
        "texts = list(rows.only(",
        "tests/messaging/test_retention.py::"
        "test_rule_24_an_answer_that_becomes_a_task_while_it_is_emptied_keeps_its_words",
    ),
)
