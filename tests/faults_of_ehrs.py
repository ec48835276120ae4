"""Faults of telling the EHR of our bookings, and of hearing of them again."""

from tests.faults import Fault

FAULTS = (
    Fault(
        "an order of which nobody knows is sent again blindly",
        "integrations/writing_back/sending.py",
        "adapter.ask(order) if claimed.row.asks else adapter.write(order)",
        "adapter.write(order)",
        "tests/integrations/test_writing_back.py"
        "::test_a_worker_that_died_in_the_call_leaves_a_row_that_is_asked_about",
    ),
    Fault(
        "a winner whom the EHR refused is not told",
        "offers/turning_back.py",
        "outbox.queue(drafts=drafts, now=now)",
        "outbox.queue(drafts=[], now=now)",
        "tests/offers/test_journeys_writing_back.py"
        "::test_a_yes_that_the_ehr_refuses_is_undone_honestly_and_the_next_is_asked",
    ),
    Fault(
        "the echo of our booking makes a second visit",
        "integrations/applying_visits.py",
        "ours = _known_to_us(wanted)",
        "ours: Appointment | None = None",
        "tests/integrations/test_echoes.py"
        "::test_an_echo_that_is_faster_than_the_answer_makes_no_second_visit",
    ),
    Fault(
        "two workers write one booking twice",
        "integrations/writing_back/sending.py",
        "transitions.move(row, to=WriteBackStatus.SENDING, arrows=ARROWS, **begun)",
        'WriteBack.objects.filter(pk=row.pk).update(attempt=begun["attempt"])',
        "tests/races/test_ehr.py::test_two_workers_write_one_booking_once",
    ),
    Fault(
        "a refusal and the feed lock one visit in two orders",
        "integrations/writing_back/refusing.py",
        "        identity.hold_visit_of(appointment_id=given_up.pk)",
        "        pass",
        "tests/races/test_turned_back.py::test_the_visit_that_was_given_up_stands_once_whoever_is_first",
    ),
    Fault(
        "a visit waits for ever for a patient who is known",
        "integrations/handling.py",
        "    parking.release(now=started)",
        "    parking.waiting()",
        "tests/integrations/test_waiting_for_people.py::test_a_visit_stands_once_its_patient_is_known",
    ),
    Fault(
        "an EHR that is down turns a patient away",
        "integrations/writing_back/hl7.py",
        '    if answer.code == "AR" and not errors:',
        '    if answer.code == "??" and not errors:',
        "tests/integrations/test_adapters_hl7.py::test_an_acknowledgement_comes_to[AR ]",
    ),
    Fault(
        "a patient is turned away because a message is not understood",
        "integrations/writing_back/hl7.py",
        '_NOT_UNDERSTOOD = {"100", "101", "102", "103", "200",',
        '_NOT_UNDERSTOOD = {"200",',
        "tests/integrations/test_adapters_hl7.py::test_an_acknowledgement_comes_to",
    ),
    Fault(
        "an old EHR's error has no code",
        "integrations/writing_back/siu.py",
        "    return places[3].split",
        '    return "" and places[3].split',
        "tests/integrations/test_adapters_hl7.py::test_an_acknowledgement_comes_to",
    ),
)
