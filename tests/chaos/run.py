"""One run: patients, kills, and the verdict."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.killer import Killer
from tests.chaos.patient import ChaosPatient
from tests.chaos.verdict import Verdict, judge
from tests.e2e.bot_process import BotProcess
from tests.fake_bot_api.client import FakeTelegram

AT_ONCE = 40  # patients; were it all, a kill would come before a page of their updates is through, again and again
LEAST_ACTIONS = 10  # of a patient from Start to the end
QUIET_SECONDS = 60.0
FIRST_PERSON = 7_000_000_001


@dataclass(slots=True)
class Report:
    """A run's verdict, with how long it took."""

    seed: int
    verdict: Verdict
    ends: dict[str, int]
    kills: int
    seconds: float
    log: list[str]


async def run_chaos(folder: Path, *, patients: int, kills: int, seed: int, say: Callable[[str], None]) -> Report:
    """Let `patients` go through while the bot is killed `kills` times.

    Args:
        folder: For database and key.
        patients: How many.
        kills: How often.
        seed: Of all choices and moments; how the machine schedules is its own chance.
        say: Takes lines of progress.
    """
    began = time.monotonic()
    rng = random.Random(seed)
    with FakeTelegram() as telegram:
        bot = BotProcess(folder, telegram.root, telegram.token, {"LOG_LEVEL": "info"})
        try:
            return await _run(telegram, bot, rng, patients, kills, seed, say, began)
        finally:
            bot.close()


async def _run(
    telegram: FakeTelegram,
    bot: BotProcess,
    rng: random.Random,
    number: int,
    kills: int,
    seed: int,
    say: Callable[[str], None],
    began: float,
) -> Report:
    done = 0

    def progress(killed: int) -> None:
        if killed % max(1, kills // 10) == 0 or killed == kills:
            say(f"{time.monotonic() - began:5.0f} s   {killed} kills, {done} of {number} patients through")

    moments = sorted(rng.sample(range(1, number * LEAST_ACTIONS), kills))
    killer = Killer(bot, telegram.root, rng, moments, progress)
    patients = [
        ChaosPatient(telegram.person(FIRST_PERSON + n, f"Pat{n}"), random.Random(rng.random()), killer.acted)
        for n in range(number)
    ]

    room = asyncio.Semaphore(AT_ONCE)

    async def go(patient: ChaosPatient) -> str:
        nonlocal done
        try:
            async with room:
                await patient.run()
        except TimeoutError as error:
            return f"{patient.person.first_name} is stuck:\n{error}"
        done += 1
        return ""

    killing = asyncio.create_task(killer.run())
    stuck = [words for words in await asyncio.gather(*[go(patient) for patient in patients]) if words]
    try:
        await asyncio.wait_for(killing, QUIET_SECONDS)
    except TimeoutError:
        stuck.append("the kills were never all done")
    if bot.is_running:
        await asyncio.to_thread(_until_quiet, telegram, bot)
        code = await asyncio.to_thread(bot.terminate)
        stuck += [f"SIGTERM: exit code {code}"] if code else []
    verdict = await judge(telegram, bot, patients, killer.killed_at)
    verdict.wrong = stuck + verdict.wrong
    verdict.figures |= {
        "typed": sum(patient.diary.typed for patient in patients),
        "double presses": sum(patient.diary.doubles for patient in patients),
        "steps back": sum(patient.diary.backs for patient in patients),
    }
    ends: dict[str, int] = {}
    for patient in patients:
        ends[patient.end or "not through"] = ends.get(patient.end or "not through", 0) + 1
    return Report(seed, verdict, ends, len(killer.killed_at), time.monotonic() - began, bot.lines)


def _until_quiet(telegram: FakeTelegram, bot: BotProcess) -> None:
    """Wait until nothing is pending at the server, nor unsent in the outbox."""
    due = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < due and bot.is_running:
        connection = sqlite3.connect(f"file:{bot.database}?mode=ro", uri=True)
        try:
            (unsent,) = connection.execute("select count(*) from outbox where status = 'waiting'").fetchone()
        finally:
            connection.close()
        if not unsent and not telegram.state()["pending"]:
            return
        time.sleep(0.1)
