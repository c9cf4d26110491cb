"""Thousands of check-ins due at once: an alert goes next, and everybody gets one message, of that day."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.explore.rush import PLANS, rush


@pytest.mark.slow
async def test_a_red_answer_goes_next_whatever_is_queued(tmp_path: Path) -> None:
    found = await rush(tmp_path, plans=PLANS, reds=3)
    assert found.queued >= PLANS
    assert found.places == [0, 0, 0]  # no other call begins between the answer on disk and its alert
    assert found.advice == [1, 1, 1]  # and the words to the person themselves follow at once
    assert max(Counter(found.asked).values()) == 1
    assert len(found.asked) == PLANS
    assert found.most_in_a_second <= 29 + 3 * 2
    assert {at.astimezone(ZoneInfo("Europe/London")).date() for at in found.asked_at} == {found.today}
    assert all(re.search(r"how are you getting on", words) for words in found.words)
