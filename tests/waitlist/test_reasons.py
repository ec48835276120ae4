"""Every reason can be said to staff."""

from waitlist.reasons import Reason


def test_zero_means_that_the_entry_may_be_asked() -> None:
    assert Reason(0) is Reason.ELIGIBLE


def test_the_order_of_the_rules_has_no_gap() -> None:
    assert [int(reason) for reason in Reason] == list(range(len(Reason)))


def test_every_reason_has_a_sentence_of_its_own() -> None:
    sentences = [reason.sentence for reason in Reason]
    assert all(sentence.endswith(".") for sentence in sentences)
    assert len(set(sentences)) == len(Reason)
