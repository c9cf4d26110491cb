"""A sample of the months that ``make chaos`` lives through, and that the checker sees what it is there to see."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.engine import timers
from bot.engine.effect import SendMessage
from bot.engine.event import Pressed
from tests.explore.__main__ import again, specs
from tests.explore.patients import HOMES, PATTERNS, TREATMENTS, Action, Patient
from tests.explore.plans import SEASONS, ZONES, KillsEverywhere, Spec, explore, people
from tests.explore.run import Runner
from tests.explore.staff import DESKS
from tests.explore.verdict import Verdict, differences, judge
from tests.explore.world import World

SAMPLE = (
    Spec(seed=3, zone="Europe/London", season=0, plans=6, kills=4),
    Spec(seed=12, zone="Australia/Sydney", season=1, plans=6, kills=4, down=True, photos=True),
    Spec(seed=30, zone="America/St_Johns", season=1, plans=6, kills=4, down=True, faults=0.05),
)


def told(verdict: Verdict) -> str:
    return "\n".join(verdict.wrong[:20])


@pytest.mark.slow
@pytest.mark.chaos
@pytest.mark.parametrize("spec", SAMPLE, ids=lambda spec: spec.zone)
def test_three_months_with_kills_lose_nothing(spec: Spec) -> None:
    result = explore(spec)
    assert result.kills == spec.kills
    assert not result.verdict.wrong, f"{again(result.again)}\n{told(result.verdict)}"
    assert result.verdict.figures["check-ins fired"] > spec.plans


@pytest.mark.slow
@pytest.mark.chaos
def test_a_run_with_faults_is_the_same_in_another_process_that_orders_its_sets_otherwise() -> None:
    spec = Spec(seed=31, zone="Europe/London", season=1, plans=2, kills=2, down=True, faults=0.3, days=4)
    words = f"from tests.explore.plans import Spec, explore\nprint(explore({spec!r}).digest)"
    environ = {**os.environ, "PYTHONHASHSEED": "7"}
    found = subprocess.run([sys.executable, "-c", words], check=True, text=True, capture_output=True, env=environ)
    assert found.stdout.split()[-1] == explore(spec).digest


async def live(
    folder: Path,
    pattern: str,
    treatment: str = "mesotherapy",
    days: int = 5,
    named: tuple[str, ...] | None = None,
    *,
    photos: bool = False,
    **more: Any,
) -> tuple[World, Runner]:
    """One patient; killed at every call that is `named`."""
    start = SEASONS[0].replace(hour=8)
    world = World({1000: Patient(1000, treatment, pattern, start, 1, **more)}, start)
    wanted = KillsEverywhere(world.now, named) if named is not None else lambda _calls, _name: False
    runner = Runner(world, folder / f"{named is None}.db", "Europe/London", wanted, photos=photos)
    await runner.run(start + timedelta(days=days))
    return world, runner


@pytest.mark.slow
@pytest.mark.chaos
async def test_a_kill_at_every_call_that_writes_or_sends_tells_the_same_story(tmp_path: Path) -> None:
    plain, runner = await live(tmp_path, "amber", days=1)
    killed, often = await live(tmp_path, "amber", days=1, named=("commit", "new_contact", "send", "answer"))
    assert often.kills > runner.calls / 4
    assert not differences(plain, killed)
    verdict = judge(killed, tmp_path / "False.db", "Europe/London", killed.at)
    assert not verdict.wrong, told(verdict)
    assert any(line.is_repeat for lines in killed.chats.values() for line in lines)


def test_every_plan_meets_every_pattern_in_every_zone_and_season() -> None:
    wanted = list(specs(10_000, 500, 1))
    everybody = [(spec, patient) for spec in wanted for patient in people(spec).values()]
    met = {(patient.treatment, patient.pattern, spec.zone) for spec, patient in everybody}
    assert len(met) == len(TREATMENTS) * len(PATTERNS) * len(ZONES)
    assert sum(spec.plans for spec in wanted) == 10_000
    assert sum(spec.kills for spec in wanted) == 500
    for treatment in TREATMENTS:
        mine = [(spec, patient) for spec, patient in everybody if patient.treatment == treatment]
        assert {patient.home for _, patient in mine} == {"", *HOMES}
        shown = {(spec.photos, spec.down, patient.shows, patient.has_ticket) for spec, patient in mine}
        assert len(shown) == 16, "every way of enrolling and showing at every kind of clinic"
    turned = {
        (zone, offset(spec.until, zone) > offset(spec.start, zone))
        for spec in wanted
        for zone in [spec.zone]
        if offset(spec.until, zone) != offset(spec.start, zone)
    }
    assert {is_forth for _, is_forth in turned} == {True, False}


def offset(at: datetime, zone: str) -> timedelta:
    found = at.astimezone(ZoneInfo(zone)).utcoffset()
    assert found is not None
    return found


async def test_the_checker_sees_what_comes_at_night(tmp_path: Path) -> None:
    world, _ = await live(tmp_path, "silent", "microneedling", days=3)
    late = judge(world, tmp_path / "True.db", "Asia/Tokyo", world.at)  # night there
    assert any("in quiet hours" in wrong for wrong in late.wrong)


async def test_the_checker_sees_what_comes_after_stop(tmp_path: Path) -> None:
    world, _ = await live(tmp_path, "silent", days=3)
    assert not judge(world, tmp_path / "True.db", "Europe/London", world.at).wrong
    world.patients[1000].stopped = [world.start]
    found = judge(world, tmp_path / "True.db", "Europe/London", world.at)
    assert any("after /stop" in wrong for wrong in found.wrong)


async def test_the_checker_sees_what_never_fires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "_check_in", lambda _draft, _key: None)
    world, _ = await live(tmp_path, "fine", days=2)
    found = judge(world, tmp_path / "True.db", "Europe/London", world.at)
    assert any("nothing came of it" in wrong for wrong in found.wrong)


async def test_the_checker_sees_what_fires_twice(tmp_path: Path) -> None:
    world, _ = await live(tmp_path, "fine", days=2)
    (key, rows), *_ = world.ledger.opened.items()
    world.ledger.opened[key] = [*rows, *rows]
    found = judge(world, tmp_path / "True.db", "Europe/London", world.at)
    assert any("came 2 times" in wrong for wrong in found.wrong)


async def test_the_checker_sees_a_red_press_that_came_to_nothing(tmp_path: Path) -> None:
    world, _ = await live(tmp_path, "urgent", days=6)
    assert world.patients[1000].says_red
    assert not judge(world, tmp_path / "True.db", "Europe/London", world.at).wrong
    person = world.ledger.persons[1000]
    world.ledger.persons[1000] = replace(person, alerts=())
    found = judge(world, tmp_path / "True.db", "Europe/London", world.at)
    assert any("has no alert" in wrong for wrong in found.wrong)


async def test_whoever_moves_about_is_asked_once_and_never_at_night(tmp_path: Path) -> None:
    world, _ = await live(tmp_path, "moving", "combined", days=9)
    assert not judge(world, tmp_path / "True.db", "Europe/London", world.at).wrong
    assert len({each.zone for each in world.ledger.handed}) > 1
    assert any("by the clock in" in line.html for line in world.chats[1000])


async def test_whoever_has_a_ticket_is_entered_by_staff_and_asked_by_their_own_clock(tmp_path: Path) -> None:
    world, _ = await live(tmp_path, "fine", "combined", days=9, has_ticket=True, home="Honolulu")
    assert not judge(world, tmp_path / "True.db", "Europe/London", world.at).wrong
    (visit,) = world.ledger.persons[1000].visits
    assert (visit.treatment, visit.entered_by, visit.practitioner) == ("combined", "staff", f"Pat{1000 + DESKS}")
    asked = [each for each in world.ledger.handed if each.origin.fired and each.zone == "Pacific/Honolulu"]
    assert len(asked) > 3


async def test_photos_are_kept_and_the_checker_sees_one_that_is_lost_or_kept_unasked(tmp_path: Path) -> None:
    world, _ = await live(tmp_path, "fine", "combined", days=9, shows=True, photos=True)
    patient, database = world.patients[1000], tmp_path / "True.db"

    def wrong(*, takes_photos: bool = True) -> list[str]:
        return judge(world, database, "Europe/London", world.at, takes_photos=takes_photos).wrong

    assert patient.owed
    assert not wrong()
    assert any("kept are" in each for each in wrong(takes_photos=False))
    patient.shown.append("another")
    assert not wrong()
    patient.owed.add("another")
    assert any("kept are" in each for each in wrong())


async def test_another_story_is_told_apart(tmp_path: Path) -> None:
    (first, _), (second, _) = await asyncio.gather(live(tmp_path / "a", "fine"), live(tmp_path / "b", "amber"))
    assert differences(first, second)
    assert first.digest() != second.digest()
    assert not differences(first, first)


@dataclass(slots=True)
class GoesAway(Patient):
    """Answers the first check-in, each question after so many minutes, and leaves at the first detail."""

    overall: int = 19 * 60
    picture: int = 4 * 60 + 47
    chosen: set[str] = field(default_factory=set)

    def reads(self, at: datetime, message: SendMessage) -> list[Action]:
        waits = {"overall": self.overall, "picture": self.picture, "signs": 1}
        if message.flow != "recovery":
            return Patient.reads(self, at, message)  # super() knows no dataclass with slots
        by_id = {spec.id: spec.data or "" for row in message.rows for spec in row}
        chosen = next((each for each in ("better", "like_today", "spots") if each in by_id), None)
        if message.state not in waits or chosen is None or chosen in self.chosen:
            return []
        self.chosen.add(chosen)
        ids = (chosen, "done") if chosen == "spots" else (chosen,)
        return [(at + timedelta(minutes=waits[message.state]), tuple(Pressed(by_id[each], each) for each in ids))]


async def test_what_a_check_in_came_to_is_told_in_the_morning_after_an_outage(tmp_path: Path) -> None:
    start = SEASONS[0].replace(hour=8)
    world = World({1000: GoesAway(1000, "microneedling", "fine", start, 2)}, start, staff=False)
    died: list[datetime] = []

    def in_mid_send(_calls: int, name: str) -> bool:
        is_words = name == "send before" and world.at >= start + timedelta(hours=33, minutes=59) and not died
        if is_words:
            died.append(world.at)
        return is_words

    runner = Runner(world, tmp_path / "c.db", "Europe/London", in_mid_send, lambda: timedelta(hours=6))
    await runner.run(start + timedelta(days=2))
    came = [(f"{line.at:%d %H:%M}", line.html[:24]) for line in world.chats[1000] if line.at > died[0]]
    assert f"{died[0]:%d %H:%M}" == "08 18:00", "19:00 in London"
    assert came == [
        ("09 07:00", "Thank you for telling me"),
        ("09 07:00", "Is there anything else t"),
        ("09 07:00", "Hello Pat1000, how are y"),
        ("09 07:00", "Thank you. Three short o"),  # the mark on what was left
    ]
    assert not judge(world, tmp_path / "c.db", "Europe/London", world.at).wrong


@pytest.mark.parametrize("is_held", [True, False])
async def test_the_checker_sees_what_a_check_in_left_at_night_comes_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_held: bool
) -> None:
    if not is_held:
        monkeypatch.setattr(timers, "bring", lambda _draft, _session, _since: None)
    start = SEASONS[0].replace(hour=8)
    patient = GoesAway(1000, "microneedling", "fine", start, 2, overall=4 * 60, picture=1)
    world = World({1000: patient}, start, staff=False)
    await Runner(world, tmp_path / "c.db", "Europe/London").run(start + timedelta(days=2))
    words = next(line for line in world.chats[1000] if line.html.startswith("Thank you for telling me"))
    assert f"{words.at:%d %H:%M}" == ("08 07:00" if is_held else "07 22:17")
    found = judge(world, tmp_path / "c.db", "Europe/London", world.at)
    assert any("in quiet hours" in wrong and "expire/" in wrong for wrong in found.wrong) is not is_held


async def test_a_check_in_left_in_the_outbox_overnight_is_asked_anew_in_the_morning(tmp_path: Path) -> None:
    start = SEASONS[0].replace(hour=8)
    world = World({1000: Patient(1000, "microneedling", "silent", start, 1)}, start)
    died: list[datetime] = []

    def in_mid_send(_calls: int, name: str) -> bool:
        is_check_in = name == "send before" and world.at.hour >= 18 and not died
        if is_check_in:
            died.append(world.at)
        return is_check_in

    runner = Runner(world, tmp_path / "c.db", "Europe/London", in_mid_send, lambda: timedelta(hours=6))
    await runner.run(start + timedelta(days=3))
    asked = [line for line in world.chats[1000] if "how are you getting on" in line.html]
    assert died[0].astimezone(ZoneInfo("Europe/London")).hour == 19
    assert asked[0].at.astimezone(ZoneInfo("Europe/London")).hour == 8
    assert not judge(world, tmp_path / "c.db", "Europe/London", world.at).wrong
