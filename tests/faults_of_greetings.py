"""Faults of birthday greetings."""

from tests.faults import Fault

GREETING = "tests/outreach/test_greeting.py::"
SENDING = "tests/outreach/test_greeting_sending.py::"

FAULTS = (
    Fault(
        "whoever comes second to a birthday greets as well",
        "outreach/greeting.py",
        "    return row if is_new else None\n",
        "    return row\n",
        GREETING + "test_whoever_comes_second_to_a_birthday_finds_it_decided",
    ),
    Fault(
        "a birthday corrected across New Year is greeted twice",
        "outreach/greeting_rules.py",
        '        ("greeted_lately", _GREETED_LATELY),\n',
        "",
        "tests/outreach/test_greeting_a_year_apart.py::"
        "test_a_birthday_corrected_across_new_year_is_greeted_once",
    ),
    Fault(
        "a zone that nobody knows stops every greeting",
        "outreach/greeting_days.py",
        "if start >= end or not clocks.zones:",
        "if start >= end:",
        GREETING + "test_a_zone_that_nobody_knows_costs_its_own_patients_their_greeting_and_nobody_else",
    ),
    Fault(
        "29 February has no birthday in other years",
        "outreach/greeting_days.py",
        "if (day.month, day.day) == (2, 28) and not isleap(day.year):",
        "if False:",
        GREETING + "test_two_years_with_a_leap_day_in_one_of_them",
    ),
    Fault(
        "29 February is greeted twice in a leap year",
        "outreach/greeting_days.py",
        "if (day.month, day.day) == (2, 28) and not isleap(day.year):",
        "if (day.month, day.day) == (2, 28):",
        "tests/outreach/test_greeting_days.py::test_in_every_kind_of_year_every_birth_has_one_birthday",
    ),
    Fault(
        "a greeting is late without end",
        "outreach/greeting_days.py",
        "return opens if opens < ends else Unfit.MISSED",
        "return opens",
        GREETING + "test_a_day_missed_is_made_up_for_by_two_days_at_most",
    ),
    Fault(
        "greetings go out before nine",
        "outreach/greeting_days.py",
        "return max(clocks.start, MORNING), end",
        "return clocks.start, end",
        GREETING + "test_nobody_is_greeted_at_night_and_nobody_on_another_day",
    ),
    Fault(
        "whoever switches on greets for the days before as well",
        "outreach/greeting_rules.py",
        "<= asked.on_day\n        AND (s.ended_at",
        "<= asked.on_day + 30\n        AND (s.ended_at",
        GREETING + "test_birthdays_before_the_switch_was_on_are_not_made_up_for",
    ),
    Fault(
        "a greeting leaves after it was switched off",
        "outreach/greeting_gating.py",
        "    return birthday.why\n",
        "    return birthday.why.replace('switched_off', '')\n",
        SENDING + "test_what_changes_before_the_text_leaves_stops_it",
    ),
    Fault(
        "what did not arrive still counts as greeted",
        "outreach/greeting_states.py",
        "GreetingStatus.SENT: frozenset({GreetingStatus.SCHEDULED, GreetingStatus.FAILED}),",
        "GreetingStatus.SENT: frozenset({GreetingStatus.SCHEDULED}),",
        SENDING + "test_what_was_not_delivered_is_seen_and_does_not_count_as_greeted",
    ),
    Fault(
        "words that nobody has read are accepted",
        "outreach/greeting_switching.py",
        "if accepted != read.version:",
        "if not accepted:",
        "tests/outreach/test_greeting_switching.py::"
        "test_words_that_changed_since_they_were_read_are_not_accepted",
    ),
    Fault(
        "the birthdays of other clinics are shown",
        "staff/greetings.py",
        "    return [each for each in near if each.patient_id in seen]",
        "    return found if seen is not None else []",
        "tests/staff/test_greetings.py::test_nobody_sees_the_birthdays_of_another_clinic",
    ),
)
