"""The two daily lists: when they come, what stands in them, and that an empty one never comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.authoring.tables import make_moment
from bot.conversation.turn_loop import TurnLoop
from bot.desk.lists import list_words, next_list_at, plan_list, send_list, wants_list
from bot.engine.effect import Lane, ReportAlert, SendMessage, SetTimer, Turn
from bot.engine.event import Said, Started
from bot.engine.model import Book, Do
from bot.engine.session import Alert, Noted
from bot.ids import AlertId, ContactId, contact_code
from bot.store.opening import open_sqlite
from tests.clinic_data import clinic as clinic_row
from tests.engine_books import NOW, ask, book, end, flow, nobody, standing, to, wants
from tests.unit.test_conversation_loop import STAFF, Clinic

SOON = Alert(AlertId("A7-1"), "amber_soon", "level", ("bumps",), "raised", NOW, words="some <bumps>")
LONDON = replace(book(flow("main", ask("hello", "done", "yes"), end())), moment=make_moment(clinic_row()))
LONDON = replace(LONDON, time_zone="Europe/London")


def at(day: int, hour: int, minute: int = 0, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "next_at"),
    [
        (at(2, 7, 59), at(2, 8)),  # a Tuesday in summer: nine o'clock there
        (at(2, 8), at(2, 11, 30)),
        (at(2, 11, 30), at(3, 8)),
        (at(5, 12), at(6, 9)),  # Saturday opens at ten
        (at(6, 9), at(6, 11, 30)),
        (at(6, 12), at(8, 8)),  # Sunday is closed
        (at(24, 13, month=12), at(29, 9, month=12)),  # Christmas too
    ],
)
def test_a_list_comes_at_opening_and_at_midday_of_opening_days(now: datetime, next_at: datetime) -> None:
    assert next_list_at(LONDON, now) == next_at


def test_a_clinic_that_never_opens_has_no_list() -> None:
    never = replace(LONDON, moment=lambda _now: {"clinic.open_now": False})
    assert next_list_at(never, NOW) is None
    assert plan_list(never, nobody(), NOW).effects == ()


def test_codes_and_counts_of_what_does_not_ring() -> None:
    def one(number: int, **more: object) -> Alert:
        return replace(SOON, id=AlertId(f"A{number}-1"), raised_at=NOW + timedelta(minutes=number), **more)  # type: ignore[arg-type]

    missed = (Noted("called", NOW, 5), Noted("not_reached", NOW, 5))
    alerts = [
        one(1),
        one(2, reason="silent"),
        one(3, log=missed),
        one(4, status="closed"),
        one(5, level="red"),
        one(6, reason="crisis"),
        one(7, reason="drill"),
    ]
    people = [replace(nobody(number), alerts=(alert,)) for number, alert in enumerate(alerts, start=1)]
    codes = [contact_code(ContactId(number)) for number in range(8)]
    text = list_words(people)
    assert text is not None
    assert text.split("\n") == [
        "<b>Not urgent, and open</b>",
        f"🟡 worth a look within a working day: <b>2</b> · {codes[3]}, {codes[1]}",
        f"Silent, please ring them: <b>1</b> · {codes[2]}",
        "/take CODE makes one yours.",
    ]
    assert list_words(people[3:]) is None
    assert "Silent" not in str(list_words(people[:1]))
    assert "worth" not in str(list_words(people[1:2]))


def test_an_empty_list_is_not_sent_and_the_next_is_not_planned() -> None:
    assert send_list(LONDON, nobody(), [nobody()], NOW).effects == ()
    person = replace(nobody(), alerts=(SOON,))
    message, timer = send_list(LONDON, nobody(), [person], NOW).effects
    assert isinstance(message, SendMessage)
    assert (message.lane, message.window_seconds, message.rows) == (
        Lane.CHECK_IN,
        9 * 3600,
        (),
    )  # until the evening
    assert isinstance(timer, SetTimer)
    assert (timer.kind, timer.key, timer.fire_at) == ("list", "list/2026-11-23T12:30Z", at(23, 12, 30, month=11))


def test_only_what_stands_in_them_wants_lists() -> None:
    for level, status, wanted in [
        ("amber_soon", "raised", True),
        ("amber_soon", "changed", True),
        ("amber_soon", "closed", False),
        ("red", "raised", False),
    ]:
        report = ReportAlert("A7-1", level, "", (), 0, status)
        assert wants_list(Turn(nobody(), (report,))) is wanted


class Mild(Clinic):
    """Whoever says anything has something that is worth a look."""

    def __post_init__(self) -> None:
        super().__post_init__()
        alert = standing("alert", "level", level="amber_soon", reason="level", signs=["bumps"])
        first = ask("hello", "weigh", "yes")
        made = book(flow("main", first, Do("weigh", "raises", to("done")), end()), more=(wants("raises", alert),))
        self.book: Book = replace(made, moment=LONDON.moment)
        self.loop = TurnLoop(self.store, self.book, lambda: self.now, self.loop._hooks, staff_chat=STAFF)


@pytest.fixture
async def mild() -> AsyncIterator[Mild]:
    store = await open_sqlite(":memory:", data_key=bytes(32), synchronous="OFF", now=NOW)
    yield Mild(store)
    await store.close()


async def test_the_list_comes_by_a_timer_until_nothing_is_open(mild: Mild) -> None:
    await mild.take(Started())
    await mild.take(Said("yes"))
    code = contact_code((await mild.person()).contact.id)
    assert mild.texts(STAFF) == []
    for moment in (NOW.replace(minute=30), at(24, 9, month=11), at(24, 12, 30, month=11)):
        mild.now = moment - timedelta(seconds=1)
        await mild.loop.settle()
        before = len(mild.texts(STAFF))
        mild.now = moment
        await mild.loop.settle()
        (text,) = mild.texts(STAFF)[before:]
        assert code in text
        assert "bumps" not in text
    alert = (await mild.person()).alerts[0].id
    for verb in ("have_it", "closed_advised"):
        await mild.take(mild.staff(verb, alert, 5, "Rosa"), STAFF, is_group=True, user=5)
    before = len(mild.texts(STAFF))
    mild.now = at(30, 12, month=11)
    await mild.loop.settle()
    assert mild.texts(STAFF)[before:] == []
    assert await mild.store.next_timer_at() is None
