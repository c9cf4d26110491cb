"""``python -m tests.chaos.several [--seconds 120] [--seed N]``: several processes on PostgreSQL, none safe.

Three web processes behind a balancer and two workers; every few seconds one is killed, ended or paused past its
lease, and PostgreSQL is restarted now and then. Patients go on all the time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.limits import LEASE_SECONDS
from tests.chaos.balancer import Balancer
from tests.chaos.patient import ChaosPatient
from tests.chaos.verdict import Verdict
from tests.chaos.verdict_several import Trouble, judge
from tests.command import run_command
from tests.e2e.bot_process import BotProcess, environment
from tests.e2e.test_webhook import free_port
from tests.fake_bot_api.client import FakeTelegram
from tests.postgres.clinic import KEY, Clinic, all_sent
from tests.postgres.cluster import Cluster, installed, make_cluster
from tests.postgres.database import made

QUIET_SECONDS = 90.0
FIRST_PERSON = 7_400_000_001
READY = ("taking updates by webhook as @", "sending as @")
Say = Callable[[str], None]


@dataclass(slots=True)
class Storm:
    """What happens to whom.

    `plan`: (seconds to wait, what, whom): "kill" (SIGKILL), "end" (SIGTERM), "pause" (a worker, past its lease),
    "restart" (PostgreSQL). The web processes come first.
    """

    web: int
    workers: int
    at_once: int
    plan: Sequence[tuple[float, str, int]]


@dataclass(slots=True)
class Run:
    """One run, as far as it has come."""

    telegram: FakeTelegram
    clinic: Clinic
    cluster: Cluster
    storm: Storm
    rng: random.Random
    say: Say
    processes: list[BotProcess] = field(default_factory=list)
    lives: list[int] = field(default_factory=list)
    patients: list[ChaosPatient] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    is_over: bool = False

    def start(self, place: int) -> int:
        """A process's next life, with a path of its own to Telegram; where its log begins."""
        process = self.processes[place]
        self.lives[place] += 1
        process.environ["BOT_API_URL"] = f"{self.telegram.root}/{place}.{self.lives[place]}"
        since = len(process.lines)
        process.start()
        return since

    async def ready(self, place: int, since: int) -> None:
        words = READY[place >= self.storm.web]
        await asyncio.to_thread(self.processes[place].wait_log, words, since=since, seconds=60)

    async def rage(self) -> None:
        """All of the plan; each that was killed or ended is started again at once."""
        began = time.monotonic()
        for seconds, what, place in self.storm.plan:
            await asyncio.sleep(seconds)
            trouble = Trouble(what, f"{place}.{self.lives[place]}", time.time())
            if what == "restart":
                trouble.whom = ""
                await asyncio.to_thread(self.cluster.stop, self.rng.choice(["fast", "immediate"]))
                await asyncio.to_thread(self.cluster.start)
            elif what == "pause":
                self.processes[place].pause()
                await asyncio.sleep(LEASE_SECONDS + 1.5)
                self.processes[place].go_on()
            else:
                end = self.processes[place].kill if what == "kill" else self.processes[place].terminate
                await asyncio.to_thread(end)
                self.start(place)
            trouble.until = time.time()
            self.troubles.append(trouble)
            through = sum(bool(patient.end) for patient in self.patients)
            whom = (
                f" {'web' if place < self.storm.web else 'worker'} {place}" if trouble.whom else " of PostgreSQL"
            )
            self.say(f"{time.monotonic() - began:5.0f} s   {what}{whom}; {through} patients through")
        self.is_over = True

    async def live(self, lane: int) -> None:
        """One patient after another, until the storm is over."""
        while not self.is_over:
            number = len(self.patients)
            person = self.telegram.person(FIRST_PERSON + number, f"Pat{number}")
            patient = ChaosPatient(person, random.Random(self.rng.random()), lambda: None)
            self.patients.append(patient)
            try:
                await patient.run()
            except TimeoutError as error:
                self.stuck.append(f"{person.first_name} of lane {lane} is stuck:\n{error}")
                return


