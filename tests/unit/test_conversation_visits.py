"""Staff enter a visit in private, the patient scans its code: over the real flows and a database in a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.conversation.incoming import Incoming
from bot.desk.entry import OLD
from bot.desk.roles import Membership
from bot.desk.tickets import KIND, key_of
from bot.engine.event import StaffPressed, Started
from tests.staff_world import ANN, BEA, NOW, ROSA, STAFF, DeskWorld


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DeskWorld]:
    world = await DeskWorld(tmp_path).open()
    await world.know(ROSA, Membership.MEMBER)
    yield world
    await world.app.close()


async def test_from_the_code_to_a_plan_in_four_taps(world: DeskWorld) -> None:
    payload = await world.enters_visit()
    taps = ["Start"]
    said = await world.starts(ANN, payload)
    assert "microneedling" in said
    assert "Ring 999 at once" in said
    taps.append("Yes, in the evening")
    await world.presses(ANN, "evening")
    await world.says(ANN, "Ann Smith")  # typed, as it stands in the books
    taps.append("Share my number")
    said = await world.shares(ANN, "+447700900123")
    assert "That's our plan" in said
    assert len(taps) <= 4
    person = await world.person(ANN)
    (visit,) = person.visits
    assert (visit.status, visit.entered_by, visit.practitioner) == ("ours", "staff", f"Name{ROSA}")
    assert (visit.treated_at, visit.device, visit.location) == (NOW, "needles_only", "harbour")
    assert (visit.name, person.contact.phone) == ("Ann Smith", "+447700900123")
    assert [item.occasion for item in visit.plan][:2] == ["day_0", "day_1"]
    assert world.sent[STAFF] == []
    await world.wait(hours=9)
    assert "Three quick taps" in str(world.sent[ANN][-1])


async def test_without_a_name_it_is_four_taps_too(world: DeskWorld) -> None:
    await world.starts(ANN, await world.enters_visit())  # 1
    await world.presses(ANN, "morning")  # 2
    await world.presses(ANN, "not_now")  # 3
    assert "That's our plan" in await world.shares(ANN, "+447700900123")  # 4
    (visit,) = (await world.person(ANN)).visits
    assert (visit.name, visit.part_of_day) == ("", "morning")


async def test_a_code_works_once_and_never_for_two(world: DeskWorld) -> None:
    payload = await world.enters_visit()
    scans = [Incoming(who, Started(payload), 900 + who, who) for who in (ANN, BEA)]
    for scan in scans:  # in one batch
        world.app.loop.put(scan)
    await world.app.settle()
    assert len((await world.person(ANN)).visits) == 1
    assert (await world.person(BEA)).visits == ()
    assert "used already" in str(world.sent[BEA])
    assert "Which treatment did you have?" in str(world.sent[BEA][-1])
    assert "used already" not in await world.starts(ANN, payload)  # Telegram sends /start again
    assert len((await world.person(ANN)).visits) == 1


async def test_a_code_runs_out_after_a_day_and_a_forged_one_is_none(world: DeskWorld) -> None:
    payload = await world.enters_visit()
    forged = payload[:-1] + ("A" if payload[-1] != "A" else "B")
    said = await world.starts(BEA, forged)
    assert "don't know that code" in said
    assert "Which treatment" in said
    assert (await world.person(BEA)).visits == ()
    world.now += timedelta(hours=24)
    said = await world.starts(ANN, payload)
    assert "run out" in said
    assert "Which treatment" in said
    assert (await world.person(ANN)).visits == ()


async def test_only_the_hash_of_a_code_is_kept_and_nothing_of_the_visit_after_use(world: DeskWorld) -> None:
    payload = await world.enters_visit()
    (note,) = await world.app.store.desk_notes(KIND)
    assert note.key == key_of(payload)
    assert payload not in note.body
    assert "microneedling" in note.body
    await world.starts(ANN, payload)
    (note,) = await world.app.store.desk_notes(KIND)
    assert "microneedling" not in note.body


async def test_a_restart_in_the_middle_loses_nothing(world: DeskWorld) -> None:
    await world.says(ROSA, "/visit")
    await world.presses(ROSA, "v_mesotherapy")
    await world.restart()
    await world.know(ROSA, Membership.MEMBER)
    await world.presses(ROSA, "v_just_now")
    await world.presses(ROSA, "v_note")
    await world.restart()
    await world.know(ROSA, Membership.MEMBER)
    assert "Serum X, 2 ml" in await world.says(ROSA, "Serum X, 2 ml")
    await world.presses(ROSA, "v_show")
    await world.restart()
    await world.starts(ANN, world.ticket(ROSA))
    (visit,) = (await world.person(ANN)).visits
    assert (visit.treatment, visit.note) == ("mesotherapy", "Serum X, 2 ml")


async def test_heat_gives_no_code_and_cancel_none_either(world: DeskWorld) -> None:
    await world.says(ROSA, "/visit")
    await world.presses(ROSA, "v_microneedling")
    assert "not microneedling" in await world.presses(ROSA, "v_heat")
    await world.says(ROSA, "/visit")
    assert "Nothing was entered" in await world.presses(ROSA, "v_cancel")
    assert await world.app.store.desk_notes("visit") == await world.app.store.desk_notes(KIND) == []
    assert await world.presses(ROSA, "v_mesotherapy") == OLD


async def test_an_older_entry_s_buttons_do_nothing(world: DeskWorld) -> None:
    await world.says(ROSA, "/visit")
    old = world.sent[ROSA][-1]
    await world.says(ROSA, "/visit")
    await world.presses(ROSA, "v_mesotherapy")
    shown = len(world.sent[ROSA])
    data = old.rows[0][0].data.split(":")  # type: ignore[union-attr]
    await world.does(ROSA, StaffPressed(data[1], data[2], ROSA, "Rosa", "old"))
    assert len(world.sent[ROSA]) == shown
    await world.presses(ROSA, "v_just_now")


async def test_an_outsider_s_press_gets_a_short_note_and_changes_nothing(world: DeskWorld) -> None:
    await world.says(ROSA, "/visit")
    assert await world.presses(BEA, "v_mesotherapy", screen=ROSA) == "That button isn't for you."
    await world.know(ROSA, Membership.OUT)
    assert "for the clinic's team" in await world.presses(ROSA, "v_mesotherapy")
    (note,) = await world.app.store.desk_notes("visit")
    assert '"step": "treatment"' in note.body


@pytest.mark.parametrize(
    ("membership", "said"),
    [(Membership.OUT, "for the clinic's team"), (Membership.UNKNOWN, "try again in a minute")],
)
async def test_whoever_is_not_known_to_be_in_the_team_is_told_so(
    world: DeskWorld, membership: Membership, said: str
) -> None:
    await world.know(BEA, membership)
    for command in ("/visit", "/today", "/find K7QX", "/who"):
        assert said in await world.says(BEA, command)
    assert await world.app.store.desk_notes("visit") == []
    assert await world.says(BEA, "/visit I can't breathe")
    assert (await world.person(BEA)).alerts


async def test_what_is_known_grows_old(world: DeskWorld) -> None:
    assert "Which treatment was it" in await world.says(ROSA, "/visit")
    world.now += timedelta(minutes=11)
    assert "try again" in await world.says(ROSA, "/visit")


async def test_staff_commands_work_in_private_and_answer_there(world: DeskWorld) -> None:
    assert "practitioner" in await world.says(ROSA, "/who")
    assert "Open alerts" in await world.says(ROSA, "/today")
    assert "I know nobody" in await world.says(ROSA, "/find K7QX")
    assert world.sent[STAFF] == []
    assert "private chat" in await world.says(ROSA, "/visit", STAFF)
    assert "/visit" in await world.says(ROSA, "/help", STAFF)


async def test_staff_can_be_patients_and_an_emergency_goes_before_a_product(world: DeskWorld) -> None:
    await world.says(ROSA, "/visit")
    for choice in ("mesotherapy", "just_now", "note"):
        await world.presses(ROSA, f"v_{choice}")
    await world.says(ROSA, "I can't breathe")
    assert (await world.person(ROSA)).alerts
    assert "Product" not in str(world.sent[ROSA][-1])


async def test_under_18_advice_stands_and_nothing_is_planned(world: DeskWorld) -> None:
    await world.starts(ANN, "poster")
    await world.presses(ANN, "under_18")
    said = await world.starts(ANN, await world.enters_visit())
    assert "Ring 999 at once" in said
    assert "Shall I check on you" not in said
    (visit,) = (await world.person(ANN)).visits
    assert visit.plan == ()


async def test_a_visit_entered_twice_is_one(world: DeskWorld) -> None:
    await world.starts(ANN, "aftercare")
    for button in ("microneedling", "needles_only", "just_now", "agree", "not_now", "not_now", "morning"):
        await world.presses(ANN, button)
    (own,) = (await world.person(ANN)).visits
    assert (own.status, bool(own.plan)) == ("unconfirmed", True)
    assert "our plan stays" in await world.starts(ANN, await world.enters_visit())
    (visit,) = (await world.person(ANN)).visits
    assert (visit.id, visit.status, visit.plan) == (own.id, "ours", own.plan)
    assert "Ours." in str(world.sent[STAFF][-1])
