"""Faults of consent and contact hours, which nobody would notice from the outside."""

from tests.faults import Fault

FAULTS = (
    Fault(
        "contact hours in one of several zones are enough",
        "messaging/hours.py",
        "return bool(zones) and all(is_open(",
        "return any(is_open(",
        "tests/offers/test_contact_hours.py::test_rule_20_a_number_that_spans_zones_is_inside_in_all_of_them",
    ),
    Fault(
        "a text needs no consent",
        "offers/permitting.py",
        "if patient is None or consent is None:",
        "if patient is None:",
        "tests/offers/test_permission.py::test_rule_19_a_text_without_consent_is_not_sent",
    ),
    Fault(
        "a START gives consent that nobody had given",
        "clinic/consenting.py",
        "if _was_silenced(patient, channel)",
        "if True",
        "tests/clinic/test_consenting.py::test_rule_15_a_start_gives_back_what_a_stop_took_and_no_more",
    ),
)
