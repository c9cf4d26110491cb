"""The picture of the course, the pinned message and photos, from the bot's own process to a strict Telegram."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Clinic
from tests.e2e.patient import PICTURE_SECONDS, WAIT_SECONDS, Patient
from tests.fake_bot_api.shown import Json, Shown

PLAN = "That's our plan"
WHO = "I can't look at pictures; a person sees it"
PRESSED = {
    "Microneedling": "",
    "Plain needles": "When was it?",
    "Just now": "Shall I check on you",
    "Yes, check on me": "What name",
}
"""Buttons, and what comes last in answer to each."""


async def enrol(patient: Patient) -> None:
    """Four taps, a name, no number, and the plan."""
    await patient.start("aftercare", expect="Which treatment")
    for label, expected in PRESSED.items():
        await patient.presses(label, expected)
    await patient.says("Ana Bell", "which number")
    await patient.says("no", "When shall I ask")
    await patient.presses("In the morning", PLAN, seconds=PICTURE_SECONDS)


def calls_to(clinic: Clinic, patient: Patient, method: str) -> list[Json]:
    return [
        call
        for call in clinic.telegram.calls(method)
        if call["params"].get("chat_id") in {patient.id, str(patient.id)}
    ]


def photos(clinic: Clinic, patient: Patient) -> list[Json]:
    """The parameters of sendPhoto, with `uploaded`: bytes were sent, and no id."""
    found: list[Json] = [call["params"] for call in calls_to(clinic, patient, "sendPhoto")]
    return [each | {"uploaded": each["photo"].endswith(" bytes>")} for each in found]


@pytest.mark.slow
async def test_one_upload_for_all_and_the_words_beside_it(clinic: Clinic) -> None:
    first, second, third, fourth = (clinic.patient() for _ in range(4))
    await enrol(first)
    await enrol(second)
    (upload,), (by_id,) = photos(clinic, first), photos(clinic, second)
    assert (upload["uploaded"], by_id["uploaded"]) == (True, False)
    assert by_id["caption"] == upload["caption"]
    assert "Day 0: Red, warm and tight" in by_id["caption"]
    clinic.telegram.fault(
        "status",
        method="sendPhoto",
        chat_id=third.id,
        status=400,
        description="Bad Request: wrong file identifier/HTTP URL specified",
    )
    await enrol(third)
    refused, again = photos(clinic, third)
    assert (refused["uploaded"], again["uploaded"]) == (False, True)
    clinic.telegram.fault(
        "status",
        method="sendPhoto",
        chat_id=fourth.id,
        status=400,
        times=2,
        description="Bad Request: IMAGE_PROCESS_FAILED",
    )
    await enrol(fourth)
    await fourth.sees("Day 0: Red, warm and tight")
    texts = [message.text for message in fourth.messages()]
    assert next(n for n, text in enumerate(texts) if "Day 0" in text) < next(
        n for n, text in enumerate(texts) if PLAN in text
    )


def test_pictures_are_drawn_ahead_after_the_start(clinic: Clinic) -> None:
    clinic.bot.wait_log("drawing the pictures that are not kept yet")


async def test_the_message_at_hand_is_pinned_replaced_and_taken_off(clinic: Clinic) -> None:
    patient = clinic.patient()
    await enrol(patient)
    (pin,) = await clinic.telegram.until(lambda: calls_to(clinic, patient, "pinChatMessage"), 10)
    card = next(message for message in patient.messages() if "Whenever you wonder" in message.text)
    assert pin["params"] == {"chat_id": patient.id, "message_id": card.id, "disable_notification": True}
    assert "999" in card.text
    assert card.labels == ("Is this normal?", "This feels urgent")
    await patient.answered(patient.person.press("Thank you, that's all"))
    after = patient.last_id()
    patient.person.press("Is this normal?", card.id)
    await patient.sees("how is your skin?", after=after)
    await patient.says("/delete")
    await patient.presses("Yes, erase everything", "erased")
    assert len(calls_to(clinic, patient, "unpinAllChatMessages")) == 1


async def test_a_pin_that_is_refused_stops_nothing(clinic: Clinic) -> None:
    patient = clinic.patient()
    clinic.telegram.fault(
        "status",
        method="pinChatMessage",
        chat_id=patient.id,
        status=400,
        description="Bad Request: not enough rights to manage pinned messages in the chat",
    )
    await enrol(patient)
    await clinic.telegram.until(lambda: calls_to(clinic, patient, "pinChatMessage"), 10)
    await patient.says("/help", "/human reaches a person")


async def test_an_album_is_one_answer_and_goes_by_id_to_whoever_takes_the_person(clinic: Clinic) -> None:
    ana = clinic.patient()
    await enrol(ana)
    pinned = next(message for message in ana.messages() if "Whenever you wonder" in message.text)
    ana.person.press("Is this normal?", pinned.id)
    await ana.sees("how is your skin?")
    before = max((message.id for message in clinic.group.chat()), default=0)
    for _ in range(3):
        ana.person.send_photo(album="13")
    ana.person.send_photo("I can't breathe", album="13")
    await ana.sees("Ring 999 now")
    await ana.sees(WHO)  # which what is urgent may overtake

    def card(chat: list[Shown]) -> Shown | None:
        return next((one for one in chat if one.id > before and "URGENT" in one.text), None)

    urgent = await clinic.group.wait_for(card, WAIT_SECONDS)
    assert urgent is not None
    clinic.group.press(clinic.rosa, "Take it", urgent.id)
    theirs = [message.photo for message in ana.person.chat() if not message.by_bot and message.photo]

    def shown() -> list[Json]:
        calls = (call["params"] for call in clinic.telegram.calls("sendPhoto"))
        return [params for params in calls if params["photo"] in theirs]

    found = await clinic.telegram.until(lambda: shown() if len(shown()) == len(theirs) else [], WAIT_SECONDS)
    assert [params["photo"] for params in found] == theirs
    assert len([message for message in ana.messages() if WHO in message.text]) == 1
    assert {(params["chat_id"], params["protect_content"]) for params in found} == {(clinic.rosa.id, True)}
    clinic.bot.hold_log(*theirs)
    await ana.says("/delete")
    await ana.presses("Yes, erase everything", "erased")
