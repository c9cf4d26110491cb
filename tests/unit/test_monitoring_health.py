from __future__ import annotations

import pytest

from bot.monitoring.health import LOOK_SECONDS, Report, combined, watch

GREEN: Report = {"status": "green", "reasons": []}
HELD: Report = {"status": "yellow", "reasons": ["rows wait"]}
GONE: Report = {"status": "red", "reasons": ["the staff chat takes no messages"]}


def test_the_worst_part_counts_and_all_reasons_are_given() -> None:
    assert combined([GREEN, GREEN]) == ("green", ())
    assert combined([GONE, GREEN, HELD]) == ("red", ("the staff chat takes no messages", "rows wait"))
    assert combined([GREEN, {"status": "yellow"}]) == ("yellow", ())
    assert combined([HELD, HELD]) == ("yellow", ("rows wait",))


class Over(Exception):
    pass


async def test_each_change_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    looks = [(GREEN, GREEN), (GONE, GREEN), (GONE, GREEN), (GONE, HELD), (GREEN, GREEN), (GREEN, GREEN)]

    async def sleep(seconds: float) -> None:
        assert seconds == LOOK_SECONDS
        if not looks:
            raise Over

    with pytest.raises(Over):
        await watch(lambda: looks.pop(0), sleep)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("CRITICAL", "health: red (the staff chat takes no messages)"),
        ("CRITICAL", "health: red (the staff chat takes no messages; rows wait)"),
        ("INFO", "health: green"),
    ]
