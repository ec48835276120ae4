"""Faults of the places of a round: left empty, filled too often, or by whoever said no."""

from tests.faults import Fault

PLACES = "tests/offers/test_journeys_places.py::"

FAULTS = (
    Fault(
        "the place of a failed offer stays empty",
        "offers/policy.py",
        "rounds[number].places - rounds[number].failed for number",
        "rounds[number].places for number",
        "tests/stateful/test_exhaustive.py::test_no_path_from_a_lost_text_breaks_a_promise",
    ),
    Fault(
        "a lost text waits where its task is lost",
        "offers/sweeping.py",
        "_each(_lost(), lambda pk",
        "_each([], lambda pk",
        PLACES + "test_rule_9_whoever_is_next_has_the_place_beside_those_being_asked[dropped]",
    ),
    Fault(
        "a no is followed by one more",
        "offers/states.py",
        "FAILED = (OfferStatus.UNDELIVERABLE, OfferStatus.WITHDRAWN)",
        "FAILED = (OfferStatus.UNDELIVERABLE, OfferStatus.WITHDRAWN, OfferStatus.DECLINED)",
        PLACES + "test_a_no_is_followed_when_the_whole_round_is_over[usual]",
    ),
    Fault(
        "a place is filled by a whole batch",
        "offers/rounds.py",
        "_start_round(slot, now, places=free, verb=",
        "_start_round(slot, now, verb=",
        PLACES + "test_rule_9_whoever_is_next_has_the_place_beside_those_being_asked[usual]",
    ),
    Fault(
        "a list of dead numbers is asked from end to end",
        "offers/policy.py",
        "if running and len(rounds) - running[0] > FOLLOW_UPS:",
        "if False:",
        "tests/offers/test_policy.py::"
        "test_rule_9_places_are_not_filled_again_for_ever_while_a_question_is_open",
    ),
)
