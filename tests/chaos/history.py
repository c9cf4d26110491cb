"""One history: a crowd, bad weather, kills; then calm, until nothing is left to do. All of it in virtual time."""

from __future__ import annotations

import asyncio
import logging
import random
import shutil
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.authoring.book import Reading
from bot.delivery.limits import NO_LIMITS, Limits
from bot.reading import read_clinic
from bot.settings import Settings
from bot.store.opening import open_sqlite
from bot.store.protocol import Batch, DatabaseAway, Timer
from tests.chaos.crowd import Crowd
from tests.chaos.kinds import ACTIVE_SECONDS, KINDS, Kind, some
from tests.chaos.log import Log
from tests.chaos.process import STAFF_CHAT, Kills, Outside, Process
from tests.chaos.telegram import Hook, Telegram
from tests.chaos.virtual_time import VirtualLoop, run_virtual
from tests.chaos.weather import FAULTS, Spell, Weather
from tests.committed import committed_reading
from tests.explore.ledger import Ledger
from tests.explore.run import KEY, ROOT
from tests.explore.rush import enrolled
from tests.explore.seams import Killed
from tests.fake_bot_api.errors import Json

START = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)  # a Monday; far from the night for as long as patients act
LONGEST_SECONDS = 90 * 3600.0
"""Until nothing is left to do; more than any hold, and than three outages of a day."""
QUIET_SECONDS = 5.0
REFUSED_SECONDS = 45.0
"""Until whoever runs a bot whose token is refused starts it again."""


@dataclass(slots=True)
class History:
    """What there is to judge when it is over."""

    seed: int
    kind: str
    log: Log
    ledger: Ledger
    telegram: Telegram
    crowd: Crowd
    limits: Limits
    database: Path
    ended_at: float = 0.0
    unfinished: str = ""
    broken: list[str] = field(default_factory=list)
    kills: int = 0


@cache
def new_database() -> dict[str, bytes]:
    """The files of a database that nobody is in: making one anew takes a tenth of a second."""

    async def make(path: Path) -> None:
        await (await open_sqlite(path, data_key=KEY, synchronous="OFF", now=START)).close()

    with TemporaryDirectory() as folder:
        asyncio.run(make(Path(folder) / "clinic.db"))
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


@cache
def changed_reading() -> Reading:
    """The same clinic, its flows changed: a question renamed, and another in place of one that is gone."""
    with TemporaryDirectory() as folder:
        flows = Path(folder) / "flows"
        shutil.copytree(ROOT / "flows", flows)
        consult = flows / "consult.yaml"
        text = consult.read_text(encoding="utf-8")
        changed = text.replace("\n  when:\n", "\n  by_when:\n    was: [when]\n")
        changed = changed.replace("to: when}", "to: by_when}").replace("next: when\n", "next: by_when\n")
        assert changed != text
        consult.write_text(changed, encoding="utf-8")
        found = read_clinic(Settings(flows_dir=flows, data_dir=ROOT / "data", _env_file=None))
    assert found.book is not None, found.errors
    return found


