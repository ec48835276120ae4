"""Whatever staff and patients do, in whatever order: one winner, no text after STOP, every slot ends."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.stateful.provider import Fate
from tests.stateful.watched import MEANINGS, undone
from tests.stateful.world import World

# Without it the same few orders are tried every time: a gate that fails must fail again.
SOAK_EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "0"))
ANY = st.integers(0, 11)
HOURS = st.sampled_from([2.5, 26, 26.25])
WAITS = st.sampled_from([5, 31, 100, 8 * 60, 20 * 60, 3 * 3600, 13 * 3600])


class Clinic(RuleBasedStateMachine):
    """Numbers drawn count round whatever there is: slots, patients, texts."""

    def __init__(self) -> None:
        super().__init__()
        self.undoing = undone()
        self.undoing.__enter__()
        self.world = World()
        self.patients = list(self.world.model.phones)
        self.world.gives_old_visit(self.patients[0], hours=72)

    def teardown(self) -> None:
        try:
            if not self.world.failed:
                self.world.let_time_run_out()
        finally:
            self.world.closing.close()
            self.undoing.__exit__(None, None, None)

    def slot(self, number: int) -> int:
        slots = list(self.world.model.slots)
        return slots[number % len(slots)]

    def patient(self, number: int) -> int:
        return self.patients[number % len(self.patients)]

    def has_slots(self) -> bool:
        return bool(self.world.model.slots)

    def has_texts(self) -> bool:
        return bool(self.world.phones.texts)

    @initialize(asked=st.booleans())
    def the_day_begins(self, asked: bool) -> None:
        with self.world.step():
            if asked:
                self.world.logs(provider=0, hours=26)
                self.world.waits(31)

    @rule(provider=st.integers(0, 1), hours=HOURS)
    def staff_log_a_cancellation(self, provider: int, hours: float) -> None:
        with self.world.step():
            self.world.logs(provider=provider, hours=hours)

    @precondition(has_slots)
    @rule(slot=ANY, verb=st.sampled_from(["withdraws", "pauses", "resumes", "cancels_visit", "reopens"]))
    def staff_change_a_slot(self, slot: int, verb: str) -> None:
        with self.world.step():
            getattr(self.world, verb)(self.slot(slot))

    @precondition(has_slots)
    @rule(slot=ANY, patient=ANY)
    def staff_fill_by_phone(self, slot: int, patient: int) -> None:
        with self.world.step():
            self.world.fills(self.slot(slot), self.patient(patient))

    @rule(patient=ANY, step=st.sampled_from(["joins", "pause", "resume", "remove"]))
    def the_waitlist_changes(self, patient: int, step: str) -> None:
        with self.world.step():
            if step == "joins":
                self.world.joins(self.patient(patient))
            else:
                self.world.steps(self.patient(patient), step)

    @rule(patient=ANY, words=st.sampled_from(["YES", "YES", *MEANINGS]), times=st.integers(1, 2))
    def a_patient_texts(self, patient: int, words: str, times: int) -> None:
        with self.world.step():
            self.world.says(self.patient(patient), words, times=times)

    @rule(patient=ANY, words=st.sampled_from(["YES", "NO"]))
    def a_patient_texts_and_is_answered(self, patient: int, words: str) -> None:
        with self.world.step():
            self.world.says(self.patient(patient), words)
            self.world.sweep()

    @rule(work=st.sampled_from(["read_texts", "answer_texts", "sweep_slots", "send_texts"]))
    def a_worker_gets_this_far(self, work: str) -> None:
        with self.world.step():
            getattr(self.world, work)()

    @rule(seconds=WAITS)
    def time_passes_and_all_is_swept(self, seconds: int) -> None:
        with self.world.step():
            self.world.waits(seconds)

    @rule(seconds=WAITS)
    def time_passes_and_nothing_runs(self, seconds: int) -> None:
        with self.world.step():
            self.world.clock.shift(seconds % 3600)

    @rule(fate=st.sampled_from(Fate))
    def the_provider_will_do_this_next(self, fate: Fate) -> None:
        with self.world.step():
            self.world.phones.fates.append(fate)

    @precondition(has_texts)
    @rule(text=ANY, word=st.sampled_from(["sent", "delivered", "undelivered", "failed"]))
    def a_receipt_arrives(self, text: int, word: str) -> None:
        with self.world.step():
            self.world.reports(-1 - text % len(self.world.phones.texts), word)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_order_of_events_breaks_a_promise() -> None:
    budget = settings(
        max_examples=SOAK_EXAMPLES or 12,
        derandomize=not SOAK_EXAMPLES,
        stateful_step_count=25,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Clinic, settings=budget)
