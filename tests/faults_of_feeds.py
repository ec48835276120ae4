"""Faults of following a feed, whatever language it speaks."""

from tests.faults import Fault

HERE = "tests/integrations/"

FAULTS = (
    Fault(
        "the word that came last counts, not the one that was said last",
        "integrations/latest.py",
        "        if part not in after or after[part][1] <= word[1]:",
        "        if word:",
        HERE + "test_any_order.py::test_the_same_facts_in_any_order_end_in_the_same_calendar",
    ),
    Fault(
        "a cancellation of an unknown visit leaves no tombstone",
        "integrations/applying_visits.py",
        "    if after == link.known:",
        "    if after == link.known or (not link.known and fact.standing in latest.OFF):",
        HERE + "test_visits.py::test_a_cancellation_of_an_unknown_visit_leaves_a_tombstone",
    ),
    Fault(
        "a freed time is offered before it can be taken back",
        "integrations/freeing.py",
        "    since = max(heard.now, heard.received_at + heard.source.settle)",
        "    since = heard.now",
        HERE + "test_visits.py::test_a_cancellation_frees_the_time_after_the_settle_time",
    ),
    Fault(
        "another message under the same number counts as the same",
        "integrations/receiving.py",
        "    digest = hashlib.sha256(body).hexdigest()",
        "    digest = hashlib.sha256(control_id.encode()).hexdigest()",
        HERE + "test_receiving.py::test_another_body_another_name_or_another_source_is_another_message",
    ),
    Fault(
        "old news is offered by itself",
        "integrations/handling.py",
        "    may_offer = not is_late and message.replayed_at is None",
        "    may_offer = message.replayed_at is None",
        HERE + "test_receiving.py::test_old_news_frees_a_time_for_staff_and_texts_nobody",
    ),
    Fault(
        "what staff have handled again texts patients",
        "integrations/handling.py",
        "    may_offer = not is_late and message.replayed_at is None",
        "    may_offer = not is_late",
        HERE + "test_waiting_for_people.py::test_it_texts_nobody",
    ),
    Fault(
        "a merge loses an opt-out",
        "clinic/merging.py",
        "        _keep_no(kept, gone, channel, by, now)",
        "        pass",
        HERE + "test_people.py::test_a_merge_keeps_every_no",
    ),
    Fault(
        "a merge forgets who is not to be contacted",
        "integrations/applying_merges.py",
        "    if applying_people.SILENT in marks and",
        "    if applying_people.SILENT not in marks and",
        HERE + "test_people.py::test_a_merge_silences_who_is_one_with_somebody_not_to_be_contacted",
    ),
    Fault(
        "a death that comes with a cancellation counts for nothing",
        "integrations/applying_visits.py",
        "        applying_people.spare(person=fact.person, said_at=fact.said_at, heard=heard)\n",
        "",
        HERE + "test_people.py::test_a_death_that_comes_with_the_end_of_a_visit_is_kept",
    ),
    Fault(
        "a death that is told late counts for nothing",
        "integrations/applying_people.py",
        '        fresh["status"] = Patient.Status.DECEASED.value',
        "        pass",
        HERE + "test_people.py::test_a_death_counts_whenever_it_was_said",
    ),
    Fault(
        "a change that comes before its booking is forgotten",
        "integrations/applying_visits.py",
        "        if not stood:",
        "        if stood:",
        HERE + "test_waiting_for_visits.py::test_it_holds_once_the_visit_stands",
    ),
    Fault(
        "a death of somebody unknown is forgotten",
        "integrations/applying_people.py",
        "    if person.is_dead or DEAD in link.stamps:",
        "    if person.is_dead:",
        "tests/integrations/test_people_remembered.py::test_a_death_of_somebody_unknown_is_remembered",
    ),
    Fault(
        "a merge forgets a death",
        "integrations/applying_merges.py",
        "    kept.stamps = marks | kept.stamps",
        "    kept.stamps = dict(kept.stamps)",
        "tests/integrations/test_people_remembered.py::test_a_death_of_somebody_unknown_outlives_a_merge",
    ),
    Fault(
        "half of a transaction takes effect",
        "integrations/handling.py",
        "        transaction.set_rollback(bool(parks))",
        "        transaction.set_rollback(False)",
        "tests/api/fhir/test_bundles.py"
        "::test_of_a_transaction_all_waits_where_one_does_and_takes_effect_together",
    ),
    Fault(
        "what a request acts on is handled by a worker beside it",
        "integrations/receiving.py",
        "    if not is_at_hand:",
        "    if True:",
        "tests/api/fhir/test_private.py::test_no_task_is_told_of_what_is_acted_on_at_once",
    ),
)
