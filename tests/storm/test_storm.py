"""Every fault of the provider at once, and workers that are killed: each text once, or on a person's list."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from tests.storm import account, cargo, weather
from tests.storm.riding import SEED, TEXTS, held, ride_out
from tests.storm.stage import WORKERS, Stage

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]
KILLS = 10 if TEXTS >= 1000 else 3


def test_each_text_arrives_once_or_is_on_a_person_s_list(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    chance = Random(SEED)

    def kill_a_worker() -> None:
        name = chance.choice(WORKERS)
        stage.kill(name)
        stage.start(name)

    # Given every fault at five per cent, and workers that are killed
    stage.provider.seed = SEED
    cargo.load(texts=TEXTS)
    ride_out(stage, blow=kill_a_worker, after=weather.kills(SEED, times=KILLS, posts=TEXTS))
    drawn = held(stage, record_property, f"{TEXTS} texts, every fault, {KILLS} workers killed")
    # Then every kind was among them
    kinds = {row.kind for row in drawn.rows if row.status in account.ARRIVED}
    assert kinds >= {"offer", "confirmation", "taken", "reminder", "reply"}
