"""A bot that is sent its updates: the stand-in posts them from a process of its own, over real sockets."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from bot.channels.telegram.read_update import WANTED
from tests.e2e.bot_process import BotProcess, run_to_end
from tests.e2e.patient import AGE, AIMS, CONSENT, WAIT_SECONDS, WHEN, Patient
from tests.fake_bot_api.client import FakeTelegram

MakeBot = Callable[..., BotProcess]
LOAD = 25
SET = "the webhook is set"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def receiving(make_bot: MakeBot, telegram: FakeTelegram, **settings: str) -> BotProcess:
    """A bot with a webhook, not started yet."""
    port = str(free_port())
    own = {"PORT": port, "LISTEN_ADDRESS": "127.0.0.1", "WEBHOOK_URL": f"http://127.0.0.1:{port}/bots"}
    return make_bot(telegram.root, telegram.token, **own, **settings)


def start(bot: BotProcess) -> BotProcess:
    since = len(bot.lines)
    bot.start().wait_log(SET, since=since)
    return bot


def post(url: str, body: bytes, secret: str = "") -> int:
    where = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", where.port, timeout=10)
    try:
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
        connection.request("POST", where.path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def page(bot: BotProcess, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", int(bot.environ["PORT"]), timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def sent_page(bot: BotProcess) -> tuple[int, str] | None:
    """/healthz, as soon as it says that no answer waits: one that was shown may still be under way."""
    status, health = page(bot, "/healthz")
    is_sent = json.loads(health)["outbox"]["lanes"]["reply"] == {"waiting": 0, "oldest_seconds": 0.0}
    return (status, health) if is_sent else None


async def test_a_conversation_by_webhook(telegram: FakeTelegram, make_bot: MakeBot) -> None:
    bot = receiving(make_bot, telegram)
    patient = Patient(telegram.person(7_000_000_001, "Ana"))
    patient.person.start()  # while nobody listens yet: it waits at Telegram
    start(bot)
    await patient.sees(AGE)
    # From here on each update comes on two sockets at the same moment.
    telegram.settings(doubled=50)
    await patient.presses("Yes, 18 or over", CONSENT)
    await patient.presses("I agree, use my answers", AIMS)
    await patient.says("acne scars", WHEN)
    shown = patient.messages()
    for words in (AGE, CONSENT, AIMS, WHEN):
        assert sum(words in message.text for message in shown) == 1

    await telegram.until(lambda: telegram.state()["pending"] == [])
    state = telegram.state()
    assert {delivery["status"] for delivery in state["deliveries"]} == {200}
    assert len(state["deliveries"]) == 1 + 2 * 3
    assert state["counts"].get("getUpdates", 0) == 0
    (asked,) = [call["params"] for call in telegram.calls("setWebhook")]
    assert asked["allowed_updates"] == list(WANTED)
    assert asked["max_connections"] == 100
    assert len(asked["secret_token"]) == 64
    assert not asked.keys() & {"drop_pending_updates"}
    assert telegram.token.partition(":")[2] not in asked["url"]
    assert telegram.calls("deleteWebhook") == []
    # A stranger, who knows the address but no secret, writes nothing.
    forged = json.dumps({"update_id": 1, "message": {}}).encode()
    assert await asyncio.to_thread(post, asked["url"], forged) == 403
    assert await asyncio.to_thread(post, asked["url"], forged, "x" * 64) == 403
    found_page = await telegram.until(lambda: sent_page(bot), WAIT_SECONDS)
    assert found_page is not None
    status, health = found_page
    found = json.loads(health)
    assert (status, found["status"], found["updates"]["by"]) == (200, "green", "webhook")
    assert found["updates"]["last_taken_at"] is not None
    assert found["keeper"]["is_here"] is True
    assert (await asyncio.to_thread(page, bot, "/readyz"))[0] == 200
    status, metrics = await asyncio.to_thread(page, bot, "/metrics")
    assert status == 200
    # Ana's four and their doubles, which are taken and come to nothing.
    assert 'clinicbot_updates_total{kind="press"} 4.0' in metrics
    assert 'clinicbot_webhook_requests_total{status="403"} 2.0' in metrics
    assert 'clinicbot_messages_total{lane="reply",status="sent"}' in metrics
    for unspoken in ("Ana", "7000000001", telegram.token, asked["secret_token"], asked["url"], "acne"):
        assert unspoken not in health + metrics
    assert await asyncio.to_thread(bot.terminate) == 0
    store = await bot.read_store()
    try:
        assert await store.dead_letters() == []
        assert await store.seen([1]) == set()
    finally:
        await store.close()
    bot.hold_log(asked["secret_token"], urlsplit(asked["url"]).path, "7000000001")


async def test_sigterm_in_load_by_webhook_loses_and_repeats_nothing(
    telegram: FakeTelegram, make_bot: MakeBot
) -> None:
    bot = start(receiving(make_bot, telegram))
    patients = [Patient(telegram.person(7_100_000_000 + n, f"Pat{n}")) for n in range(LOAD)]
    for patient in patients:
        patient.person.start()
    await patients[0].sees(AGE)
    for patient in patients[LOAD // 2 :]:
        patient.person.say("1")
    began = time.monotonic()
    assert await asyncio.to_thread(bot.terminate) == 0
    assert time.monotonic() - began < 10
    # What Telegram could not deliver meanwhile it tells at the next start, and delivers then.
    patients[0].person.say("1")
    await telegram.until(lambda: "last_error_message" in telegram.state()["webhook"])
    since = len(bot.lines)
    start(bot)
    bot.wait_log("Telegram's last error with the webhook", since=since)
    for n, patient in enumerate(patients):
        await patient.sees(CONSENT if n >= LOAD // 2 or n == 0 else AGE)
        shown = patient.messages()
        assert sum("Hello" in message.text for message in shown) == 1
        assert len(shown) == (2 if n >= LOAD // 2 or n == 0 else 1)
    # The same data goes on by polling: the webhook is removed, and what waits there is kept.
    assert await asyncio.to_thread(bot.terminate) == 0
    patients[1].person.say("1")
    bot.environ |= {"WEBHOOK_URL": "", "LISTEN_ADDRESS": ""}
    since = len(bot.lines)
    bot.start_polling()
    await patients[1].sees(CONSENT)
    # Where PORT is set, its pages are there for this machine, and for no other.
    bot.wait_log(f"listening on 127.0.0.1, port {bot.environ['PORT']}", since=since)
    assert json.loads((await asyncio.to_thread(page, bot, "/healthz"))[1])["updates"]["by"] == "polling"
    assert telegram.state()["webhook"]["url"] == ""
    assert await asyncio.to_thread(bot.terminate) == 0


async def test_while_the_database_is_away_nothing_is_confirmed(telegram: FakeTelegram, make_bot: MakeBot) -> None:
    bot = start(receiving(make_bot, telegram, WEBHOOK_SECRET="a_secret-of-the-operators-own-0123456789"))
    patient = Patient(telegram.person(7_200_000_001, "Ana"))
    await patient.start()
    holder = sqlite3.connect(bot.database, isolation_level=None)
    holder.execute("begin immediate")
    (pressed,) = patient.person.say("1")
    await asyncio.to_thread(bot.wait_log, "database away")
    assert telegram.state()["pending"] == [pressed]
    assert {delivery["status"] for delivery in telegram.state()["deliveries"]} == {200}
    status, health = await asyncio.to_thread(page, bot, "/healthz")
    assert status == 503
    assert "the database is away" in json.loads(health)["reasons"]
    assert (await asyncio.to_thread(page, bot, "/readyz"))[0] == 503
    assert "clinicbot_health 2.0" in (await asyncio.to_thread(page, bot, "/metrics"))[1]
    # Killed while it waits: Telegram has got no 200, and sends it again.
    await asyncio.to_thread(bot.kill)
    holder.execute("rollback")
    holder.close()
    await telegram.until(lambda: telegram.state()["deliveries"][-1]["status"] == 0)
    start(bot)
    await patient.sees(CONSENT)
    await telegram.until(lambda: telegram.state()["pending"] == [])
    assert sum(CONSENT in message.text for message in patient.messages()) == 1
    assert telegram.calls("setWebhook")[0]["params"]["secret_token"].startswith("a_secret-of-the")


async def test_a_flood_is_held_back_and_an_emergency_in_it_is_not(
    telegram: FakeTelegram, make_bot: MakeBot
) -> None:
    rosa = telegram.person(7_300_000_001, "Rosa")
    team = telegram.group(-1_001_000_000_001, "The team", [rosa])
    bot = receiving(make_bot, telegram, STAFF_CHAT_ID=str(team.id), LIMIT_CHAT_PER_SECOND="20")
    start(bot)
    flooder, other = (Patient(telegram.person(7_300_000_002 + n, name)) for n, name in enumerate(("Flo", "Ana")))
    await flooder.start()
    for number in range(200):
        flooder.person.say(f"hello {number}")
    flooder.person.say("I can't breathe")
    for number in range(100):
        flooder.person.say(f"hello {number}")
    await other.start()
    await other.presses("Yes, 18 or over", CONSENT)
    await flooder.sees("Ring 999 now")
    await team.wait_for(lambda chat: any("URGENT" in message.text for message in chat), WAIT_SECONDS)
    await telegram.until(lambda: telegram.state()["pending"] == [], 15)
    await flooder.sees("You are faster than I am")
    told = [message for message in flooder.messages() if "You are faster than I am" in message.text]
    assert len(told) == 1
    assert len(flooder.messages()) < 150
    assert await asyncio.to_thread(bot.terminate) == 0


def test_a_webhook_without_a_port_that_is_free_is_told(telegram: FakeTelegram, tmp_path: Path) -> None:
    good = {"BOT_TOKEN": telegram.token, "BOT_API_URL": telegram.root, "LOG_LEVEL": "info"}
    hook = {"WEBHOOK_URL": "https://clinic.example"}
    code, said = run_to_end(tmp_path, {**good, **hook, "PORT": str(telegram.port)})
    assert code == 1
    assert f"PORT {telegram.port} can't be listened at" in said
    code, said = run_to_end(tmp_path, {**good, **hook, "PORT": "0"})
    assert code == 1
    assert "PORT=0" in said
    assert "Traceback" not in said
    assert telegram.calls() == []
