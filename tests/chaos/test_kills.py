"""A small storm; ``make chaos`` is the great one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.__main__ import summary
from tests.chaos.run import run_chaos

SEED = 20_261_122


@pytest.mark.slow
@pytest.mark.chaos
async def test_nothing_is_lost_or_done_twice_when_the_bot_is_killed(tmp_path: Path) -> None:
    lines: list[str] = []
    report = await run_chaos(tmp_path, patients=12, kills=4, seed=SEED, say=lines.append)
    assert report.kills == 4
    assert not report.verdict.wrong, summary(
        report, f"python -m tests.chaos --patients 12 --kills 4 --seed {SEED}"
    )
    assert report.ends.get("not through", 0) == 0
