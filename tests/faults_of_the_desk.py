"""Faults of what staff do with a slot: two callers, a shortened promise, a round too many, a visit lost."""

from tests.faults import Fault

PHONING = "tests/offers/test_verb_phoning.py::"
HURRYING = "tests/offers/test_verb_hurrying.py::"
BOARD = "tests/staff/test_board.py::"

FAULTS = (
    Fault(
        "whom a colleague has on the phone is texted",
        "offers/bars.py",
        "WHERE ended_at IS NULL AND ends_at > %(now)s)",
        "WHERE false)",
        PHONING + "test_nobody_is_texted_while_on_the_phone_nor_after_a_no[None-False]",
    ),
    Fault(
        "a no on the phone leaves the question open",
        "offers/phoning.py",
        "if outcome == CallOutcome.DECLINED:",
        "if False:",
        PHONING + "test_a_no_on_the_phone_is_a_no_to_the_text",
    ),
    Fault(
        "a call never ends by itself",
        "offers/sweeping.py",
        "done += phoning.end_overdue(now=now)",
        "pass",
        PHONING + "test_the_sweep_ends_what_is_overdue_and_nothing_else",
    ),
    Fault(
        "more time makes a deadline shorter",
        "offers/prolonging.py",
        "out = slot.offers.filter(status=OfferStatus.PENDING, hold_expires_at__lt=last)",
        "out = slot.offers.filter(status=OfferStatus.PENDING, hold_expires_at__isnull=False)",
        HURRYING + "test_a_deadline_never_gets_shorter_nor_later_than_anybody_could_come",
    ),
    Fault(
        "a round is brought forward into the grace",
        "offers/hurrying.py",
        "if now < slot.grace_ends_at:",
        "if False:",
        HURRYING + "test_no_round_in_the_grace_nor_too_late[fields0-grace time]",
    ),
    Fault(
        "an undo leaves the visit cancelled",
        "offers/undoing.py",
        "_stands_again(slot.appointment, by, now)",
        "pass",
        HURRYING + "test_what_was_logged_by_mistake_is_undone_and_the_visit_stands_again",
    ),
    Fault(
        "a card is shown with the buttons of somebody else",
        "staff/drawing.py",
        "return [_drawn(card, may_act, back, language) for card in cards]",
        "return [_drawn(card, True, back, language) for card in cards]",
        BOARD + "test_an_auditor_who_comes_after_the_front_desk_gets_no_buttons",
    ),
)