class Runner:
    """Lives one history through.

    Args:
        seed: Of everything.
        folder: An empty one.
        kind: None: the seed says it.
    """

    def __init__(self, seed: int, folder: Path, kind: Kind | None = None) -> None:
        self._rng = rng = random.Random(f"history/{seed}")
        self._kind = kind = kind or KINDS[seed % len(KINDS)]
        running = asyncio.get_running_loop()
        assert isinstance(running, VirtualLoop)
        self._loop = running
        self._jump = timedelta()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._away_until = 0.0
        self._unheard = 0
        self._process: Process | None = None
        log = Log()
        telegram = Telegram(START, self._loop.time, Weather(rng), log, rng)
        habits = some(rng, kind.habits, 2)
        crowd = Crowd(telegram, log, rng, frozenset(habits), STAFF_CHAT)
        ledger = Ledger(lambda update: crowd.updates.get(update) or crowd.odd.get(update, 0))
        limits = rng.choice((NO_LIMITS, Limits()))
        here = folder / f"{seed}.0"
        here.mkdir()
        for name, content in new_database().items():
            (here / name).write_bytes(content)
        self._outside = Outside(
            telegram=telegram,
            log=log,
            now=self._now,
            folder=here,
            reading=committed_reading(),
            kills=self._plan_kills(),
            rng=rng,
            limits=limits,
            polls=rng.random() < 0.5 if kind.polls is None else kind.polls,
            database_is_away=self._is_away,
            commit_is_unheard=self._is_unheard,
            committed=ledger.committed,
        )
        self.history = History(seed, kind.name, log, ledger, telegram, crowd, limits, here / "clinic.db")

    async def run(self) -> History:
        """From the first start to the last end."""
        random.seed(f"jitter/{self.history.seed}")
        history, rng = self.history, self._rng
        history.crowd.enter(rng.choice((2, 2, 2, 3)))
        await self._enrol()
        self._plan_weather()
        if not self._outside.polls:
            self._hook = Hook(history.telegram, self._post, self.spawn, rng)
            self._hook.delays = 0.5
        acts = [self.spawn(history.crowd.patient(one, rng.randint(4, 8))) for one in history.crowd.patients]
        team = self.spawn(history.crowd.team())
        events = [self.spawn(self._event(name)) for name in some(rng, self._kind.events)]
        living = self.spawn(self._live())
        await asyncio.wait([*acts, *events])
        for task in [*acts, *events]:
            task.result()
        await asyncio.sleep(max(0.0, ACTIVE_SECONDS - self._loop.time()))
        team.cancel()
        history.unfinished = await self._until_quiet()
        while self._process is None and not history.unfinished:  # killed at the last moment
            history.unfinished = await self._until_quiet()
        living.cancel()
        await asyncio.wait([living])
        if not living.cancelled() and (error := living.exception()) is not None:
            raise error
        if self._process is not None:
            await self._process.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        history.database = self._outside.folder / "clinic.db"
        history.ended_at = self._loop.time()
        return history

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """A task that belongs to no process."""
        task = asyncio.create_task(work, name="outside")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # The bot

    async def _live(self) -> None:
        """Start it whenever it has ended."""
        while True:
            process = Process(self._outside)
            try:
                await process.start()
            except Killed:
                await self._killed(process)
                continue
            except DatabaseAway:
                await process.kill()
                await asyncio.sleep(1.0)
                continue
            self._process = process
            why = await process.ended()
            if why == "killed":
                self._process = None
                await self._killed(process)
                continue
            self._process = None
            await process.stop()
            if why == "refused":
                await asyncio.sleep(REFUSED_SECONDS)
            elif why != "asked":
                self.history.broken.append(why)

    async def _killed(self, process: Process) -> None:
        self.history.kills += 1
        await process.kill()
        down = self._rng.choice(self._kind.down)
        if down > 3600:
            self.history.log.injected("a day's outage, then all at once")
        await asyncio.sleep(down)

    async def _post(self, update: Json) -> bool:
        process = self._process
        if process is None or process.webhook is None or not process.webhook.is_open:
            await asyncio.sleep(0.01)
            return False
        task = asyncio.create_task(process.take(update))  # of that process, and dropped with it
        await asyncio.wait({task})
        return not task.cancelled() and task.exception() is None and task.result()

    async def _until_quiet(self) -> str:
        """Wait until nothing is left to do; why not, if that never comes."""
        deadline = self._loop.time() + LONGEST_SECONDS
        left = "no process came up"
        while self._loop.time() < deadline:
            await asyncio.sleep(QUIET_SECONDS)
            if self._process is None or self._process.app is None:
                continue
            pending = self.history.telegram.queue.live()
            rows = await self._process.app.store.waiting_rows(10)
            if not pending and not rows:
                return ""
            left = f"{len(pending)} updates, rows {[(row.id, row.lane.value, row.chat) for row in rows]}"
            await asyncio.sleep(min(60.0, QUIET_SECONDS + (self._loop.time() - ACTIVE_SECONDS) / 10))
        return left

    # Faults

    def _now(self) -> datetime:
        return START + timedelta(seconds=self._loop.time()) + self._jump

    def _is_away(self) -> bool:
        is_away = self._loop.time() < self._away_until
        if is_away:
            self.history.log.faults["the database is away"] += 1
        return is_away

    def _is_unheard(self) -> bool:
        if self._unheard <= 0:
            return False
        self._unheard -= 1
        self.history.log.injected("a commit whose answer is lost")
        return True

    def _plan_kills(self) -> Kills:
        kind, rng = self._kind, self._rng
        found = Kills()
        seams = sorted(kind.seams)
        for _ in range(rng.randint(kind.kills // 2, kind.kills)):
            seam = rng.choice(seams)
            most = 1 if seam.startswith("erase") or "marks" in seam else 9
            found.at[seam, rng.randint(1, most)] = kind.seams[seam]
        return found

    def _plan_weather(self) -> None:
        rng, spells = self._rng, self.history.telegram.weather.spells
        for name in some(rng, self._kind.calls):
            since = rng.uniform(0, ACTIVE_SECONDS / 4)
            until = rng.uniform(since, ACTIVE_SECONDS)
            chats = None
            if rng.random() < 0.3:
                chats = frozenset({rng.choice(self.history.crowd.patients).id, STAFF_CHAT})
            spells.append(Spell(FAULTS[name], since, until, self._kind.chance, chats))
        if self._kind.name == "away" and rng.random() < 0.4:
            spells.insert(0, Spell(FAULTS["5xx for minutes"], 20.0, 620.0, 1.0))

    async def _event(self, name: str) -> None:
        await asyncio.sleep(self._rng.uniform(5, 60))
        telegram, log = self.history.telegram, self.history.log
        group = next(one for one in telegram.world.groups.values() if one.migrated_to is None)
        match name:
            case "the database is away":
                self._away_until = self._loop.time() + self._rng.choice((2.0, 10.0, 70.0))
            case "a commit whose answer is lost":
                self._unheard = self._rng.randint(1, 2)
            case "the clock jumps":
                log.injected(name)
                self._jump += timedelta(hours=self._rng.choice((-2, 2)))
            case "the same update on two sockets":
                self._hook.doubles = 0.5
            case "update numbers begin anew":
                await self._renumber()
            case "the staff group moves":
                log.injected(name)
                telegram.people.migrate(group, -1_000_000_777)
            case "the bot is put out of the staff group":
                log.injected(name)
                by = telegram.world.people[next(iter(group.members))]
                telegram.people.move_bot(group, by, "kicked")
                await asyncio.sleep(self._rng.uniform(10, 120))
                group = next(one for one in telegram.world.groups.values() if one.migrated_to is None)
                telegram.people.move_bot(group, by, "administrator")
            case "an orderly end under load":
                await self._end_orderly()
            case "the token is refused":
                log.injected(name)
                telegram.is_revoked = True
                await asyncio.sleep(self._rng.uniform(5, 60))
                telegram.is_revoked = False
            case "the flows change in mid conversation":
                self._outside.reading = changed_reading()
                await self._end_orderly()
                log.injected(name)
            case _:
                raise AssertionError(name)

    async def _renumber(self) -> None:
        """As soon as nothing waits, as Telegram does it after a week of silence."""
        for _ in range(600):
            await asyncio.sleep(0.2)
            if not self.history.telegram.queue.live():
                self.history.telegram.queue.jump(self._rng.choice((5_000, 300_000_000)))
                self.history.log.injected("update numbers begin anew")
                return

    async def _end_orderly(self) -> None:
        for _ in range(600):
            if self._process is not None:
                self.history.log.injected("an orderly end under load")
                self._process.asked.set()
                return
            await asyncio.sleep(0.2)

    async def _enrol(self) -> None:
        """Some of them are a week after a treatment: a check-in falls due in between."""
        self._loop.stands = True
        store = await open_sqlite(self._outside.folder / "clinic.db", data_key=KEY, synchronous="OFF", now=START)
        self._loop.stands = False
        batch = Batch(START - timedelta(days=7))
        for person in self.history.crowd.patients[1:]:
            contact = await store.new_contact(person.id, batch.now)
            due = START + timedelta(seconds=self._rng.uniform(10, 200))
            catch_up = self._rng.choice((90, 259_200))
            batch.persons.append(enrolled(replace(contact, first_name="Pat", standing=1), due))
            batch.timers_set.append(Timer(contact.id, f"checkin/V{contact.id}-1/day_7", "checkin", due, catch_up))
        await store.commit(batch)
        self.history.ledger.committed(batch, [])
        await store.close()


def live(seed: int, folder: Path) -> History:
    """One history, from its seed alone; its log holds what the bot logged."""

    async def main() -> History:
        runner = Runner(seed, folder)
        lines = runner.history.log.told
        loggers = [logging.getLogger(name) for name in ("bot", "asyncio")]
        before = [(logger.level, logger.propagate) for logger in loggers]
        for logger in loggers:
            logger.addHandler(lines)
            logger.setLevel(logging.DEBUG)
            logger.propagate = False
        try:
            return await runner.run()
        finally:
            for logger, (level, propagate) in zip(loggers, before, strict=True):
                logger.removeHandler(lines)
                logger.setLevel(level)
                logger.propagate = propagate

    new_database()
    return run_virtual(main())
