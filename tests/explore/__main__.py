"""``python -m tests.explore [--plans 10000] [--kills 500] [--seed N] [--jobs N]``."""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from multiprocessing import get_context

from tests.explore.plans import ZONES, Result, Spec, explore

PLANS_AT_ONE_CLINIC = 200


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def specs(plans: int, kills: int, seed: int) -> Iterator[Spec]:
    """Clinics in every zone and either season. Of four, two are held against a run without kills."""
    clinics = -(-plans // PLANS_AT_ONE_CLINIC)
    for place in range(clinics):
        yield Spec(
            seed=seed + place,
            zone=ZONES[place % len(ZONES)],
            season=place // len(ZONES) % 2,
            plans=plans // clinics + (place < plans % clinics),
            kills=kills // clinics + (place < kills % clinics),
            down=place % 4 in {1, 3},
            faults=0.03 if place % 4 == 3 else 0.0,
            photos=(place // 2 + place // len(ZONES)) % 2 == 1,
        )


def again(spec: Spec) -> str:
    """How to repeat one clinic's run."""
    words = [f"--clinic {spec.zone} {spec.season} {spec.plans} {spec.kills} --seed {spec.seed}"]
    words += ["--down"] if spec.down else []
    words += [f"--faults {spec.faults}"] if spec.faults else []
    words += ["--photos"] if spec.photos else []
    return f"python -m tests.explore {' '.join(words)}"


def digest(results: list[Result]) -> str:
    """One hash of all clinics' transcripts, in whatever order they came through."""
    told = sorted(f"{result.again} {result.digest}" for result in results)
    return sha256("\n".join(told).encode()).hexdigest()[:16]


def summary(results: list[Result], seconds: float) -> str:
    """All runs in words; of what is wrong, how to repeat it."""
    figures: Counter[str] = Counter()
    for result in results:
        figures.update(result.verdict.figures)
    lines = [f"{figures.pop('plans')} plans, {sum(result.kills for result in results)} kills in {seconds:.0f} s"]
    lines += [f"  {number:8} {name}" for name, number in sorted(figures.items())]
    lines.append(
        f"Transcript {digest(results)}: the same for equal plans, kills and seed of one state of the code."
    )
    bad = [result for result in results if result.verdict.wrong]
    for result in bad[:5]:
        lines += ["", f"{len(result.verdict.wrong)} things are wrong. Once more: {again(result.again)}"]
        lines += [f"  {wrong[:300]}" for wrong in result.verdict.wrong[:10]]
    if not bad:
        lines.append(
            "Nothing lost, nothing fired twice, nothing at night or after /stop, every missed check-in marked."
        )
    return "\n".join(lines)


def main() -> int:
    """Run it; 0 when nothing is wrong."""
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser(prog="python -m tests.explore", description=__doc__)
    parser.add_argument("--plans", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--clinic", nargs=4, metavar=("ZONE", "SEASON", "PLANS", "KILLS"), help="only this one")
    parser.add_argument("--down", action="store_true", help="of --clinic: down for a while after each kill")
    parser.add_argument("--faults", type=float, default=0.0, help="of --clinic: how many calls fail, of 1")
    parser.add_argument("--photos", action="store_true", help="of --clinic: it takes photos in check-ins")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    if options.clinic:
        zone, *numbers = options.clinic
        season, plans, kills = map(int, numbers)
        wanted = [Spec(seed, zone, season, plans, kills, options.down, options.faults, options.photos)]
    else:
        wanted = list(specs(options.plans, options.kills, seed))
        _say(f"python -m tests.explore --plans {options.plans} --kills {options.kills} --seed {seed}")
    began, results = time.monotonic(), []
    with get_context("spawn").Pool(min(options.jobs, len(wanted)), logging.disable, (logging.CRITICAL,)) as pool:
        for result in pool.imap_unordered(explore, wanted):
            results.append(result)
            through = sum(each.again.plans for each in results)
            state = f"{len(result.verdict.wrong)} wrong" if result.verdict.wrong else "all well"
            place = f"{through} plans through; {result.again.zone}"
            _say(f"{time.monotonic() - began:5.0f} s   {place}: {state}, {result.digest}")
    _say(summary(results, time.monotonic() - began))
    return 1 if any(result.verdict.wrong for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