async def run_storm(folder: Path, storm: Storm, seed: int, say: Say) -> tuple[Verdict, Sequence[BotProcess]]:
    """Run it, and judge.

    Args:
        folder: For the processes' folders.
        storm: What happens.
        seed: Of all choices; how the machine schedules is its own chance.
        say: Takes lines of progress.
    """
    binaries = installed()
    assert binaries is not None
    cluster = make_cluster(binaries, os.getpid())
    database = await asyncio.to_thread(made, cluster, "clinic")
    variables = environment(folder, DATABASE_URL=database, DATA_KEY=KEY)
    code, _, errors = await asyncio.to_thread(run_command, folder, ["migrate"], variables)
    assert code == 0, errors
    with FakeTelegram() as telegram:
        clinic = Clinic(telegram, folder, database).with_webhook()
        ports = [free_port() for _ in range(storm.web)]
        balancer = Balancer(ports)
        await balancer.start(int(clinic.settings["PORT"]))
        run = Run(telegram, clinic, cluster, storm, random.Random(seed), say)
        try:
            run.processes = [clinic.web(f"web{n}", PORT=str(port)) for n, port in enumerate(ports)]
            run.processes += [clinic.worker(f"worker{n}", PORT="0") for n in range(storm.workers)]
            run.lives = [-1] * len(run.processes)
            await asyncio.gather(*[run.ready(place, run.start(place)) for place in range(len(run.processes))])
            say(f"{storm.web} web processes and {storm.workers} workers are up")
            raging = asyncio.create_task(run.rage())
            await asyncio.gather(*[run.live(lane) for lane in range(storm.at_once)])
            await raging
            await _until_quiet(run, database)
            codes = await asyncio.gather(*[asyncio.to_thread(each.terminate) for each in run.processes])
            verdict = await judge(telegram, database, run.patients, run.troubles)
            verdict.wrong = run.stuck + [f"SIGTERM: exit code {code}" for code in codes if code] + verdict.wrong
            verdict.figures |= {f"connections to web {n}": found for n, found in enumerate(balancer.connections)}
            return verdict, run.processes
        finally:
            balancer.close()
            clinic.close()
            await asyncio.to_thread(cluster.stop, "immediate")


async def _until_quiet(run: Run, database: str) -> None:
    """Wait until nothing is pending at the server, nor unsent in the outbox."""
    await run.telegram.until(lambda: run.telegram.state()["pending"] == [], QUIET_SECONDS)
    await all_sent(database, QUIET_SECONDS)


def random_storm(seconds: float, rng: random.Random) -> Storm:
    """Three web processes and two workers, one of them in trouble every few seconds; four restarts."""
    restarts = [seconds * (n + 0.5) / 4 for n in range(4)]
    plan: list[tuple[float, str, int]] = []
    at = 0.0
    while at < seconds:
        wait = rng.uniform(1.5, 4.5)
        at += wait
        if restarts and at >= restarts[0]:
            del restarts[0]
            plan.append((wait, "restart", 0))
            continue
        what = rng.choices(["kill", "end", "pause"], [70, 18, 12])[0]
        place = rng.choice([3, 4]) if what == "pause" else rng.randrange(5)
        at += LEASE_SECONDS + 1.5 if what == "pause" else 0.0
        plan.append((wait, what, place))
    return Storm(3, 2, 12, plan)


def summary(verdict: Verdict, again: str, seconds: float) -> str:
    """The verdict in words; with how to repeat it, when something is wrong."""
    lines = [f"{seconds:.0f} s", *(f"  {number:6} {name}" for name, number in verdict.figures.items())]
    if verdict.wrong:
        lines += ["", *verdict.wrong[:40], f"\n{len(verdict.wrong)} things are wrong. Once more: {again}"]
    else:
        lines.append("Nothing is lost, nothing is out of order, repeats only where nobody can know better.")
    return "\n".join(lines)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Run it; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.several", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    again = f"python -m tests.chaos.several --seconds {options.seconds:.0f} --seed {seed}"
    _say(again)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        storm = random_storm(options.seconds, random.Random(seed))
        verdict, processes = asyncio.run(run_storm(Path(folder), storm, seed, _say))
    if verdict.wrong:
        for process in processes:
            _say("\n".join([f"\n{process.folder.name}:", *process.lines[-12:]]))
    _say(summary(verdict, again, time.monotonic() - began))
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
