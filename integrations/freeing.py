"""What becomes of a time that another system frees: offered by itself, after a person's word, or never."""

from __future__ import annotations

from clinic.following import Freed as Terms
from clinic.models import Appointment
from integrations import latest
from integrations.facts import Standing, VisitFact
from integrations.hearing import Hearing
from integrations.latest import Words
from integrations.models import FeedPolicy, Freed


def terms(*, visit: Appointment, known: Words, fact: VisitFact, heard: Hearing) -> Terms:
    """On which terms the visit's time is free once this fact is heard; `known` was the word until then.

    Nobody is asked before the source's settle time is over, counted from when the message came. What is old,
    doubtful, or is to be asked about waits for a person; a time that we had given away is never dropped.
    """
    since = max(heard.now, heard.received_at + heard.source.settle)
    rule = policy(clinic_id=visit.clinic_id, visit_type_id=visit.visit_type_id)
    is_wanted = rule != Freed.NEVER and fact.is_offerable and fact.standing != Standing.NO_SHOW
    if not is_wanted:
        # Its slot counts as filled, and somebody has to say what it is now.
        return Terms(is_offered=bool(visit.fills_slot), since=since, ask_first=True)
    # A cancellation need not repeat the time, nor the contradiction in it.
    is_doubtful = bool(fact.doubts or latest.value(known, latest.DOUBTS)) or _names_another_time(
        fact, known, visit
    )
    ask_first = rule == Freed.ASK or is_doubtful or not heard.may_offer
    return Terms(is_offered=True, since=since, ask_first=ask_first)


def _names_another_time(fact: VisitFact, known: Words, visit: Appointment) -> bool:
    """Whether a cancellation is of a time that is neither ours nor the one that was last said.

    What is free is the time that is stored; that something else was meant only a person can see.
    """
    if fact.starts_at is None or fact.standing not in latest.OFF:
        return False
    told = latest.interval(known)
    return fact.starts_at not in (visit.starts_at, told[0] if told else None)


def policy(*, clinic_id: int, visit_type_id: int) -> str:
    """The clinic's rule for such visits; where it has none, times are offered by themselves."""
    rows = FeedPolicy.objects.filter(clinic=clinic_id).order_by("visit_type")
    rules: dict[int | None, str] = dict(rows.values_list("visit_type", "freed"))
    return rules.get(visit_type_id) or rules.get(None) or Freed.AUTOMATIC.value
