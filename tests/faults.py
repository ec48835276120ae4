"""Faults that somebody could make tomorrow, and the test that must notice each of them."""

from __future__ import annotations

from typing import NamedTuple

RACES = "tests/races/test_races.py::"
DELIVERY = "tests/messaging/test_delivery.py::"
HOLDING = "tests/messaging/test_holding.py::"
ANSWERS = "tests/offers/test_journeys_answers.py::"
CHANGES = "tests/offers/test_journeys_changes.py::"
FILLING = "tests/offers/test_journeys_filling.py::"
ACCEPTING = "tests/offers/test_verb_accepting.py::"


class Fault(NamedTuple):
    """`old` stands exactly once in `file`; `test` fails when `new` stands there instead."""

    name: str
    file: str
    old: str
    new: str
    test: str


FAULTS = (
    Fault(
        "a slot is read without its lock",
        "offers/slots.py",
        'FOR NO KEY UPDATE OF slot {"SKIP LOCKED" if skip_locked else ""}',
        "",
        RACES + "test_a_sweep_does_not_wait_for_a_slot_that_somebody_holds",
    ),
    Fault(
        "the database allows two winners",
        "offers/migrations/0001_initial.py",
        "fields=('cancellation',), name='offer_one_winner'",
        "fields=('cancellation', 'id'), name='offer_one_winner'",
        "tests/offers/test_forbidden.py::test_the_database_refuses_a_second_winner",
    ),
    Fault(
        "a sweep waits for a slot that somebody holds",
        "offers/sweeping.py",
        "rounds.advance(cancellation_id=cancellation_id, now=now, skip_locked=True)",
        "rounds.advance(cancellation_id=cancellation_id, now=now)",
        RACES + "test_a_sweep_does_not_wait_for_a_slot_that_somebody_holds",
    ),
    Fault(
        "a sweep takes a step that is no longer due",
        "offers/rounds.py",
        "slot.next_step_at is None or slot.next_step_at > now:",
        "slot.next_step_at is None:",
        "tests/offers/test_forbidden.py::test_a_step_that_is_not_due_is_not_taken",
    ),
    Fault(
        "two slots choose at once",
        "offers/rounds.py",
        'cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [SELECTION_LOCK, slot.clinic_id])',
        "pass",
        "tests/known_failures/test_workers.py::test_four_schedulers_send_no_more_texts_than_one",
    ),
    Fault(
        "rounds start outside contact hours",
        "offers/bars.py",
        '"person.contact_zones <> ALL(%(zones_awake)s)"',
        '"false"',
        FILLING + "test_out_of_hours_nobody_is_texted_until_the_window_opens",
    ),
    Fault(
        "an offer leaves outside contact hours",
        "offers/gating.py",
        "if opens != now:",
        "if False:",
        "tests/offers/test_forbidden.py::test_an_offer_that_waited_into_the_night_does_not_leave",
    ),
    Fault(
        "an offer leaves though it is off",
        "offers/gating.py",
        'or offer.status != OfferStatus.PENDING:\n        return gate.Skip("stale")',
        'or offer.status != OfferStatus.PENDING:\n        return gate.Go("An earlier time is free.")',
        CHANGES + "test_a_text_not_yet_claimed_is_skipped_when_the_slot_is_withdrawn",
    ),
    Fault(
        "the hold does not start when the text leaves",
        "offers/gating.py",
        'rows.update(offer, {"hold_expires_at": until, "channel": channel})',
        "pass",
        FILLING + "test_nobody_answers_and_the_second_round_fills_the_slot",
    ),
    Fault(
        "nobody counts a day's offers",
        "offers/bars.py",
        '_those("in_a_day >= %(day_cap)s")',
        '"false"',
        "tests/waitlist/test_matching.py::test_the_first_rule_that_says_no_is_told",
    ),
    Fault(
        "a visit that began long before a time does not overlap it",
        "clinic/models/appointment.py",
        "since = starts_at - LONGEST_VISIT",
        "since = starts_at",
        "tests/known_failures/test_history.py::test_a_visit_of_twelve_hours_is_found_from_its_last_minute",
    ),
    Fault(
        "a yes does not look whether the slot is gone",
        "offers/accepting.py",
        "if slot.status not in FILLABLE or now >= slot.starts_at:",
        "if now >= slot.starts_at:",
        ACCEPTING + "test_a_yes_to_a_slot_that_is_gone_changes_nothing",
    ),
    Fault(
        "a late yes is refused",
        "offers/states.py",
        "_O.EXPIRED: frozenset({_O.ACCEPTED, _O.TAKEN})",
        "_O.EXPIRED: frozenset({_O.TAKEN})",
        ANSWERS + "test_a_late_yes_wins_while_nobody_else_is_asked",
    ),
    Fault(
        "losers are not told",
        "offers/accepting.py",
        "if offer.responded_at is None\n    ]",
        "if False\n    ]",
        ACCEPTING + "test_a_yes_tells_everybody_who_has_not_said_no",
    ),
    Fault(
        "the winner keeps the old visit",
        "offers/accepting.py",
        "cancelling.cancel(appointment_id=old.pk, by=by, now=now, reason=MOVED, tells_patient=False)",
        "pass",
        FILLING + "test_the_winner_s_later_visit_becomes_a_cancellation_of_its_own",
    ),
    Fault(
        "the standby is passed over",
        "offers/reopening.py",
        "if not _standby_takes(slot, by, now):",
        "if True:",
        CHANGES + "test_the_winner_drops_out_and_the_standby_has_the_slot",
    ),
    Fault(
        "any text with a yes in it is a yes",
        "offers/intents.py",
        "intent = _yes_or_no(body)",
        'intent = Intent.YES if "yes" in body.lower() else Intent.UNCLEAR',
        ANSWERS + "test_what_is_no_clear_yes_books_nothing",
    ),
    Fault(
        "a yes after the STOP counts",
        "offers/replies.py",
        "if silent_since is not None and silent_since < received_at:",
        "if False:",
        ANSWERS + "test_stop_in_own_words_is_confirmed_once",
    ),
    Fault(
        "a STOP suppresses nothing",
        "messaging/inbox.py",
        'if reading.opts_out or read_by_provider == "STOP":',
        'if read_by_provider == "STOP":',
        "tests/messaging/test_inbox.py::test_an_opt_out_takes_effect_with_the_reading",
    ),
    Fault(
        "texts leave without a look at opt-outs",
        "messaging/delivery.py",
        '"" if message.kind == Kind.OPTOUT_NOTICE else optout.OF_MESSAGE',
        '""',
        DELIVERY + "test_a_text_to_a_number_that_opted_out_is_skipped",
    ),
    Fault(
        "an unclear text is sent again blindly",
        "messaging/delivery.py",
        '{"to": MessageStatus.UNKNOWN, "next_attempt_at": now}',
        '{"to": MessageStatus.QUEUED, "next_attempt_at": now, "call_started_at": None}',
        DELIVERY + "test_an_unclear_answer_is_unknown_and_is_not_posted_again",
    ),
    Fault(
        "a text is claimed whatever became of it",
        "messaging/delivery.py",
        "id = %s AND status = %s AND next_attempt_at <= %s",
        "id = %s AND %s <> '' AND %s IS NOT NULL",
        DELIVERY + "test_a_text_that_is_sent_is_not_sent_again",
    ),
    Fault(
        "the result of a lost lease is written down",
        "messaging/delivery.py",
        "given=lease, **freed",
        "**freed",
        DELIVERY + "TestACallThatOutlivesItsLease::test_a_second_worker_s_lease_is_not_overwritten",
    ),
    Fault(
        "an offer that never left is put again",
        "messaging/resending.py",
        "if message.kind in NEVER_AGAIN or is_second(message) or",
        "if is_second(message) or",
        DELIVERY + "test_an_offer_is_never_sent_again",
    ),
    Fault(
        "a late callback lowers the rank of a text",
        "messaging/receipts.py",
        "if rank <= message.status_rank:",
        "if False:",
        "tests/messaging/test_receipts.py::test_any_order_ends_in_delivered",
    ),
    Fault(
        "an escaped character is cut in half",
        "messaging/segments.py",
        "if used + cost > room:",
        "if used >= room:",
        "tests/messaging/test_segments.py::test_what_takes_two_places_is_never_split",
    ),
    Fault(
        "a text without its STOP line is stored",
        "offers/wordings.py",
        "if rule.has_stop_line and not spoken.stop.search(words):",
        "if False:",
        "tests/offers/test_verb_rewording.py::test_words_that_may_not_be_sent_are_refused_and_nothing_changes",
    ),
    Fault(
        "two people who change a text both win",
        "offers/rewording.py",
        "filter(pk=text_id, ended_at=None).update",
        "filter(pk=text_id).update",
        "tests/offers/test_verb_rewording.py::test_words_that_somebody_else_has_changed_are_not_changed_again",
    ),
    Fault(
        "anybody may post to the webhooks",
        "messaging/webhooks.py",
        'if not _signed(request) or form.get("AccountSid")',
        'if form.get("AccountSid")',
        "tests/messaging/test_webhooks.py::test_a_bad_signature_is_refused_without_a_word",
    ),
    Fault(
        "a webhook that comes twice is stored twice",
        "messaging/events.py",
        "ON CONFLICT (provider, sid, kind) DO NOTHING\n",
        "\n",
        "tests/messaging/test_webhooks.py::test_the_same_event_again_changes_nothing",
    ),
    Fault(
        "texts leave in spite of a pause",
        "messaging/holding.py",
        'if seen["paused"] or seen["status"] == SenderStatus.STOPPED:',
        'if seen["status"] == SenderStatus.STOPPED:',
        HOLDING + "TestPause::test_rule_10_a_pause_of_all_clinics_stops_every_claim",
    ),
    Fault(
        "texts leave by a stopped sender",
        "messaging/holding.py",
        'if seen["paused"] or seen["status"] == SenderStatus.STOPPED:',
        'if seen["paused"]:',
        HOLDING + "TestBreaker::test_rule_9_nothing_leaves_by_a_stopped_sender",
    ),
    Fault(
        "workers do not share the rate of a sender",
        "messaging/holding.py",
        "WHERE s.status = 'running' AND s.free_at <= %(now)s + %(slack)s",
        "WHERE s.status = 'running'",
        "tests/races/test_rate.py::test_rule_7_all_workers_share_one_bucket",
    ),
    Fault(
        "reminders take the tokens of offers",
        "messaging/holding.py",
        "m.priority < %(priority)s",
        "m.priority < %(priority)s - 9",
        HOLDING + "TestRate::test_rule_7_an_offer_goes_before_reminders_that_have_waited",
    ),
    Fault(
        "a refused sender goes on",
        "messaging/delivery.py",
        "stopping.stop(name=message.from_number, code=refusal, now=now)",
        "pass",
        "tests/messaging/test_errors.py::"
        "test_rule_9_a_sender_that_is_refused_is_stopped_and_its_text_waits[20003]",
    ),
    Fault(
        "the sweep wakes nobody",
        "messaging/sweeping.py",
        "_wake(due[1:], started)",
        "pass",
        "tests/messaging/test_sweeping.py::test_every_due_text_but_the_first_wakes_a_worker",
    ),
)
