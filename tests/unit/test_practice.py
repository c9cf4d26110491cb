"""Colleagues play patient in their own chat: what they see, what nobody else sees, and how it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.conversation.gather import DESK_CHAT
from bot.desk.practice import ENDED, FIRST_CONTACT, IDLE, NOTHING, OVER, book_for, marked
from bot.desk.roles import NOT_STAFF, Membership, Role, role_of
from bot.engine.effect import AnswerPress, PinMessage, SendDocument, SendPicture
from bot.engine.event import Blocked, PhotoSent
from bot.ids import contact_code
from tests.practice_world import PracticeWorld
from tests.staff_world import ANN, NOW, ROSA, STAFF, TOM

RED_WORDS = "I can't breathe"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[PracticeWorld]:
    world = await PracticeWorld(tmp_path).open()
    await world.know(ROSA, Membership.MEMBER)
    yield world
    await world.close()


async def enrols(world: PracticeWorld) -> str:
    """From the public code on the card to the plan."""
    await world.starts(ROSA, "aftercare")
    for choice in ("microneedling", "needles_only", "just_now", "agree"):
        await world.presses(ROSA, choice)
    await world.says(ROSA, "Anna Smith")
    await world.says(ROSA, "07700 900123")
    return await world.presses(ROSA, "evening")


async def holds_no_trace(world: PracticeWorld) -> None:
    """Nothing of the practice stands in the clinic's own database, nor on anybody else's screen."""
    store = world.app.store
    assert set(world.sent) <= {ROSA}
    assert world.reports == []
    assert await store.counters(NOW.date(), world.now.date()) == []
    assert await store.open_alerts(10) == []
    assert await store.timers_between("checkin", NOW, NOW + timedelta(days=100), 10) == []
    assert await store.persons([FIRST_CONTACT]) == {}
    people = (await store.persons_of_chats([ROSA, DESK_CHAT])).values()
    assert all((one.sessions, one.alerts, one.leads, one.visits) == ((), (), (), ()) for one in people)
    assert await store.desk_notes("practice") == []


async def test_an_emergency_is_played_from_both_sides_and_leaves_no_trace(world: PracticeWorld) -> None:
    said = await world.says(ROSA, "/practice")
    assert "you play patient" in said
    assert "Ring 999 now" in await world.says(ROSA, RED_WORDS)
    group = next(one for one in world.texts(ROSA) if "URGENT" in one)
    assert "PRACTICE" in group.splitlines()[0]
    assert "what the team's group gets" in group.splitlines()[0]
    assert "It's yours" in await world.presses(ROSA, "have_it")
    assert any(RED_WORDS in one and "a colleague gets in private" in one for one in world.texts(ROSA))
    assert "Noted: called." in await world.presses(ROSA, "called")
    assert any(f"Did Name{ROSA} reach you?" in one for one in world.texts(ROSA))
    assert all(one.startswith("<b>PRACTICE, Mon 23 Nov 10:00") for one in world.texts(ROSA))
    today = await world.says(ROSA, "/today")
    assert "PRACTICE" not in today
    assert "Open alerts: <b>0</b>" in today
    assert await world.says(ROSA, "/practice") == ENDED["asked"]
    await holds_no_trace(world)


async def test_a_recovery_is_played_without_waiting(world: PracticeWorld) -> None:
    await world.says(ROSA, "/practice")
    assert "That's our plan" in await enrols(world)
    said = await world.says(ROSA, "/next")
    while "Three quick taps" not in said:
        assert said, "each press brings something"
        said = await world.says(ROSA, "/next")
    assert "PRACTICE, Mon 23 Nov 19:00" in said
    await world.presses(ROSA, "better")
    await world.presses(ROSA, "like_today")
    assert "What you tell me is what is usual" in await world.presses(ROSA, "none")
    assert "PRACTICE, Tue 24 Nov" in await world.presses(ROSA, "next")
    for _ in range(60):
        said = await world.says(ROSA, "/next")
        if NOTHING in said:
            break
    assert NOTHING in said
    assert world.now == NOW
    await world.presses(ROSA, "end")
    await holds_no_trace(world)


async def test_what_waits_for_the_morning_comes_with_next(world: PracticeWorld) -> None:
    world.now = NOW.replace(hour=22)
    await world.know(ROSA, Membership.MEMBER)
    await world.says(ROSA, "/practice")
    await enrols(world)
    assert "No more check-ins" in await world.presses(ROSA, "not_ours")
    assert not any("couldn't find your appointment" in one for one in world.texts(ROSA))
    said = await world.says(ROSA, "/next")
    assert "PRACTICE, Tue 24 Nov 08:00" in said
    assert "couldn't find your appointment" in said


async def test_staff_commands_with_a_code_of_the_practice_belong_to_it(world: PracticeWorld) -> None:
    await world.says(ROSA, "/practice")
    await world.says(ROSA, RED_WORDS)
    code = contact_code(FIRST_CONTACT)
    assert RED_WORDS in await world.says(ROSA, f"/find {code}")
    assert "Kept." in await world.says(ROSA, f"/note {code} looked pale")
    assert "know nobody" in await world.says(ROSA, f"/find {contact_code(FIRST_CONTACT)[:4]}")
    assert "/privacy" in await world.says(ROSA, "/help"), "a patient's help"
    await world.says(ROSA, "/practice")
    assert "know nobody" in await world.says(ROSA, f"/find {code}")


async def test_only_the_team_plays_and_only_in_private(world: PracticeWorld) -> None:
    await world.know(ANN, Membership.OUT)
    assert await world.says(ANN, "/practice") == NOT_STAFF
    assert "private chat" in await world.says(ROSA, "/practice", chat=STAFF)
    assert world.practices.runs == []


async def test_real_cards_and_their_buttons_stay_real(world: PracticeWorld) -> None:
    await world.know(TOM, Membership.ADMIN)
    await world.says(ANN, RED_WORDS)
    await world.presses(ROSA, "have_it", screen=STAFF, chat=STAFF)
    assert "PRACTICE" not in world.texts(ROSA)[-1]
    await world.says(ROSA, "/practice")
    await world.says(ROSA, "hello")
    real = next(one for one in world.sent[ROSA] if RED_WORDS in getattr(one, "html", ""))
    target = next(spec.data for row in getattr(real, "rows", ()) for spec in row if spec.id == "called")
    assert target is not None
    assert not target.startswith("p:")
    world.sent[ROSA].append(real)  # it stands lowest on the screen
    assert "Noted: called." in await world.presses(ROSA, "called")
    (alert,) = (await world.person(ANN)).alerts
    assert alert.status == "called"
    assert len(world.practices.runs) == 1


@pytest.mark.parametrize("way", ["command", "button", "idle", "restart", "visit", "blocked", "out"])
async def test_it_ends_and_what_is_typed_then_is_real(world: PracticeWorld, way: str) -> None:
    await world.says(ROSA, "/practice")
    await world.says(ROSA, "hello")
    old = next(one for one in reversed(world.sent[ROSA]) if "adult" in str(one))
    match way:
        case "command":
            await world.says(ROSA, "/practice")
        case "button":
            await world.presses(ROSA, "end")
        case "idle":
            world.now += IDLE / 2
            await world.says(ROSA, "hello again")
            await world.leave_alone(IDLE / 2)
            assert len(world.practices.runs) == 1, "it was used in the meantime"
            await world.leave_alone(IDLE / 2)
        case "restart":
            await world.restart()
            await world.know(ROSA, Membership.MEMBER)
        case "visit":
            said = await world.says(ROSA, "/visit")
            assert "Which treatment was it" in said
            assert "PRACTICE" not in said
        case "blocked":
            await world.does(ROSA, Blocked())
        case "out":
            await world.know(ROSA, Membership.OUT)
            await world.says(ROSA, "hello")
    assert world.practices.runs == []
    assert sum(one in ENDED.values() for one in world.texts(ROSA)) == 1
    assert world.texts(ROSA).count(ENDED.get(way, ENDED["asked"])) == 1
    world.sent[ROSA].append(old)  # it stands lowest on the screen
    assert await world.presses(ROSA, "adult") == OVER
    assert await world.app.store.desk_notes("practice") == []
    assert (await world.person(ROSA)).alerts == ()
    await world.says(ROSA, RED_WORDS)
    assert "URGENT" in world.texts(STAFF)[-1]


async def test_a_fault_ends_the_practice_and_nothing_else(world: PracticeWorld) -> None:
    await world.says(ROSA, "/practice")
    (run,) = world.practices.runs
    await run.app.store.close()
    await world.says(ROSA, "hello")
    assert world.texts(ROSA)[-1] == ENDED["fault"]
    assert world.practices.runs == []
    await world.says(ROSA, "/practice")
    assert "adult" in str(world.sent[ROSA][-1])


async def test_everything_is_marked_and_goes_to_one_chat(world: PracticeWorld) -> None:
    zone = ZoneInfo("Europe/London")
    picture, document = (
        SendPicture(1, "a.png", "Redness fades"),
        SendDocument(2, "me.json", "x", "{}", "All of it"),
    )
    for effect, name in ((picture, "alt"), (document, "caption")):
        assert getattr(marked(effect, zone, NOW), name).startswith("PRACTICE, Mon 23 Nov 10:00\n")
    assert marked(PinMessage(1, 2), zone, NOW) == PinMessage(1, 2)
    assert marked(AnswerPress("p"), zone, NOW) == AnswerPress("p")
    book = book_for(world.app.loop.book, ROSA, Role.RECEPTION)
    assert role_of(book, ROSA, Membership.ADMIN) is Role.RECEPTION
    assert role_of(book, TOM, Membership.ADMIN) is None
    await world.says(ROSA, "/practice")
    await world.does(ROSA, PhotoSent("f"))
    assert "PRACTICE" in world.texts(ROSA)[-1]
