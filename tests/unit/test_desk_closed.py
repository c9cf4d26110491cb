"""`/closed`: what is read as days, what is not, and what the clinic promises then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.desk import closed
from bot.desk.closed import EXAMPLE, Days, days_of, read_days
from bot.desk.roles import Membership
from tests.staff_world import ANN, NOW, ROSA, STAFF, TOM, DeskWorld

TODAY = date(2026, 11, 23)  # a Monday
CHRISTMAS = Days(date(2026, 12, 24), date(2027, 1, 2))


@pytest.mark.parametrize(
    "text",
    [
        "24 Dec-2 Jan",
        "24 Dec - 2 Jan",
        "24 dec to 2 jan",
        "24 December – 2 January",
        "24 Dec until 2 Jan 2027",
        "2026-12-24 2027-01-02",
        "2026-12-24-2027-01-02",
    ],
)
def test_ways_of_writing_the_same_days(text: str) -> None:
    assert read_days(text, TODAY) == CHRISTMAS


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("27 Nov", date(2026, 11, 27), date(2026, 11, 27)),
        ("2026-12-24", date(2026, 12, 24), date(2026, 12, 24)),
        ("24-26 Dec", date(2026, 12, 24), date(2026, 12, 26)),
        ("today", TODAY, TODAY),
        ("tomorrow", date(2026, 11, 24), date(2026, 11, 24)),
        ("24/12 - 26/12", date(2026, 12, 24), date(2026, 12, 26)),
    ],
)
def test_other_days(text: str, first: date, last: date) -> None:
    assert read_days(text, TODAY) == Days(first, last)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("over Christmas", "can't read"),
        ("24 Dec-2 Jan-3 Jan", "can't read"),
        ("24 Dec - soon", "can't read"),
        ("-", "can't read"),
        ("<b>", "&lt;b&gt;"),
        ("24 Dec 2026 - 2 Jan 2026", "before the first"),
        ("1 Nov 2026 - 5 Nov 2026", "over already"),
    ],
)
def test_what_can_t_be_meant_is_said_with_an_example(text: str, says: str) -> None:
    error = read_days(text, TODAY)
    assert isinstance(error, str)
    assert says in error
    assert EXAMPLE in error


def test_a_slip_of_the_pen_does_not_close_a_clinic_for_a_year() -> None:
    assert "three months" in str(read_days("24 Dec 2026 - 2 Jan 2028", TODAY))


def test_days_are_named_and_shown() -> None:
    assert days_of(CHRISTMAS.key) == CHRISTMAS
    assert CHRISTMAS.words == "Thu 24 Dec – Sat 2 Jan 2027"
    over = Days(date(2026, 11, 1), date(2026, 11, 2))
    html, rows = closed.shown([over, CHRISTMAS], [Days(date(2026, 12, 25), date(2026, 12, 25))], TODAY)
    assert "Thu 24 Dec – Sat 2 Jan" in html
    assert "clinic.yaml: Fri 25 Dec 2026" in html
    assert "Nov" not in html.replace(EXAMPLE, "")
    assert [row[0].data for row in rows] == ["s:c_open:C-20261224-20270102"]
    assert closed.shown([], [], TODAY)[1] == ()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DeskWorld]:
    world = await DeskWorld(tmp_path).open()
    await world.know(ROSA, Membership.MEMBER)
    await world.know(TOM, Membership.ADMIN)
    yield world
    await world.app.close()


async def test_a_closed_day_changes_what_patients_read_and_survives_a_restart(world: DeskWorld) -> None:
    moment = world.app.book.moment
    assert moment(NOW)["clinic.open_now"] is True
    assert "Mon 23 Nov" in await world.says(TOM, "/closed today", STAFF)
    assert "Wed 25 Nov" in await world.says(TOM, "/closed 24-25 Nov")
    for _ in range(2):
        now = world.app.loop.book.moment(NOW)
        assert now["clinic.open_now"] is False
        assert "thursday" in str(now["clinic.next_open"]).casefold()
        await world.restart()
    await world.know(TOM, Membership.ADMIN)
    shown = await world.says(TOM, "/closed")
    assert shown.index("23 Nov") < shown.index("24 Nov")
    assert "Open again" in await world.presses(TOM, "c_open")
    assert world.app.loop.book.moment(NOW)["clinic.open_now"] is True
    assert "tomorrow" not in str(world.app.loop.book.moment(NOW + timedelta(hours=9))["clinic.next_open"])


async def test_only_owners_close_the_clinic_and_mistakes_change_nothing(world: DeskWorld) -> None:
    assert "takes the role owner" in await world.says(ROSA, "/closed today")
    assert "takes the role owner" in await world.says(ROSA, "/closed today", STAFF)
    await world.know(ANN, Membership.OUT)
    assert "clinic's team" in await world.says(ANN, "/closed today")
    assert EXAMPLE in await world.says(TOM, "/closed whenever")
    await world.says(TOM, "/closed today")
    assert "takes the role owner" in await world.presses(ROSA, "c_open", screen=TOM)
    assert world.app.loop.book.moment(NOW)["clinic.open_now"] is False
    await world.presses(TOM, "c_open")
    assert await world.presses(TOM, "c_open") == "These days are open already."


async def test_a_promised_time_goes_by_the_closed_days(world: DeskWorld) -> None:
    async def promised() -> str:
        await world.starts(ANN, "aftercare")
        for button in ("microneedling", "needles_only", "yesterday", "not_now", "is_this_normal"):
            await world.presses(ANN, button)
        for button in ("worse", "more_than_this", "pus_or_crust", "done", "none", "none", "none"):
            said = await world.presses(ANN, button)
        return said

    assert "12:00" in await promised()
    await world.says(ANN, "/delete")
    await world.presses(ANN, "yes")
    await world.says(TOM, "/closed today")
    assert "12:00" not in await promised()
    assert "tomorrow at 09:00" in str(world.sent[ANN])
