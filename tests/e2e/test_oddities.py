"""What people do besides answering: never silence, never a crash, never a wrong step."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conftest import OTHER_GROUP, Clinic
from tests.e2e.patient import ABOUT_YOU, AGE, AIMS, CONSENT, EARLIER, FACE, WHEN, Patient
from tests.fake_bot_api.client import FakePerson, Shown

_FILE = {"file_id": "x", "file_unique_id": "x", "duration": 2}
_RANDOM = "qwfpgj zxcv 🐙"
_SENDS: dict[str, Callable[[FakePerson], object]] = {
    "random text": lambda person: person.say(_RANDOM),
    "emoji": lambda person: person.say("🙂🙃🫠👩‍👩‍👧‍👦🏳️‍🌈"),
    "5000 characters": lambda person: person.say("lorem " * 834),
    "markup": lambda person: person.say("<b>&<script>alert(1)</script></b> {first_name} {{ %s *bold*"),
    "right-to-left and marks": lambda person: person.say("\u202eabc\u0000\u200b\ufeff שלום"),
    "spaces": lambda person: person.say("   \n\t  "),
    "a photo": lambda person: person.send_photo("look"),
    "a sticker": lambda person: person.send_sticker(),
    "a voice message": lambda person: person.send({"voice": _FILE}),
    "a video": lambda person: person.send({"video": {**_FILE, "width": 1, "height": 1}}),
    "a place": lambda person: person.send({"location": {"latitude": 51.5, "longitude": 0.0}}),
    "a poll": lambda person: person.send({"poll": {"id": "1", "question": "?", "options": []}}),
    "a thing newer than the bot": lambda person: person.send({"hologram": {"id": 1}}),
    "somebody's number": lambda person: person.share_contact("+447700900999", owner=77),
    "an unknown command": lambda person: person.say("/xyzzy now"),
    "a number out of range": lambda person: person.say("99"),
}


async def _answers(clinic: Clinic, patient: Patient) -> dict[str, tuple[str, ...]]:
    store = await clinic.bot.read_store()
    try:
        person = (await store.persons_of_chats([patient.id]))[patient.id]
    finally:
        await store.close()
    return {
        key.rpartition(".")[2]: given.answer.options for s in person.sessions for key, given in s.answers.items()
    }


@pytest.mark.parametrize("what", list(_SENDS))
async def test_anything_at_a_question_is_answered_and_moves_nothing(clinic: Clinic, what: str) -> None:
    patient = clinic.patient()
    await patient.to_aims()
    before = await _answers(clinic, patient)
    after = patient.last_id()
    _SENDS[what](patient.person)
    answer = await patient.sees("", after=after)
    assert answer.text
    # The way on is open: the question's own answer takes it.
    await patient.person.wait_for(lambda chat: any("Acne scars" in one.labels for one in chat), 5)
    assert await _answers(clinic, patient) == before
    if what == "5000 characters":  # apps send it as two texts, and after two that say nothing a person is offered
        await patient.presses("Show me the question", AIMS)
    await patient.says("acne scars", WHEN)


async def test_twice_not_understood_offers_a_person(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.to_aims()
    await patient.says(_RANDOM, "I didn't get that")
    lost = await patient.says("vbnm rtzu", "not following")
    assert "Talk to a person" in lost.labels
    await patient.presses("Show me the question", AIMS)


async def test_a_stranger_s_first_word_is_no_start(clinic: Clinic) -> None:
    for send in (_SENDS["random text"], _SENDS["a photo"], _SENDS["a sticker"]):
        patient = clinic.patient()
        send(patient.person)
        assert (await patient.sees("")).labels


async def test_old_buttons_show_where_we_are(clinic: Clinic) -> None:
    patient = clinic.patient()
    age = await patient.start()
    adult, under_18 = age.buttons[0].data, age.buttons[1].data
    assert adult is not None
    assert under_18 is not None
    await patient.presses("Yes, 18 or over", CONSENT)
    await patient.presses("I agree, use my answers", AIMS)
    before = await _answers(clinic, patient)
    for data in (adult, under_18):
        after = patient.last_id()
        assert "behind us" in await patient.forges(data, age.id)
        await patient.sees(AIMS, after=after)
    assert await _answers(clinic, patient) == before


async def test_double_presses_count_once(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.start()
    for label, expected in (("Yes, 18 or over", CONSENT), ("I agree, use my answers", AIMS)):
        data = next(button.data for button in patient.person.last().buttons if button.text == label)
        assert data is not None
        after = patient.last_id()
        queries = [patient.person.forge(data) for _ in range(3)]
        await patient.sees(expected, after=after)
        notes = [await patient.answered(query) for query in queries]
        assert notes == ["", "I have that already, thank you.", "I have that already, thank you."]
        assert sum(expected in message.text for message in patient.messages()) == 1
    # Marks say set or clear, so that a second press is nothing; only Done goes on.
    data = next(button.data for button in patient.person.last().buttons if button.text == "Acne scars")
    assert data is not None
    queries = [patient.person.forge(data) for _ in range(2)]
    assert [await patient.answered(query) for query in queries] == ["", ""]
    done = next(button.data for button in patient.person.last().buttons if button.text == "Done ✓")
    assert done is not None
    queries = [patient.person.forge(done) for _ in range(2)]
    await patient.sees(WHEN)
    assert [await patient.answered(query) for query in queries] == ["", "I have that already, thank you."]
    assert (await _answers(clinic, patient))["aims"] == ("acne_scars",)
    assert sum(WHEN in message.text for message in patient.messages()) == 1


async def test_done_without_a_mark_says_so(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.to_aims()
    assert "at least one" in await patient.answered(patient.person.press("Done ✓"))


async def test_forged_presses_change_nothing(clinic: Clinic) -> None:
    patient, other = clinic.patient("Ana"), clinic.patient("Bea")
    age = await patient.start()
    foreign = (await other.start()).buttons[0].data
    assert foreign is not None
    own = age.buttons[0].data
    assert own is not None
    session = own.partition(":")[0]
    forged = [
        foreign,
        "",
        "x" * 64,
        "drop table contacts",
        f"{session}:0=admin",
        f"{session}:0=",
        f"{session}:99=adult",
        f"{session}:0+adult",
        f"{session}:0#adult",
        f"{session}:-1=adult",
        "999999999999999-1:0=adult",
        "s:have_it:L1-1",
        "s:nonsense",
        "\u0000\ud7ff🙂",
    ]
    messages = patient.messages()
    before = await _answers(clinic, patient)
    for data in forged:
        note = await patient.forges(data) if data else "none to be had"
        assert note, data
    assert await _answers(clinic, patient) == before == {}
    assert patient.messages() == messages
    assert await _answers(clinic, other) == {}
    await patient.presses("Yes, 18 or over", CONSENT)


async def test_a_press_on_a_message_that_is_gone(clinic: Clinic) -> None:
    patient = clinic.patient()
    age = await patient.start()
    data = age.buttons[0].data
    assert data is not None
    after = patient.last_id()
    assert await patient.forges(data, message_id=1_000_000) == ""
    await patient.sees(CONSENT, after=after)


async def test_somebody_else_s_button_in_a_group(clinic: Clinic) -> None:
    patient, eve = clinic.patient(), clinic.person("Eve")
    data = (await patient.start()).buttons[0].data
    assert data is not None
    clinic.telegram.group(OTHER_GROUP - 1, "Elsewhere", [eve])
    query = eve.forge(data, chat_id=OTHER_GROUP - 1)
    await Patient(eve).answered(query)
    assert await _answers(clinic, patient) == {}
    assert not [message for message in clinic.telegram.chat(OTHER_GROUP - 1) if message.by_bot]


async def test_other_groups_get_one_line_to_a_command_and_nothing_else(clinic: Clinic) -> None:
    gus = clinic.person("Gus")
    group = clinic.telegram.group(OTHER_GROUP, "Football", [gus])  # administrator: it sees everything
    group.say(gus, "hello all")
    group.say(gus, "I can't breathe")
    group.say(gus, "/start@somebody_elses_bot")
    group.say(gus, f"/start@{clinic.telegram.username} poster")
    await group.wait_for(lambda chat: any(one.by_bot for one in chat), 10)
    group.say(gus, f"/help@{clinic.telegram.username}")

    def lines(chat: list[Shown]) -> list[Shown]:
        return [one for one in chat if one.by_bot]

    await group.wait_for(lambda chat: len(lines(chat)) >= 2, 10)
    found = lines(group.chat())
    assert len(found) == 2
    assert {len(one.text.splitlines()) for one in found} == {1}
    assert not any(one.labels or one.keyboard for one in found)


async def test_an_edited_message_is_no_turn(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.start()
    await patient.says("1", CONSENT)
    before, messages = await _answers(clinic, patient), patient.messages()
    for text in ("2", "i agree", "/delete", _RANDOM):
        patient.person.edit_last(text)
    # A press goes through the same queue of turns: once it is answered, the edits are behind.
    note = await patient.forges("nonsense")
    assert note
    assert patient.messages() == messages
    assert await _answers(clinic, patient) == before


async def test_an_emergency_in_an_edited_message_is_heard(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.start()
    await patient.says("hmm", "")
    after = patient.last_id()
    cards = len(clinic.group.chat())
    patient.person.edit_last("I can't breathe and my throat is closing")
    answer = await patient.sees("", after=after)
    assert "999" in answer.text or "112" in answer.text
    await clinic.group.wait_for(lambda chat: len(chat) > cards and "URGENT" in chat[-1].text, 10)


async def test_a_typed_emergency_comes_first_at_any_question(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.to_aims()
    cards = len(clinic.group.chat())
    answer = await patient.says("my face is drooping and I can't see", "")
    assert answer.text.startswith("Ring ")
    await clinic.group.wait_for(lambda chat: len(chat) > cards and "URGENT" in chat[-1].text, 10)
    await patient.presses("I've rung, or I'm all right", AIMS)


async def test_back_and_change_an_answer(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.to_card("Dry, thirsty skin")
    await patient.presses("‹ Back", EARLIER)
    await patient.presses("‹ Back", ABOUT_YOU)
    await patient.presses("None of these", EARLIER)
    listed = await patient.says("/answers", "Here is what you've told me")
    aims = next(label for label in listed.labels if label.startswith("To improve"))
    await patient.presses(aims, AIMS)
    await patient.marks("Acne scars")
    await patient.presses("Done ✓", EARLIER)
    answers = await _answers(clinic, patient)
    assert set(answers["aims"]) == {"dehydration", "acne_scars"}
    assert answers["face"] == ("none",)
    assert FACE not in patient.messages()[-1].text


async def test_start_in_the_middle_asks_and_loses_nothing(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.to_aims()
    await patient.start(expect="in the middle of something")
    await patient.presses("Yes, go on", AIMS)
    await patient.start("poster", expect="in the middle of something")
    await patient.presses("Start again", AGE)


async def test_odd_updates_are_confirmed_and_stop_nothing(clinic: Clinic) -> None:
    telegram = clinic.telegram
    updates: tuple[dict[str, object], ...] = (
        {"message": None},
        {"message": {"message_id": 1}},
        {"message": {"message_id": 1, "date": 1, "chat": {"id": "x", "type": "private"}, "text": 7}},
        {"callback_query": {"id": 5}},
        {"callback_query": {"id": "5", "from": {"id": 1}}},
        {"message_reaction_count": {"chat": {}}},
        {"from_the_future": {"deep": [[[[{}]]]]}},
        {"channel_post": {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "channel"}, "text": "hi"}},
    )
    for update in updates:
        telegram.inject(dict(update))
    patient = clinic.patient()
    await patient.start()
    await telegram.until(lambda: len(telegram.state()["pending"]) <= 1, 15)  # by the poll after the answer
