"""A day's outage, then everything at once: `BACKLOG` updates, 100 by default."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.chaos import history as module
from tests.chaos.history import Runner
from tests.chaos.invariants import judge
from tests.chaos.kinds import Kind
from tests.chaos.log import Call
from tests.chaos.virtual_time import run_virtual
from tests.fake_bot_api.world import Person

TYPED = ("hello", "1", "yes", "i agree", "acne scars", "/answers")
BACKLOG = int(os.environ.get("BACKLOG", "100"))
PEOPLE = 10
FIRST = 7_300_000_001


async def outage(folder: Path) -> tuple[module.History, list[Person]]:
    """Everybody starts and writes on, all of it before the bot's first poll."""
    runner = Runner(13, folder, Kind("outage", kills=0, polls=True))
    telegram = runner.history.telegram
    people = [Person(FIRST + place, "Zuleika", started=True) for place in range(PEOPLE)]
    rng = random.Random(13)
    for person in people:
        telegram.world.people[person.id] = person
        telegram.people.say(person, "/start")
    for _ in range(BACKLOG - PEOPLE):
        telegram.people.say(rng.choice(people), rng.choice(TYPED))
    return await runner.run(), people


@pytest.mark.slow
@pytest.mark.chaos
def test_a_backlog_is_taken_in_order(tmp_path: Path) -> None:
    module.new_database()
    history, people = run_virtual(outage(tmp_path))
    assert not judge(history)
    assert len(history.telegram.queue.acked) >= BACKLOG
    for person in people:
        sent: list[Call] = [call for call in history.log.calls if call.chat == person.id and call.taken]
        assert sent
        questions = [call.text for call in sent if call.method == "sendMessage"]
        assert len(questions) < BACKLOG / PEOPLE * 3, "stale questions are asked once"
