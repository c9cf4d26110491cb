"""Staff with Telegram between them and the bot: a visit's code, who may what, and who is out."""

from __future__ import annotations

import json
import re

from tests.e2e.conftest import Clinic
from tests.e2e.patient import PICTURE_SECONDS, Patient
from tests.fake_bot_api.client import FakeGroup, FakePerson

OUTSIDE = "for the clinic's team"
LINK = re.compile(r"https://t\.me/[A-Za-z0-9_]+\?start=(v-[A-Za-z0-9_-]{22})\b")


async def code_of(staff: Patient) -> str:
    """A visit entered, and the payload under the code."""
    staff.person.start()
    await staff.says("/visit", "Which treatment was it")
    for label, expected in (("Mesotherapy", "When was it?"), ("Just now", "Mesotherapy, just now")):
        await staff.answered(staff.person.press(label))
        await staff.sees(expected)
    staff.person.press("Show the code")
    shown = await staff.sees("It works once")
    found = LINK.search(shown.text)
    assert found is not None
    return found[1]


async def has_menu(clinic: Clinic, person: FakePerson, *names: str) -> None:
    """Wait until these commands stand in the menu of somebody's private chat; none: until it is everybody's."""
    key = json.dumps([{"type": "chat", "chat_id": person.id}, ""], sort_keys=True)

    def holds() -> bool:
        shown = clinic.telegram.state()["profile"]["commands"].get(key)
        return shown is None if not names else set(names) <= {one["command"] for one in shown or ()}

    await clinic.telegram.until(holds, 15)


async def test_a_code_enrols_a_patient_in_four_taps_who_can_change_the_hours(clinic: Clinic) -> None:
    staff, ana, eve = Patient(clinic.rosa), clinic.patient("Ana"), clinic.patient("Eve")
    payload = await code_of(staff)
    await ana.start(payload, expect="mesotherapy")  # 1
    await ana.presses("Yes, in the evening", "What name")  # 2
    await ana.presses("I'd rather not say", "which number")  # 3
    ana.person.share_contact("+447700900123")  # 4
    await ana.sees("That's our plan", seconds=PICTURE_SECONDS)
    await ana.says("/times", "I ask in the evening, at 19:00, by the clock in London")
    await ana.presses("My clock says something else", "Where are you?")
    await ana.says("Lissabon or lisbon", "as in Lisbon")
    await ana.presses("Yes, it is", "I go by the clock in Lisbon")
    await eve.start(payload, expect="used already")
    await eve.start(payload[:-1] + ("A" if payload[-1] != "A" else "B"), expect="don't know that code")


async def test_whoever_is_not_in_the_team_gets_a_sentence_and_nothing_else(clinic: Clinic) -> None:
    await clinic.patient("Ana").start()  # the first contact is another's, whichever test comes first
    eve = clinic.patient("Eve")
    await eve.start()
    for command in ("/visit", "/today", "/closed 24 Dec-2 Jan", "/find K7QX"):
        await eve.says(command, OUTSIDE)
    assert "isn't for you" in await eve.forges("s:v_mesotherapy:D1-1")
    assert await eve.forges("s:c_open:C-20261224-20270102") != ""
    assert await eve.forges("s:have_it:A1-1") == "That button isn't for you."


async def test_whoever_is_put_out_of_the_team_has_no_access_from_then_on(clinic: Clinic) -> None:
    ines = Patient(clinic.person("Ines"))
    group: FakeGroup = clinic.group
    group.move_member(clinic.rosa, ines.person, "member")
    ines.person.start()
    await ines.says("/visit", "Which treatment was it")
    await ines.says("/who", "practitioner")
    await has_menu(clinic, ines.person, "visit", "course")
    await ines.says("/closed today", "takes the role owner")
    group.move_member(clinic.rosa, ines.person, "kicked")
    await has_menu(clinic, ines.person)
    await ines.says("/who", OUTSIDE)
    note = await ines.answered(ines.person.press("Mesotherapy"))
    assert OUTSIDE in note
    group.move_member(clinic.rosa, ines.person, "member")
    await ines.says("/who", "practitioner")


async def test_who_created_the_group_is_an_owner_there_and_in_private(clinic: Clinic) -> None:
    await Patient(clinic.rosa).says("/who", "owner")
    await has_menu(clinic, clinic.rosa, "visit", "drill")
    before = len(clinic.group.chat())
    clinic.group.say(clinic.rosa, "/who")
    await clinic.group.wait_for(lambda chat: any("owner" in one.text for one in chat[before:]), 15)


async def test_a_colleague_plays_patient_and_nobody_else_sees_it(clinic: Clinic) -> None:
    pia = Patient(clinic.person("Pia"))
    clinic.group.move_member(clinic.rosa, pia.person, "member")
    await pia.start()
    before = len(clinic.group.chat())
    await pia.says("/practice", "Are you 18 or over?")
    await pia.presses("Yes, 18 or over", "PRACTICE")
    await pia.says("I can't breathe", "Ring 999 now")
    card = await pia.sees("what the team's group gets")
    assert "Take it" in card.labels
    assert "It's yours" in await pia.answered(pia.person.press("Take it"))
    pia.person.press("End the practice")
    await pia.sees("The practice is over")
    assert "practice is over" in await pia.answered(pia.person.press("Called"))
    assert len(clinic.group.chat()) == before
    shown = [one.text for one in pia.messages()[:-1]]
    assert sum("PRACTICE" in text for text in shown) >= 5
