"""Faults of files in and out, of the doors of feeds, and of slots that go on."""

from tests.faults import Fault

VISITS = "tests/clinic/test_importing_visits.py::"
PATIENTS = "tests/clinic/test_importing_patients.py::"
FAULTS = (
    Fault(
        "visits of a file are booked over one another",
        "clinic/scheduling.py",
        "        if self.are_together:\n",
        "        if False:\n",
        VISITS + "test_a_time_that_the_provider_has_not_is_refused_whoever_has_it",
    ),
    Fault(
        "a file texts those whose consent it does not word",
        "clinic/known.py",
        'if values["consent"] and not values["consent_words"]:',
        "if False:",
        PATIENTS + "test_nobody_agrees_to_be_texted_unless_the_file_says_how",
    ),
    Fault(
        "a visit that was cancelled here comes back with a file",
        "clinic/importing_visits.py",
        "            if status is None:\n",
        "            if status is None or status in FREED:\n",
        VISITS + "test_what_stands_here_already_is_left_out_and_what_was_cancelled_here_stays_off",
    ),
    Fault(
        "a cell of a file that goes out calculates",
        "core/exporting.py",
        'return spreadsheets.plain("" if value is None else str(value))',
        'return "" if value is None else str(value)',
        PATIENTS + "test_the_words_of_a_consent_calculate_nothing",
    ),
    Fault(
        "a file that is sent twice is stored twice",
        "core/importing.py",
        "        if not cursor.fetchone()[0]:\n",
        "        if False:\n",
        PATIENTS + "test_a_file_that_is_sent_twice_at_once_is_stored_once",
    ),
    Fault(
        "a standby is passed over when a slot goes on",
        "offers/pausing.py",
        "    reopening.go_on(slot, by, now)\n",
        "",
        "tests/offers/test_verb_pausing.py"
        "::test_whoever_stands_by_has_a_slot_that_goes_on_before_anybody_is_asked",
    ),
    Fault(
        "an office that was named later keeps somebody else's clock",
        "integrations/drchrono/visits.py",
        'settings.zones.get(str(record.get("office"))) or ',
        "",
        "tests/integrations/test_drchrono_mapping.py::test_an_office_that_is_named_later_has_its_own_clock",
    ),
    Fault(
        "the door of HL7 asks for no permission",
        "api/feed_access.py",
        "if permission is None or not request.user.has_perm(permission):",
        "if False:",
        "tests/api/test_hl7.py::test_a_door_that_names_no_permission_lets_nobody_in",
    ),
    Fault(
        "whoever left the list comes back onto it with a file",
        "waitlist/importing.py",
        '        if row.values["status"] not in IN_LINE:',
        "        if False:",
        "tests/waitlist/test_carrying.py::test_whoever_waits_no_longer_is_left_out",
    ),
    Fault(
        "whoever paused is asked after a file",
        "waitlist/importing.py",
        '            is_paused=values["status"] == EntryStatus.PAUSED,',
        "            is_paused=False,",
        "tests/waitlist/test_carrying.py::test_a_waitlist_that_went_out_comes_in_as_it_was",
    ),
)
