"""A small storm over several processes; ``python -m tests.chaos.several`` is the great one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.chaos.several import Storm, run_storm, summary
from tests.postgres.cluster import why_not

pytestmark = pytest.mark.skipif(
    "SEVERAL" not in os.environ, reason="many processes on two cores take minutes: `make chaos` sets SEVERAL"
)

SEED = 20_261_127
PLAN = ((0.5, "kill", 1), (0.5, "restart", 0), (0.5, "end", 2), (0.5, "pause", 1), (0.0, "kill", 0))


@pytest.mark.slow
@pytest.mark.chaos
@pytest.mark.skipif(bool(why_not()), reason=why_not())
async def test_nothing_is_lost_however_several_processes_end(tmp_path: Path) -> None:
    said: list[str] = []
    verdict, _ = await run_storm(tmp_path, Storm(web=1, workers=2, at_once=3, plan=PLAN), SEED, said.append)
    assert not verdict.wrong, summary(verdict, "this test", 0.0)
    assert verdict.figures["through"] == verdict.figures["patients"] >= 3
    assert verdict.figures["keepers"] >= 2
