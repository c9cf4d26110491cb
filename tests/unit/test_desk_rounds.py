"""The desk through the turn loop and a real store in memory: timers on disk, staff in group and private chats."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversation.incoming import MemberChanged, StaffLeft
from bot.conversation.turn_loop import TurnLoop
from bot.desk import follow
from bot.desk.alerts import YOURS
from bot.desk.roles import Membership
from bot.engine.effect import Lane, ReportAlert, Turn
from bot.engine.event import Pressed, Said, StaffPressed, Started, Verb, button_data
from bot.engine.model import Book
from bot.engine.session import PlannedCheckIn, Visit
from bot.ids import ContactId, VisitId, contact_code
from bot.store.opening import open_sqlite
from bot.store.protocol import Batch, Timer
from tests.engine_books import NOW, ask, book, end, flow
from tests.unit.test_conversation_loop import ANN, STAFF, Clinic

ON_CALL, ROSA, STRANGER = 91, 5, 66
BOOK = book(
    flow("main", ask("hello", "done", "yes"), end()), flow("reached", ask("ask", "done", "yes", "no"), end())
)
BOOK = replace(BOOK, clinic={**BOOK.clinic, "clinic.on_call": frozenset({str(ON_CALL)})})


class Rounds(Clinic):
    """The clinic with a staff that is on call."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.loop = TurnLoop(self.store, BOOK, lambda: self.now, self.loop._hooks, staff_chat=STAFF)

    async def wait(self, **duration: float) -> None:
        self.now += timedelta(**duration)
        await self.loop.settle()

    async def staff_say(self, text: str) -> str:
        before = len(self.texts(STAFF))
        await self.take(Said(text), STAFF, is_group=True, to_us=True, user=ROSA, first_name="Rosa")
        return "\n".join(self.texts(STAFF)[before:])

    async def staff_press(self, verb: str, target: str, staff: int = ROSA, chat: int = STAFF) -> str:
        event = StaffPressed(verb, target, staff, "Rosa", f"s{len(self.notes)}")
        await self.take(event, chat, is_group=chat < 0, to_us=chat < 0, user=staff)
        return self.notes[-1][1]

    async def raise_red(self) -> str:
        await self.take(Started())
        await self.take(Said("help me"))
        return (await self.person()).alerts[0].id

    async def visited(self) -> Visit:
        """Ann with a visit, one check-in still today and one tomorrow."""
        await self.take(Started())
        ann = await self.person()
        hours = {"hours_3": 3, "day_1": 26}
        plan = tuple(
            PlannedCheckIn(name, 0, NOW + timedelta(hours=h), False, "full", 60) for name, h in hours.items()
        )
        visit = Visit(VisitId(f"V{ann.contact.id}-1"), "microneedling", NOW, "self", "unconfirmed", NOW, plan=plan)
        timers = [
            Timer(ann.contact.id, f"checkin/{visit.id}/{item.occasion}", "checkin", item.due_at, 60)
            for item in plan
        ]
        await self.store.commit(Batch(NOW, persons=[replace(ann, visits=(visit,))], timers_set=timers))
        return visit

    def reports(self) -> list[tuple[int, str]]:
        return [(effect.step, effect.status) for effect in self.seen if isinstance(effect, ReportAlert)]


@pytest.fixture
async def clinic() -> AsyncIterator[Rounds]:
    store = await open_sqlite(":memory:", data_key=bytes(32), synchronous="OFF", now=NOW)
    yield Rounds(store)
    await store.close()


async def test_a_red_rings_until_somebody_on_call_takes_it_in_private(clinic: Rounds) -> None:
    alert = await clinic.raise_red()
    assert len(clinic.sent(STAFF)) == 1
    await clinic.wait(minutes=2, seconds=59)
    assert clinic.sent(ON_CALL) == []
    await clinic.wait(seconds=1)
    (private,) = clinic.sent(ON_CALL)
    assert (private.lane, private.rows[0][0].id) == (Lane.ALERT, "have_it")
    assert await clinic.staff_press("have_it", alert, STRANGER, STRANGER) == "That button isn't for you."
    assert (await clinic.staff_press("have_it", alert, ON_CALL, ON_CALL)).startswith("It's yours")
    assert (await clinic.person()).alerts[0].taken_by == ON_CALL
    assert "Their words: “help me”" in clinic.texts(ON_CALL)[-1]
    rung = len(clinic.texts(STAFF))
    await clinic.wait(minutes=14)
    assert len(clinic.texts(STAFF)) == rung
    await clinic.wait(minutes=1)
    assert "Not called yet" in clinic.texts(STAFF)[-2]
    assert await clinic.staff_press("called", alert, ON_CALL, ON_CALL) == "Noted: called."
    await clinic.wait(hours=5)
    assert clinic.reports() == [
        (0, "raised"),
        (1, "raised"),
        (1, "acknowledged"),
        (0, "changed"),
        (0, "acknowledged"),
    ]


