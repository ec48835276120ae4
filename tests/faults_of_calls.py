"""Faults of phone calls: who is rung, what a key counts for, and what happens when the call is over."""

from tests.faults import Fault

JOURNEYS = "tests/offers/test_journeys_calls.py::"
DOORS = "tests/messaging/test_webhooks_voice.py::"

FAULTS = (
    Fault(
        "a phone rings for what is no offer",
        "messaging/delivery.py",
        "if message.channel == Channel.VOICE and message.kind != Kind.OFFER:",
        "if False:",
        "tests/messaging/test_calls.py::test_nobody_is_called_but_for_an_offer",
    ),
    Fault(
        "calls are on unless somebody turns them off",
        "clinic_waitlist/env.py",
        'self.calls = flag("VOICE_CALLS", default=False)',
        'self.calls = flag("VOICE_CALLS", default=True)',
        "tests/house/test_settings.py::test_phone_calls_are_off_by_default",
    ),
    Fault(
        "a key counts for whatever question the phone has open",
        "offers/senders.py",
        "_NAMES_ITS_QUESTION = (Channel.EMAIL, Channel.VOICE)",
        "_NAMES_ITS_QUESTION = (Channel.EMAIL,)",
        JOURNEYS + "test_a_key_is_about_the_question_of_its_call_and_no_other_of_that_phone",
    ),
    Fault(
        "what is no key of the menu is read as it came",
        "messaging/calling.py",
        "words = WORDS.get(keys) or f\"Pressed {_NOT_KEYS.sub('', keys)[:20]}\"",
        "words = WORDS.get(keys) or keys",
        DOORS + "test_a_word_where_a_key_belongs_says_nothing",
    ),
    Fault(
        "a machine is told what is private",
        "messaging/webhooks_voice.py",
        'is_machine = answered_by.startswith("machine") or answered_by == "fax"',
        "is_machine = False",
        DOORS + "test_a_machine_hears_nothing",
    ),
    Fault(
        "a call without an answer keeps its place",
        "offers/calls.py",
        "    return declining.end(offer_id=asked.pk, to=OfferStatus.EXPIRED, now=now)\n",
        "    return False\n",
        "tests/offers/test_verb_calls.py::"
        "test_a_call_that_ended_without_an_answer_frees_its_place_in_the_same_breath",
    ),
    Fault(
        "a reply that nobody heard is forgotten",
        "offers/receivers.py",
        '    return calls.tell_otherwise(message_id=message_id) != ""\n',
        "    return False\n",
        JOURNEYS + "test_who_hangs_up_before_the_end_is_told_by_text",
    ),
    Fault(
        "a START brings back the calls that a 9 ended",
        "clinic/consenting.py",
        "    if channel != Channel.VOICE:\n",
        "    if True:\n",
        JOURNEYS + "test_9_ends_calls_and_texts_to_the_number_and_is_confirmed_on_the_line",
    ),
)
