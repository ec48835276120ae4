"""Faults of counting: figures that are nearly right."""

from tests.faults import Fault

HERE = "tests/offers/test_measuring.py::"
COUNTING = "offers/counting.py"

FAULTS = (
    Fault(
        "a day is a day in UTC",
        COUNTING,
        "AND (slot.created_at AT TIME ZONE clinic.zone)::date BETWEEN",
        "AND (slot.created_at AT TIME ZONE 'UTC')::date BETWEEN",
        HERE + "test_a_slot_of_the_last_minute_belongs_to_its_own_day",
    ),
    Fault(
        "withdrawn slots are held against the clinic",
        COUNTING,
        "WHERE NOT is_withdrawn AND NOT is_undecided) AS counted",
        "WHERE NOT is_undecided) AS counted",
        HERE + "test_every_figure_is_as_the_history_says",
    ),
    Fault(
        "whoever never answered did so at once",
        COUNTING,
        "CASE WHEN said.heard_at >= said.sent_at THEN extract(epoch FROM said.heard_at - said.sent_at) END",
        "extract(epoch FROM greatest(said.heard_at, said.sent_at) - said.sent_at)",
        HERE + "test_the_times_to_answer_run_from_the_handing_over_to_the_first_answer",
    ),
    Fault(
        "the winner before last makes it a win by text",
        COUNTING,
        "bool_or(has_won AND by_text) AS by_text",
        "bool_or(by_text) AS by_text",
        "tests/offers/test_measuring_journeys.py::"
        "test_a_slot_that_was_won_twice_counts_with_the_winner_who_has_it_now",
    ),
    Fault(
        "a clinic that one may not see can be asked for",
        "offers/measuring.py",
        "return [clinic_id] if scope is None or clinic_id in set(scope) else []",
        "return [clinic_id]",
        HERE + "test_a_clinic_narrows_what_the_reader_may_see_and_never_widens_it",
    ),
    Fault(
        "a formula goes into the CSV",
        "core/spreadsheets.py",
        'return f"\'{words}" if words.startswith(FORMULA_STARTS) else words',
        "return words",
        "tests/staff/test_analytics_page.py::test_a_name_that_looks_like_a_formula_is_only_a_name",
    ),
    Fault(
        "a target is judged by the rounded share",
        "offers/figures.py",
        "reached, wanted = 100 * share.part, self.percent * share.of",
        "reached, wanted = share.percent or 0, self.percent",
        "tests/offers/test_figures.py::test_a_target_is_judged_by_the_exact_share",
    ),
)
