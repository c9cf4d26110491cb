"""Which runs there are: a clinic in a zone, its patients, the season, outages, kills."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.explore.patients import HOMES, PATTERNS, TREATMENTS, Patient
from tests.explore.run import Runner
from tests.explore.verdict import Verdict, differences, judge
from tests.explore.world import World

ZONES = (
    "Europe/London", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "America/St_Johns",
    "Australia/Lord_Howe", "Pacific/Auckland", "UTC",
)  # fmt: skip
SEASONS = (datetime(2026, 9, 7, tzinfo=UTC), datetime(2027, 2, 8, tzinfo=UTC))
"""Three months from either hold a change of the clocks: back or forth, by the hemisphere."""
DAYS = 90
ENROLLING_DAYS = 4
DOWN = tuple(timedelta(minutes=minutes) for minutes in (0, 0, 0, 3, 7, 15, 50, 240, 600, 840, 1500, 3 * 1440))
FIRST_CHAT = 1_000
TICKETS, ELSEWHERE, PHOTOS = 0.25, 0.2, 0.3
"""How many of the patients, of 1."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One run; equal specs give equal runs.

    `kills` fall on calls chosen by chance. With `down` the bot stays down after each, for minutes or days;
    `faults` is how often a call of the sender fails. A run with neither is held against one without kills, word by
    word. `photos`: the clinic takes them in check-ins.
    """

    seed: int
    zone: str
    season: int
    plans: int
    kills: int = 0
    down: bool = False
    faults: float = 0.0
    photos: bool = False
    days: int = DAYS

    @property
    def start(self) -> datetime:
        return SEASONS[self.season]

    @property
    def until(self) -> datetime:
        """Everybody has had their days by then."""
        return self.start + timedelta(days=self.days + ENROLLING_DAYS + 1)


@dataclass(slots=True)
class Result:
    """What came of a run; `again` is the spec that repeats it."""

    again: Spec
    verdict: Verdict
    kills: int
    seconds: float
    digest: str
    """Of the transcript: two runs of one spec have the same."""


def people(spec: Spec) -> dict[int, Patient]:
    """Every pattern with every treatment, in turn; enrolling through the first days, at half hours.

    By chance they have a ticket, live elsewhere, and send photos.
    """
    rng = random.Random(f"people/{spec.seed}")
    found = {}
    for number in range(spec.plans):
        kind = spec.seed + number
        at = spec.start + timedelta(minutes=30 * rng.randint(0, ENROLLING_DAYS * 48 - 1))
        chat = FIRST_CHAT + number
        found[chat] = Patient(
            chat,
            TREATMENTS[kind % 3],
            PATTERNS[kind // 3 % len(PATTERNS)],
            at,
            kind,
            has_ticket=rng.random() < TICKETS,
            home=rng.choice(HOMES) if rng.random() < ELSEWHERE else "",
            shows=rng.random() < PHOTOS,
        )
    return found


class KillsAtRandom:
    """Kills at so many calls, by their place among all calls of the run.

    Args:
        rng: Chance.
        kills: How many.
        calls: How many calls the run without kills made.
    """

    def __init__(self, rng: random.Random, kills: int, calls: int) -> None:
        self._at = set(rng.sample(range(1, calls), kills))
        self._calls = 0

    def __call__(self, calls: int, name: str) -> bool:
        self._calls += 1
        return self._calls in self._at


class KillsEverywhere:
    """Kills at every call once: each life comes one call further at its instant than the one before.

    Args:
        now: The virtual clock.
        named: Only calls whose name begins so; empty: all.
    """

    def __init__(self, now: Callable[[], datetime], named: tuple[str, ...] = ()) -> None:
        self._now = now
        self._named = named
        self._killed: set[tuple[datetime, int, str]] = set()

    def __call__(self, calls: int, name: str) -> bool:
        place = (self._now(), calls, name)
        if (self._named and not name.startswith(self._named)) or place in self._killed:
            return False
        self._killed.add(place)
        return True


def explore(spec: Spec) -> Result:
    """One run, and where that says something the same without kills beside it."""
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        verdict, kills, digest = asyncio.run(_explore(spec, Path(folder)))
    return Result(spec, verdict, kills, time.monotonic() - began, digest)


async def _explore(spec: Spec, folder: Path) -> tuple[Verdict, int, str]:
    is_plain = not (spec.down or spec.faults)
    plain: World | None = None
    calls = 250 * spec.plans  # about
    if spec.kills and is_plain:
        plain = world_of(spec)
        runner = Runner(plain, folder / "plain.db", spec.zone, photos=spec.photos)
        await runner.run(spec.until)
        calls = runner.calls
    world = world_of(spec)
    rng = random.Random(f"kills/{spec.seed}")
    wanted = KillsAtRandom(rng, spec.kills, calls) if spec.kills else lambda _calls, _name: False
    down_for = (lambda: rng.choice(DOWN)) if spec.down else timedelta
    runner = Runner(world, folder / "clinic.db", spec.zone, wanted, down_for, photos=spec.photos)
    await runner.run(spec.until)
    verdict = judge(world, folder / "clinic.db", spec.zone, spec.until, takes_photos=spec.photos)
    if plain is not None:
        verdict.wrong += differences(plain, world)
    return verdict, runner.kills, world.digest()


def world_of(spec: Spec) -> World:
    """Everybody outside the bot, at the start."""
    return World(
        people(spec),
        spec.start,
        faults=spec.faults,
        staff=spec.seed % 4 != 0,
        seed=spec.seed,
        is_down_at_times=spec.down,
    )
