"""An alert from the patient's words to its close: two colleagues at once, kills, and a group that is gone."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.bot_process import ROOT, BotProcess
from tests.e2e.patient import WAIT_SECONDS, Patient
from tests.fake_bot_api.client import FakeGroup, FakePerson, FakeTelegram
from tests.fake_bot_api.shown import Shown

STAFF_CHAT = -1_001_000_000_001
ROSA, TOM, STRANGER, ANA = 5_100_000_101, 5_100_000_102, 5_100_000_103, 5_100_000_104
WORDS = "I can't breathe"


class Alarm:
    """A clinic whose Tom is on call, and a patient."""

    def __init__(self, telegram: FakeTelegram, make_bot: Callable[..., BotProcess], folder: Path) -> None:
        self.telegram = telegram
        data = folder / "data"
        shutil.copytree(ROOT / "data", data)
        clinic = data / "clinic.yaml"
        clinic.write_text(f"{clinic.read_text(encoding='utf-8')}\non_call: [{TOM}]\n", encoding="utf-8")
        self.rosa = telegram.person(ROSA, "Rosa")
        self.tom = telegram.person(TOM, "Tom")
        self.group: FakeGroup = telegram.group(STAFF_CHAT, "The team", [self.rosa, self.tom])
        self.bot = make_bot(telegram.root, telegram.token, STAFF_CHAT_ID=str(STAFF_CHAT), DATA_DIR=str(data))
        self.bot.start_polling()
        self.ana = Patient(telegram.person(ANA, "Ana"))

    async def begun(self) -> Alarm:
        """Colleagues and patient have pressed Start."""
        for one in (self.rosa, self.tom):
            await Patient(one).start()
        await self.ana.start()
        return self

    async def raise_red(self) -> None:
        await self.ana.says(WORDS, "Ring 999 now")

    async def in_group(self, part: str, after: int = 0) -> Shown:
        """Wait for a message in the group, in the form it has now."""

        def found(chat: list[Shown]) -> Shown | None:
            return next((one for one in reversed(chat) if one.id > after and part in one.text), None)

        shown = await self.group.wait_for(found, WAIT_SECONDS)
        assert shown is not None
        return shown

    async def note(self, person: FakePerson, query: str) -> str:
        found = await self.telegram.until(lambda: person.answers(query), WAIT_SECONDS)
        return str(found[0]["text"])

    async def restart(self) -> None:
        """Kill it as soon as what it has sent is marked: of what is not, a killed bot sends some once more."""
        connection = sqlite3.connect(f"file:{self.bot.database}?mode=ro", uri=True)
        try:
            waiting = "select count(*) from outbox where status = 'waiting'"
            await self.telegram.until(lambda: connection.execute(waiting).fetchone() == (0,), WAIT_SECONDS)
        finally:
            connection.close()
        self.bot.kill()
        self.bot.start_polling()


@pytest.fixture
async def alarm(telegram: FakeTelegram, make_bot: Callable[..., BotProcess], tmp_path: Path) -> Alarm:
    return await Alarm(telegram, make_bot, tmp_path).begun()


async def test_taken_by_one_of_two_called_not_reached_taken_again_and_closed(alarm: Alarm) -> None:
    await alarm.raise_red()
    card = await alarm.in_group("URGENT")
    assert not any(part in card.text for part in ("Ana", "breathe", WORDS))
    await alarm.restart()
    queries = [(one, alarm.group.press(one, "Take it", card.id)) for one in (alarm.rosa, alarm.tom)]
    notes = [await alarm.note(person, query) for person, query in queries]
    assert sorted("It's yours" in note for note in notes) == [False, True]
    assert any("has it already" in note for note in notes)
    owner, other = (alarm.rosa, alarm.tom) if "It's yours" in notes[0] else (alarm.tom, alarm.rosa)
    await alarm.ana.sees(f"{owner.first_name} has read this")
    private = await Patient(owner).sees(WORDS)
    await alarm.restart()
    wrong = await Patient(other).forges(f"s:closed_seen:{_target(private)}", chat_id=other.id)
    assert wrong in {"That button isn't for you.", f"{owner.first_name} has it."}
    owner.press("Called")
    await alarm.ana.sees(f"Did {owner.first_name} reach you?")
    await alarm.restart()
    await alarm.ana.presses("No, nobody has", "back on top")
    again = await alarm.in_group("nobody has reached them", after=card.id)
    assert "Take it" in again.labels
    await alarm.restart()
    assert "It's yours" in await alarm.note(other, alarm.group.press(other, "Take it", again.id))
    await Patient(other).sees(WORDS)
    other.press("Close")
    await Patient(other).sees("Why is code")
    await alarm.restart()
    other.press("Sent to A&E or GP")
    closed = await alarm.in_group(f"Closed ({other.first_name})")
    assert (closed.id, closed.labels, "\n" in closed.text) == (again.id, (), False)


async def test_a_group_that_is_gone_is_gone_around(alarm: Alarm) -> None:
    alarm.group.move_bot(alarm.rosa, "kicked")
    tom = Patient(alarm.tom)
    await tom.sees("The staff chat takes no messages from me.")
    await alarm.raise_red()
    card = await tom.sees("URGENT")
    assert "Take it" in card.labels
    alarm.bot.wait_log("health: red (the staff chat takes no messages)")
    await tom.presses("Take it", WORDS)
    await alarm.ana.sees("Tom has read this")
    alarm.group.move_bot(alarm.rosa, "member")
    await tom.sees("The staff chat takes messages from me again")
    await alarm.in_group("Tom has it")
    alarm.bot.wait_log("health: green")


async def test_what_nobody_has_when_the_group_goes_is_brought_to_those_on_call(alarm: Alarm) -> None:
    await alarm.raise_red()
    await alarm.in_group("URGENT")
    alarm.group.move_bot(alarm.rosa, "left")
    tom = Patient(alarm.tom)
    await tom.sees("The staff chat takes no messages from me.")
    await tom.sees("URGENT")
    await tom.presses("Take it", WORDS)
    assert sum("takes no messages" in one.text for one in tom.messages()) == 1


async def test_a_group_that_holds_us_long_is_gone_around(alarm: Alarm) -> None:
    alarm.telegram.fault(
        "status",
        method="sendMessage",
        chat_id=STAFF_CHAT,
        status=429,
        description="Too Many Requests: retry after 60",
        parameters={"retry_after": 60},
    )
    await alarm.raise_red()
    card = await Patient(alarm.tom).sees("URGENT")
    assert "Take it" in card.labels
    alarm.telegram.clear_faults()


async def test_a_group_that_moves_gets_the_card_in_its_new_place(alarm: Alarm) -> None:
    moved = alarm.group.migrate(alarm.rosa, -1_001_000_000_099)
    await alarm.raise_red()
    card = await moved.wait_for(
        lambda chat: next((one for one in chat if "URGENT" in one.text), None), WAIT_SECONDS
    )
    assert card is not None
    assert "It's yours" in await alarm.note(alarm.rosa, moved.press(alarm.rosa, "Take it", card.id))


async def test_a_stranger_presses_nothing(alarm: Alarm) -> None:
    await alarm.raise_red()
    await alarm.in_group("URGENT")
    stranger = Patient(alarm.telegram.person(STRANGER, "Max"))
    await stranger.start()
    for verb in ("have_it", "take_over", "called", "closed", "reopen"):
        for number in (1, 2, 3):
            note = await stranger.forges(f"s:{verb}:A{number}-1", chat_id=stranger.id)
            assert note == "That button isn't for you."


def _target(private: Shown) -> str:
    return next(button.data for button in private.buttons if button.data).rpartition(":")[2]