async def test_of_two_who_take_it_at_once_one_has_it(clinic: Rounds) -> None:
    alert = await clinic.raise_red()
    both = [
        clinic.put(StaffPressed("have_it", alert, staff, name, f"s{staff}"), STAFF, is_group=True, user=staff)
        for staff, name in ((ROSA, "Rosa"), (6, "Tom"))
    ]
    await clinic.loop.settle()
    assert all(done.done() for done in both)
    assert [note for _, note in clinic.notes[-2:]] == [YOURS, "Rosa has it already."]
    assert (await clinic.person()).alerts[0].taken_by == ROSA
    assert clinic.texts(6) == []


async def test_it_is_called_not_reached_taken_again_and_closed_though_we_restart_between(clinic: Rounds) -> None:
    alert = await clinic.raise_red()

    async def again() -> Rounds:
        """Another process on the same database."""
        clinic.store.forget_recent()
        return Rounds(clinic.store, now=clinic.now, updates=1000 * (1 + clinic.updates))

    for step, verb in enumerate(("have_it", "called")):
        clinic = await again()
        await clinic.staff_press(verb, alert, chat=STAFF if step == 0 else ROSA)
    assert clinic.texts(ANN)[-1].startswith("Question ask?")
    clinic = await again()
    await clinic.loop.settle()
    (asked,) = [one for one in (await clinic.person()).sessions if one.flow == "reached"]
    await clinic.take(Pressed(button_data(asked.id, asked.turn, Verb.CHOOSE, "no"), "p"))
    assert "nobody has reached them" in clinic.texts(STAFF)[0]
    assert "called, not reached" in (await clinic.staff_say("/today")).casefold()
    clinic = await again()
    assert (await clinic.staff_press("have_it", alert, 6)).startswith("It's yours")
    clinic = await again()
    assert await clinic.staff_press("closed_seen", alert, 6, 6) == "Closed."
    closed = (await clinic.person()).alerts[0]
    assert (closed.status, [entry.what for entry in closed.log]) == (
        "closed",
        ["have_it", "called", "not_reached", "have_it", "closed"],
    )
    assert "help me" not in repr(closed.log)
    clinic = await again()
    await clinic.wait(hours=5)
    assert clinic.texts(STAFF) == []


async def test_an_owner_who_leaves_the_group_gives_it_back(clinic: Rounds) -> None:
    alert = await clinic.raise_red()
    await clinic.staff_press("have_it", alert)
    clinic.loop.put(StaffLeft(ROSA, 77))
    await clinic.loop.settle()
    assert (await clinic.person()).alerts[0].taken_by is None
    assert "Given back" in clinic.texts(STAFF)[-2]
    assert await clinic.staff_press("called", alert, ROSA, ROSA) == "That button isn't for you."


async def test_an_owner_who_is_found_to_be_out_gives_it_back_once(clinic: Rounds) -> None:
    alert = await clinic.raise_red()
    await clinic.staff_press("have_it", alert)
    for number, membership in enumerate((Membership.MEMBER, Membership.OUT, Membership.OUT)):
        clinic.loop.put(MemberChanged(ROSA, membership, 80 + number))
        await clinic.loop.settle()
    held = (await clinic.person()).alerts[0]
    assert (held.taken_by, [entry.what for entry in held.log]) == (None, ["have_it", "given_back", "left"])


async def test_who_is_named_for_self_harm_needs_no_group(clinic: Rounds) -> None:
    book_ = replace(BOOK, clinic={**BOOK.clinic, "clinic.crisis_contact": frozenset({"77"})})
    clinic.loop = TurnLoop(clinic.store, book_, lambda: clinic.now, clinic.loop._hooks, staff_chat=STAFF)
    clinic.loop.members.is_checked = True
    alert = await clinic.raise_red()
    ann = await clinic.person()
    await clinic.store.commit(
        Batch(NOW, persons=[replace(ann, alerts=(replace(ann.alerts[0], reason="crisis"),))])
    )
    clinic.loop.put(MemberChanged(77, Membership.OUT, 90))
    assert await clinic.staff_press("have_it", alert, ON_CALL, ON_CALL) == "That button isn't for you."
    assert (await clinic.staff_press("have_it", alert)) == "That is no longer there."
    assert (await clinic.staff_press("have_it", alert, 77, 77)).startswith("It's yours")
    clinic.loop.put(MemberChanged(77, Membership.OUT, 91))
    await clinic.loop.settle()
    assert await clinic.staff_press("closed_advised", alert, 77, 77) == "Closed."


