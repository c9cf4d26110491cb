"""The process: how it starts, what ends it, and that nothing is lost over it."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.e2e.bot_process import BotProcess, run_to_end
from tests.e2e.patient import AGE, AIMS, CONSENT, WHEN, Patient
from tests.fake_bot_api.client import FakeTelegram

MakeBot = Callable[..., BotProcess]
LOAD = 25


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def test_sigterm_in_load_loses_and_repeats_nothing(telegram: FakeTelegram, make_bot: MakeBot) -> None:
    bot = make_bot(telegram.root, telegram.token).start_polling()
    patients = [Patient(telegram.person(6_000_000_000 + n, f"Pat{n}")) for n in range(LOAD)]
    for patient in patients:
        patient.person.start()
    await patients[0].sees(AGE)
    for patient in patients[LOAD // 2 :]:
        patient.person.say("1")
    began = time.monotonic()
    assert await asyncio.to_thread(bot.terminate) == 0
    assert time.monotonic() - began < 10
    bot.start_polling()
    for n, patient in enumerate(patients):
        await patient.sees(CONSENT if n >= LOAD // 2 else AGE)
        shown = patient.messages()
        assert sum("Hello" in message.text for message in shown) == 1
        assert len(shown) == (2 if n >= LOAD // 2 else 1)
    assert await asyncio.to_thread(bot.terminate) == 0


async def test_a_refused_token_ends_it_and_a_good_one_goes_on(telegram: FakeTelegram, make_bot: MakeBot) -> None:
    bot = make_bot(telegram.root, telegram.token).start_polling()
    patient = Patient(telegram.person(6_100_000_001, "Ana"))
    await patient.start()
    # What the turn wants to say is on disk before Telegram refuses the token.
    telegram.fault("status", method="sendMessage", status=401, description="Unauthorized")
    patient.person.press("Yes, 18 or over")
    await telegram.until(lambda: telegram.state()["faults"][0]["hits"] == 1, 15)
    telegram.settings(revoked=True)
    assert await asyncio.to_thread(bot.wait, 20) == 1
    store = await bot.read_store()
    try:
        waiting = await store.waiting_rows(100)
        persons = await store.persons_of_chats([patient.id])
    finally:
        await store.close()
    assert [row.chat for row in waiting if "Before we begin" in getattr(row.effect, "html", "")] == [patient.id]
    assert persons[patient.id].sessions[0].turn == 1

    # Still refused: it says so in one sentence and ends again.
    since = len(bot.lines)
    bot.start()
    assert await asyncio.to_thread(bot.wait, 20) == 1
    assert any("Telegram refuses BOT_TOKEN" in line for line in bot.lines[since:])

    telegram.clear_faults()
    telegram.settings(revoked=False)
    bot.start_polling()
    await patient.sees(CONSENT)
    await patient.presses("I agree, use my answers", AIMS)
    assert sum(CONSENT in message.text for message in patient.messages()) == 1


def _poll_once(port: int, token: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", f"/bot{token}/getUpdates?timeout=0")
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


async def test_a_second_poller_makes_it_back_off(telegram: FakeTelegram, make_bot: MakeBot) -> None:
    bot = make_bot(telegram.root, telegram.token).start_polling()
    patient = Patient(telegram.person(6_200_000_001, "Ana"))
    await patient.start()
    since = len(bot.lines)
    assert await asyncio.to_thread(_poll_once, telegram.port, telegram.token) == 200
    await asyncio.to_thread(bot.wait_log, "another process polls", since=since)
    polls = telegram.state()["counts"]["getUpdates"]
    # Meanwhile the other one has it; ours comes back by itself, some seconds later, and nothing is lost.
    after = patient.last_id()
    patient.person.press("Yes, 18 or over")
    assert telegram.state()["counts"]["getUpdates"] == polls
    began = time.monotonic()
    await patient.sees(CONSENT, after=after)
    assert time.monotonic() - began > 2
    assert sum(CONSENT in message.text for message in patient.messages()) == 1


async def test_a_server_that_is_away_at_start(make_bot: MakeBot) -> None:
    port = _free_port()
    with FakeTelegram(port=port) as known:
        token = known.token
    bot = make_bot(f"http://127.0.0.1:{port}", token).start()
    bot.wait_log("can't be reached")
    with FakeTelegram(port=port) as telegram:
        bot.wait_log("polling as @")
        patient = Patient(telegram.person(6_300_000_001, "Ana"))
        await patient.start()
        # It goes away in the middle, too.
        since = len(bot.lines)
    await asyncio.to_thread(bot.wait_log, "can't be reached", since=since)
    with FakeTelegram(port=port) as telegram:
        telegram.settings(next_update_id=900_000_001)
        patient = Patient(telegram.person(6_300_000_001, "Ana"))
        await patient.says("1", CONSENT)
        assert telegram.violations() == []
        assert await asyncio.to_thread(bot.terminate) == 0


async def test_a_silent_poll_does_not_stop_the_sending(telegram: FakeTelegram, make_bot: MakeBot) -> None:
    bot = make_bot(telegram.root, telegram.token).start_polling()
    patient = Patient(telegram.person(6_400_000_001, "Ana"))
    await patient.to_aims()
    # The connection stays open and says nothing; then it breaks. (The long silence stands in the poller's tests.)
    telegram.fault("stall", method="getUpdates", seconds=1.5)
    await patient.says("acne scars", WHEN)
    patient.person.press("No date in mind")
    await patient.sees("Three quick checks")
    assert bot.is_running


async def test_sigterm_while_telegram_says_nothing(telegram: FakeTelegram, make_bot: MakeBot) -> None:
    bot = make_bot(telegram.root, telegram.token).start_polling()
    patient = Patient(telegram.person(6_500_000_001, "Ana"))
    await patient.start()
    telegram.fault("stall", method="sendMessage", times=-1, seconds=60)
    patient.person.press("Yes, 18 or over")
    await telegram.until(lambda: telegram.state()["faults"][0]["hits"] >= 1, 10)
    began = time.monotonic()
    assert await asyncio.to_thread(bot.terminate, 12) == 0
    assert time.monotonic() - began < 10
    telegram.clear_faults()
    bot.start_polling()
    await patient.sees(CONSENT)
    assert sum(CONSENT in message.text for message in patient.messages()) == 1


GOOD = {"BOT_TOKEN": "123456:AAH-a_good_looking_token_0123456789", "BOT_API_URL": "http://127.0.0.1:9"}
WRONG: dict[str, dict[str, str]] = {
    "BOT_TOKEN": {"BOT_TOKEN": ""},
    "BOT_API_URL": {**GOOD, "BOT_API_URL": "telegram.org"},
    "PostgreSQL needs a DATA_KEY": {**GOOD, "DATABASE_URL": "postgresql://me:secret-word@db/clinic"},
    "DATABASE_URL can't": {**GOOD, "DATABASE_URL": "postgres://me:secret-word@db:x/clinic", "DATA_KEY": "0f" * 32},
    "DATA_KEY": {**GOOD, "DATA_KEY": "secret-word"},
    "STAFF_CHAT_ID": {**GOOD, "STAFF_CHAT_ID": "the team"},
    "no-such-folder": {**GOOD, "FLOWS_DIR": "no-such-folder"},
    "/dev/null": {**GOOD, "DATABASE_URL": "sqlite:////dev/null/clinic.db"},
}


def test_missing_and_wrong_settings_are_named_in_one_sentence(tmp_path: Path) -> None:
    def run(wrong: dict[str, str]) -> tuple[int, str]:
        return run_to_end(tmp_path, {"LOG_LEVEL": "info", **wrong})

    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(WRONG, pool.map(run, WRONG.values()), strict=True))
    for name, (code, said) in found.items():
        assert code == 1, (name, code, said)
        assert name in said, (name, said)
        assert "Traceback" not in said, (name, said)
        assert GOOD["BOT_TOKEN"] not in said, name
        assert "secret-word" not in said, name
        assert len(said) < 600, said


async def test_logs_as_json_hold_one_object_a_line(telegram: FakeTelegram, make_bot: MakeBot) -> None:
    bot = make_bot(telegram.root, telegram.token, LOG_FORMAT="json", LOG_LEVEL="info").start_polling()
    patient = Patient(telegram.person(6_700_000_001, "Zebedee"))
    await patient.start()
    assert await asyncio.to_thread(bot.terminate) == 0
    for line in bot.lines:
        assert json.loads(line)["level"] in {"info", "warning"}
    bot.hold_log("Zebedee", "6700000001")
    assert threading.active_count() < 20


async def test_the_database_is_one_process_s_and_nobody_s_without_its_key(
    telegram: FakeTelegram, make_bot: MakeBot
) -> None:
    bot = make_bot(telegram.root, telegram.token).start_polling()
    patient = Patient(telegram.person(6_800_000_001, "Ana"))
    await patient.start()
    settings = {"BOT_TOKEN": telegram.token, "BOT_API_URL": telegram.root, "LOG_LEVEL": "info"}
    code, said = await asyncio.to_thread(run_to_end, bot.folder, settings)
    assert code == 1
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1
    assert await asyncio.to_thread(bot.terminate) == 0
    before = bot.database.read_bytes()
    place = bot.folder / "config" / "skin-clinic-bot" / "data.key"
    place.rename(place.with_suffix(".away"))
    for other in ({}, {"DATA_KEY": "00" * 32}):
        code, said = await asyncio.to_thread(run_to_end, bot.folder, {**settings, **other})
        assert code == 1
        assert "DATA_KEY" in said
        assert "Traceback" not in said
    assert bot.database.read_bytes() == before
    assert not place.exists()
    place.with_suffix(".away").rename(place)
    bot.start_polling()
    await patient.presses("Yes, 18 or over", CONSENT)
