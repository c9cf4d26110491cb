"""Telegram in bad weather: refusals, limits and cuts that a running bot lives through."""

from __future__ import annotations

import asyncio

from tests.e2e.conftest import Clinic
from tests.e2e.patient import AGE, AIMS, CONSENT, WHEN
from tests.fake_bot_api.shown import Json


def _calls_to(clinic: Clinic, chat: int, method: str = "sendMessage") -> list[Json]:
    return [call for call in clinic.telegram.calls(method) if call["params"].get("chat_id") == chat]


async def test_blocked_and_unblocked(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.to_aims()
    patient.person.block()
    patient.person.unblock()
    await patient.says("acne scars", WHEN)


async def test_a_refused_message_pauses_until_they_write_again(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.to_aims()
    since = len(clinic.bot.lines)
    # Blocked between their press and our answer: only the refusal tells.
    clinic.telegram.fault(
        "status",
        method="sendMessage",
        chat_id=patient.id,
        times=1,
        status=403,
        description="Forbidden: bot was blocked by the user",
    )
    patient.person.say("acne scars")
    # Telegram has refused it, and the bot has heard so: what was to go there before that is withdrawn.
    await asyncio.to_thread(clinic.bot.wait_log, "is refused by its chat", since=since)
    answer = await patient.says("/start", "in the middle of something")
    assert "Yes, go on" in answer.labels
    await patient.presses("Yes, go on", WHEN)


async def test_a_429_holds_that_chat_and_no_other(clinic: Clinic) -> None:
    held, other = clinic.patient("Held"), clinic.patient("Other")
    await held.start()
    await other.start()
    clinic.telegram.fault(
        "status",
        method="sendMessage",
        chat_id=held.id,
        status=429,
        description="Too Many Requests: retry after 2",
        parameters={"retry_after": 2},
    )
    after = held.last_id()
    held.person.press("Yes, 18 or over")
    await clinic.telegram.until(lambda: clinic.telegram.state()["faults"][0]["hits"] == 1, 10)
    await other.presses("Yes, 18 or over", CONSENT)
    assert len(held.messages()) == 1
    await held.sees(CONSENT, after=after)
    refused, taken = [call["time"] for call in _calls_to(clinic, held.id)][-2:]
    assert taken - refused >= 2
    assert sum(CONSENT in message.text for message in held.messages()) == 1


async def test_refused_markup_is_sent_once_as_plain_text(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.start()
    clinic.telegram.fault(
        "status",
        method="sendMessage",
        chat_id=patient.id,
        status=400,
        description="Bad Request: can't parse entities: Unclosed start tag at byte offset 3",
    )
    await patient.presses("Yes, 18 or over", CONSENT)
    calls = _calls_to(clinic, patient.id)[-2:]
    assert calls[0]["params"]["parse_mode"] == "HTML"
    assert "parse_mode" not in calls[1]["params"]
    assert "<b>" not in calls[1]["params"]["text"]


async def test_a_message_that_can_not_be_sent_stops_nobody(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.start()
    clinic.telegram.fault(
        "status",
        method="sendMessage",
        chat_id=patient.id,
        status=400,
        description="Bad Request: BUTTON_DATA_INVALID",
    )
    patient.person.press("Yes, 18 or over")
    await clinic.telegram.until(lambda: clinic.telegram.state()["faults"][0]["hits"] == 1, 10)
    await patient.says("hello?", CONSENT)


async def test_cuts_pages_and_half_answers_lose_nothing(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.start()
    polls: tuple[Json, ...] = (
        {"kind": "close"},
        {"kind": "body", "body": "[]"},
    )
    sends: tuple[Json, ...] = (
        {"kind": "close"},
        {"kind": "status", "status": 500, "description": "Internal Server Error"},
    )
    for fault in polls:
        clinic.telegram.fault(**{"method": "getUpdates", **fault})
    for fault in sends:
        clinic.telegram.fault(**{"method": "sendMessage", "chat_id": patient.id, **fault})
    after = patient.last_id()
    patient.person.press("Yes, 18 or over")
    await patient.sees(CONSENT, after=after, seconds=40)
    await patient.presses("I agree, use my answers", AIMS)


async def test_an_answer_that_was_cut_off_is_repeated_at_most_twice(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.start()
    clinic.telegram.fault("truncate", method="sendMessage", chat_id=patient.id, times=2)
    after = patient.last_id()
    patient.person.press("Yes, 18 or over")
    await patient.sees(CONSENT, after=after)
    await patient.says("i agree", AIMS)
    assert 1 <= sum(CONSENT in message.text for message in patient.messages()) <= 3


async def test_a_failing_press_answer_holds_nothing_up(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.start()
    clinic.telegram.fault(
        "status",
        method="answerCallbackQuery",
        status=400,
        description="Bad Request: query is too old and response timeout expired or query ID is invalid",
    )
    after = patient.last_id()
    patient.person.press("Yes, 18 or over")
    await patient.sees(CONSENT, after=after)


async def test_an_update_id_that_begins_anew(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.start()
    await clinic.telegram.until(lambda: not clinic.telegram.state()["pending"], 10)
    clinic.telegram.settings(next_update_id=400_000_000 + patient.id % 1000 * 1000)
    await patient.says("1", CONSENT)


async def test_a_page_that_comes_twice_is_taken_once(clinic: Clinic) -> None:
    patient = clinic.patient()
    await patient.start(expect=AGE)
    # The answer to the poll is cut off, so the server keeps the update and gives it again.
    clinic.telegram.fault("truncate", method="getUpdates", times=1)
    after = patient.last_id()
    patient.person.say("1")
    await patient.sees(CONSENT, after=after)
    await patient.says("i agree", AIMS)
    assert sum(CONSENT in one.text for one in patient.messages()) == 1
