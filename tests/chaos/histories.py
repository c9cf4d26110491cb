"""``python -m tests.chaos.histories [--histories 10000] [--seed N] [--jobs N] [--only SEED]``."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.history import History, live
from tests.chaos.invariants import judge
from tests.chaos.weather import NEW

PARTS = 20
"""Lines of progress."""


@dataclass(slots=True)
class Result:
    """What came of one history."""

    seed: int
    kind: str
    wrong: list[str]
    figures: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def again(seed: int) -> str:
    """How to repeat one history."""
    return f"python -m tests.chaos.histories --only {seed}"


def one(seed: int) -> Result:
    """Live through one history and judge it."""
    with TemporaryDirectory() as folder:
        history = live(seed, Path(folder))
        wrong = [str(each) for each in judge(history)]
    return Result(seed, history.kind, wrong, figures(history), history.log.faults)


def figures(history: History) -> Counter[str]:
    """What is counted of it."""
    taken = [call for call in history.log.calls if call.taken and call.method in NEW and call.row is not None]
    different = {(call.row.id, call.text) for call in taken if call.row is not None}
    return Counter(
        {
            "updates confirmed": len(history.telegram.queue.acked),
            "commits": len(history.log.commits),
            "messages received": len(taken),
            "of them repeats": len(taken) - len(different),
            "kills": history.kills,
            "virtual hours": round(history.ended_at / 3600),
        }
    )


def summary(results: Iterable[Result], seconds: float) -> str:
    """All of them in words; of what is wrong, how to repeat it."""
    counted: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    bad: list[Result] = []
    number = 0
    for result in results:
        number += 1
        counted.update(result.figures)
        faults.update(result.faults)
        bad += [result] if result.wrong else []
    lines = [f"{number} histories in {seconds:.0f} s"]
    lines += [f"  {count:9,} {name}" for name, count in sorted(counted.items())]
    lines += ["Injected:", *(f"  {count:9,} {name}" for name, count in sorted(faults.items()))]
    for result in bad[:10]:
        lines += ["", f"A history of kind {result.kind!r} is wrong. Once more: {again(result.seed)}"]
        lines += [f"  {words[:400]}" for words in result.wrong[:8]]
    lines.append(
        f"{len(bad)} histories are wrong."
        if bad
        else "0 lost, 0 out of order, repeated only where nobody could know, nothing sent that may not be."
    )
    return "\n".join(lines)


def main() -> int:
    """Run them; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.histories", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=None, help="of the first; the others follow")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=int, default=None, metavar="SEED", help="this one alone")
    options = parser.parse_args()
    if options.only is not None:
        result = one(options.only)
        _say(summary([result], 0))
        return 1 if result.wrong else 0
    first = options.seed if options.seed is not None else random.SystemRandom().randrange(10**8)
    _say(f"python -m tests.chaos.histories --histories {options.histories} --seed {first}")
    began, results, wrong = time.monotonic(), [], 0
    every = max(1, options.histories // PARTS)
    with get_context("spawn").Pool(options.jobs) as pool:
        for result in pool.imap_unordered(one, range(first, first + options.histories), chunksize=10):
            results.append(result)
            if result.wrong:
                wrong += 1
                _say(f"{result.kind!r} is wrong. Once more: {again(result.seed)}")
            if len(results) % every == 0:
                _say(f"{time.monotonic() - began:6.0f} s  {len(results)} histories, {wrong} wrong")
    _say(summary(results, time.monotonic() - began))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
