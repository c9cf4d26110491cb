"""``python -m tests.chaos [--patients 200] [--kills 50] [--seed N]``."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import Report, run_chaos


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def summary(report: Report, again: str) -> str:
    """The report in words; with how to repeat it, when something is wrong."""
    lines = [f"{report.kills} kills in {report.seconds:.0f} s"]
    lines += [f"  {number:6} {end}" for end, number in sorted(report.ends.items())]
    lines += [f"  {number:6} {name}" for name, number in report.verdict.figures.items()]
    if report.verdict.wrong:
        lines += ["", *report.log[-20:], "", *report.verdict.wrong[:40]]
        lines.append(f"\n{len(report.verdict.wrong)} things are wrong. Once more: {again}")
    else:
        lines.append("Everybody is through, nothing is lost, nothing was done twice.")
    return "\n".join(lines)


def main() -> int:
    """Run it; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    again = f"python -m tests.chaos --patients {options.patients} --kills {options.kills} --seed {seed}"
    _say(again)
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(
            run_chaos(Path(folder), patients=options.patients, kills=options.kills, seed=seed, say=_say)
        )
    _say(summary(report, again))
    return 1 if report.verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
