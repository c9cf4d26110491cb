"""Whole conversations over HTTP, as patients and staff have them."""

from __future__ import annotations

import re

from tests.e2e.conftest import Clinic
from tests.e2e.patient import AIMS, CARD, CODE, CONSENT, FACE, WAIT_SECONDS, Patient
from tests.fake_bot_api.client import Shown

CODE_IN = re.compile(r"Your code is ([A-Z0-9]{4})\b")


async def _code_of(patient: Patient) -> str:
    message = await patient.presses("Book", CODE)
    found = CODE_IN.search(message.text)
    assert found is not None
    return found[1]


async def test_from_start_to_a_booking_code(clinic: Clinic) -> None:
    ana = clinic.patient("Ana")
    card = await ana.to_card()
    assert card.text.startswith("Microneedling")
    assert len(card.text) <= 900
    assert await _code_of(ana)
    assert len(ana.messages()) <= 10
    # Marks on answered questions come last: nobody waits for them.
    answered = await clinic.telegram.until(lambda: _answered(ana, "✓ No date in mind"), WAIT_SECONDS)
    assert all(not message.labels for message in answered)


def _answered(patient: Patient, last: str) -> list[Shown]:
    """Its questions that bear what was chosen, once the last one does; empty before."""
    found = [message for message in patient.messages() if message.edited]
    return found if any(last in message.text for message in found) else []


async def test_all_of_it_typed(clinic: Clinic) -> None:
    ben = clinic.patient("Ben")
    await ben.start()
    await ben.says("1", CONSENT)
    await ben.says("i agree", AIMS)
    await ben.says("fine lines", "date")
    await ben.says("in 20 weeks", FACE)
    await ben.says("none of these", "about you")
    await ben.says("none of these", "Last one")
    card = await ben.says("None of these", CARD)
    assert card.text.startswith("Microneedling")


async def test_a_payload_is_kept_as_attribution(clinic: Clinic) -> None:
    poster = clinic.patient("Paula")
    await poster.to_aims("poster")
    # Another code in the middle is kept too, and takes nothing away.
    await poster.start("aftercare", expect="?")
    unknown = clinic.patient("Una")
    await unknown.start("no-such-code_1")
    store = await clinic.bot.read_store()
    try:
        found = await store.persons_of_chats([poster.id, unknown.id])
    finally:
        await store.close()
    first, last = found[poster.id].contact.first_touch, found[poster.id].contact.last_touch
    assert first is not None
    assert last is not None
    assert (first.campaign, last.campaign) == ("poster", "aftercare")
    assert any(answers for session in found[poster.id].sessions if (answers := session.answers))
    assert found[unknown.id].contact.first_touch is None


async def test_under_18_sees_no_booking_by_any_way(clinic: Clinic) -> None:
    kim = clinic.patient("Kim")
    await kim.start()
    adults = "These treatments are for adults"
    await kim.presses("No, under 18", adults)
    await kim.says("/back", adults)
    await kim.says("/restart", "Shall we begin again?")
    await kim.presses("Yes, begin again", adults)
    await kim.says("/start poster", adults)
    await kim.says("/start", adults)
    await kim.says("/answers", "Here is what you've told me")
    await kim.presses("Leave them as they are", adults)
    await kim.says("book", "")
    assert not any(label.startswith("Book") for message in kim.messages() for label in message.labels)
    assert not any(CODE in message.text and "consultation" in message.text for message in kim.messages())
    assert not any(AIMS in message.text for message in kim.messages())


async def test_just_show_me_keeps_no_answers(clinic: Clinic) -> None:
    joe = clinic.patient("Joe")
    await joe.start()
    first = await joe.presses("Just show me the treatments")
    assert first.labels
    store = await clinic.bot.read_store()
    try:
        person = (await store.persons_of_chats([joe.id]))[joe.id]
    finally:
        await store.close()
    assert person.contact.consent is None
    assert {
        option for s in person.sessions for given in s.answers.values() for option in given.answer.options
    } <= {"browse"}


async def test_ask_for_a_person_and_staff_take_it(clinic: Clinic) -> None:
    zoe = clinic.patient("Zebedee")
    await zoe.to_card("Dry, thirsty skin")
    code = await _code_of(zoe)
    await zoe.says("/human", "Which number")
    after = zoe.last_id()
    zoe.person.share_contact("+447700900123")
    await zoe.sees("passed +447700900123", after=after)

    card = await clinic.group.wait_for(lambda chat: next((one for one in chat if code in one.text), None), 10)
    assert card is not None
    assert card.labels == ("Take it",)
    assert not any(word in card.text for word in ("Zebedee", "7700900123", "dehydrated"))

    rosa = Patient(clinic.rosa)
    await rosa.start()
    clinic.group.press(clinic.rosa, "Take it", card.id)
    private = await rosa.sees("+447700900123")
    assert "Zebedee" in private.text
    assert code in private.text
    assert "dehydrated" in private.text
    await clinic.group.wait_for(
        lambda chat: any(one.id == card.id and "Rosa" in one.text and not one.labels for one in chat), 10
    )

    # A colleague comes too late; a patient's button is not theirs.
    query = clinic.telegram.post(
        "act",
        {
            "do": "press",
            "person": clinic.tom.id,
            "chat_id": clinic.group.id,
            "data": card.buttons[0].data,
            "message_id": card.id,
        },
    )["query_id"]
    assert "Rosa" in await Patient(clinic.tom).answered(query)
    after = rosa.last_id()
    clinic.group.say(clinic.rosa, f"/find {code.lower()}")
    assert "Zebedee" in (await rosa.sees(code, after=after)).text
    clinic.group.say(clinic.rosa, "/find QQQQ")
    await clinic.group.wait_for(lambda chat: any("nobody with that code" in one.text for one in chat), 10)


async def test_a_stranger_cannot_work_the_desk(clinic: Clinic) -> None:
    eve, ann = clinic.patient("Eve"), clinic.patient("Ann")
    await ann.start()
    after = ann.last_id()
    ann.person.say("/human")
    await ann.sees("Which number", after=after)
    await ann.says("07700 900456", "passed")
    await eve.start()
    store = await clinic.bot.read_store()
    try:
        lead = (await store.persons_of_chats([ann.id]))[ann.id].leads[0]
    finally:
        await store.close()
    assert await eve.forges(f"s:have_it:{lead.id}") == "That button isn't for you."
    assert not any("456" in message.text for message in eve.messages())
    answer = await eve.says("/find ABCD", "")
    assert answer.text.startswith("That is for the clinic's team.")


async def test_stop_and_its_undoing(clinic: Clinic) -> None:
    sue = clinic.patient("Sue")
    await sue.to_aims()
    await sue.says("/stop", "I won't write first any more")
    await sue.says("/stop", "Would you like reminders again?")
    await sue.presses("Yes, remind me again", "")
    await sue.sees(AIMS)