async def test_taking_over_reopening_and_remarks(clinic: Rounds) -> None:
    alert = await clinic.raise_red()
    code = contact_code((await clinic.person()).contact.id)
    await clinic.staff_press("have_it", alert, 6)
    assert await clinic.staff_say(f"/take {code}") == "Rosa has it."
    assert [row[0].id for row in clinic.sent(STAFF)[-1].rows] == ["take_over"]
    assert (await clinic.staff_press("take_over", alert)).startswith("It's yours")
    assert "has taken over" in clinic.texts(6)[-1]
    assert await clinic.staff_say(f"/note {code}") == "There is no alert for that code, or no words."
    assert await clinic.staff_say(f"/note {code} rings back at four") == "Kept."
    assert (await clinic.person()).alerts[0].log[-1].note == "rings back at four"
    await clinic.staff_press("closed_mistake", alert)
    assert "Open again." in await clinic.staff_say(f"/reopen {code}")
    assert (await clinic.person()).alerts[0].status == "acknowledged"


async def test_the_ladder_outlives_the_process(clinic: Rounds) -> None:
    await clinic.raise_red()
    clinic.store.forget_recent()
    clinic.now += timedelta(hours=30)
    again = Rounds(clinic.store, now=clinic.now)
    await again.loop.settle()
    assert "step 1" in again.texts(STAFF)[0]
    assert again.reports() == [(1, "raised")]


async def test_an_alert_goes_out_though_its_timers_fail(clinic: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(book: Book, turn: Turn, now: object) -> Turn:
        raise RuntimeError(f"{book.number} {turn.person.contact.id} {now}")

    monkeypatch.setattr(follow, "follow", fails)
    await clinic.raise_red()
    assert "URGENT" in clinic.texts(STAFF)[0]


async def test_the_days_list_and_taking_from_it(clinic: Rounds) -> None:
    visit = await clinic.visited()
    code = contact_code((await clinic.person()).contact.id)
    assert await clinic.staff_say("/take QQQQ") == ("I know nobody with that code. Write it like this: /take K7QX")
    assert await clinic.staff_say(f"/take {code}") == "Nothing is open for that code."
    await clinic.take(Said("help me"))
    text = await clinic.staff_say("/today")
    assert f"Still asked today: <b>1</b> · {code}" in text
    assert f"urgent: <b>{code}</b> (nobody)" in text
    assert "Ann" not in text
    assert "It's yours." in await clinic.staff_say(f"/take {code}")
    assert visit.treatment in clinic.texts(ROSA)[-1]
    assert f"urgent: {code} (Rosa)" in await clinic.staff_say("/today")
    assert "You have it already" in await clinic.staff_say(f"/take {code}")


async def test_the_days_list_is_for_staff(clinic: Rounds) -> None:
    await clinic.visited()
    await clinic.take(Said("/today"), -555, is_group=True, to_us=True)
    (line,) = clinic.texts(-555)
    assert "Still asked" not in line


async def test_a_visit_that_is_not_ours_is_never_asked_about(clinic: Rounds) -> None:
    visit = await clinic.visited()
    assert await clinic.staff_press("not_ours", visit.id, STRANGER, STRANGER) == "That button isn't for you."
    assert await clinic.staff_press("not_ours", visit.id) == "Noted: not ours. No more check-ins."
    assert (await clinic.person()).visits[0].status == "not_ours"
    assert "Still asked today: <b>0</b>" in await clinic.staff_say("/today")
    assert await clinic.store.timers_between("checkin", NOW, NOW + timedelta(days=9), 9) == []
    assert "couldn't find your appointment" in clinic.texts(ANN)[-1]


async def test_what_nobody_ever_had_is_answered(clinic: Rounds) -> None:
    for target in ("V99-1", "A99-1", "V", "Vx-1"):
        assert await clinic.staff_press("ours", target) == "That is no longer there."
    assert await clinic.store.persons([ContactId(99)]) == {}
