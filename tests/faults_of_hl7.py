"""Faults of the HL7 door: answers that promise too much, visits that are misread."""

from tests.faults import Fault

HERE = "tests/integrations/hl7/"
GOLDEN = HERE + "test_golden.py::test_a_golden_message_says_what_stands_beside_it"
WAITS = HERE + "test_golden.py::test_a_golden_message_waits_for_the_reason_beside_it"

FAULTS = (
    Fault(
        "a vendor's Booked undoes its cancellation",
        "integrations/hl7/standings.py",
        "    return Standing.NO_SHOW if Standing.NO_SHOW in (said, reason) else by_event",
        "    return Standing.NO_SHOW if Standing.NO_SHOW in (said, reason) else said or by_event",
        GOLDEN + "[booked_on_a_cancel]",
    ),
    Fault(
        "a no-show's time is offered",
        "integrations/hl7/visits.py",
        "        is_offerable=standing is not Standing.NO_SHOW,",
        "        is_offerable=True,",
        GOLDEN + "[s15_noshow_reason]",
    ),
    Fault(
        "a local time that does not exist is taken for another",
        "integrations/hl7/times.py",
        "        if at.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):",
        "        if at > at.astimezone(zone):",
        WAITS + "[dst_gap]",
    ),
    Fault(
        "two times that contradict each other raise no doubt",
        "integrations/hl7/times.py",
        "        elif other.is_whole:\n            doubts.add(Doubt.TIMES_DISAGREE)",
        "        elif other.is_whole:\n            pass",
        GOLDEN + "[tq1_against_sch]",
    ),
    Fault(
        "a social security number names a patient",
        "integrations/hl7/people.py",
        '"DL", "SS", "PPN"',
        '"DL", "PPN"',
        WAITS + "[a08_without_record_number]",
    ),
    Fault(
        "a message that was not stored is acknowledged",
        "integrations/hl7/intake.py",
        "    if is_down or not _stored(source=source, head=head, message=message, now=now):",
        "    if is_down and not _stored(source=source, head=head, message=message, now=now):",
        HERE + "test_intake.py::test_a_message_is_stored_as_it_came_and_answered_aa",
    ),
    Fault(
        "a training message cancels a visit",
        "integrations/hl7/header.py",
        '    if header.parts(11)[0].upper() not in ("P", ""):',
        '    if header.parts(11)[0].upper() not in ("P", "T", ""):',
        WAITS + "[s15_training]",
    ),
    Fault(
        "the beginning of a message is acted on",
        "integrations/hl7/intake.py",
        'CUT_KIND = "hl7.cut"',
        'CUT_KIND = "hl7"',
        HERE + "test_intake.py::test_nobody_acts_on_the_beginning_of_what_is_too_large",
    ),
    Fault(
        "a database that hangs holds every sender up",
        "integrations/hl7/listening.py",
        "            async with asyncio.timeout(self._limits.answer_seconds):",
        "            async with asyncio.timeout(None):",
        HERE + "test_listening.py::test_with_every_thread_held_up_each_message_is_answered_as_failed"
        "_and_the_next_ones_as_ever",
    ),
    Fault(
        "the doubt of a booking is forgotten by its cancellation",
        "integrations/freeing.py",
        "    is_doubtful = bool(fact.doubts or latest.value(known, latest.DOUBTS))",
        "    is_doubtful = bool(fact.doubts)",
        HERE + "test_effects.py::test_a_golden_message_has_the_effect_beside_it[s15_of_a_doubtful_time]",
    ),
    Fault(
        "a frame may grow without an end",
        "integrations/hl7/framing.py",
        "        if min(found, default=len(self._kept)) > self._limit:",
        "        if min(found, default=0) > self._limit:",
        HERE + "test_framing.py::test_a_frame_beyond_the_limit_is_refused_with_its_beginning",
    ),
    Fault(
        "a sender without a certificate is let in",
        "integrations/hl7/listening.py",
        "        context.verify_mode = ssl.CERT_REQUIRED",
        "        context.verify_mode = ssl.CERT_OPTIONAL",
        HERE + "test_listening_tls.py::test_an_unknown_sender_is_not[no certificate]",
    ),
    Fault(
        "whoever holds all connections open shuts the hospital out",
        "integrations/hl7/listening.py",
        "        idle.task.cancel()\n        return True",
        "        idle.task.cancel()\n        return False",
        HERE + "test_listening_crowded.py::test_with_all_connections_taken_the_one_that_is_idle_for_longest"
        "_makes_room",
    ),
    Fault(
        "a number that was deleted there is texted on",
        "integrations/hl7/people.py",
        '    nothing = "" if patient.is_null(13) else None',
        "    nothing = None",
        HERE + "test_effects.py::test_a_golden_message_has_the_effect_beside_it[a08_null_and_partial_date]",
    ),
    Fault(
        "the end hangs up on a message at hand",
        "integrations/hl7/listening.py",
        "            if not connection.is_answering:\n                connection.task.cancel()",
        "            connection.task.cancel()",
        HERE + "test_listening.py::test_the_end_waits_for_the_message_at_hand_and_for_nobody_who_is_idle",
    ),
    Fault(
        "a clock hours ahead silences what is said once it is put right",
        "integrations/hl7/times.py",
        "    return received_at if said_at > received_at + AHEAD else said_at",
        "    return said_at",
        HERE + "test_effects.py::test_a_golden_message_has_the_effect_beside_it[s15_after_a_clock_ahead]",
    ),
    Fault(
        "a cancellation of another time is offered without a look",
        "integrations/freeing.py",
        "    return fact.starts_at not in (visit.starts_at, told[0] if told else None)",
        "    return False",
        HERE + "test_effects.py::test_a_golden_message_has_the_effect_beside_it[s15_of_another_time]",
    ),
)
