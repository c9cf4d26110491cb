"""The stand-in for Telegram keeps Telegram's rules: what it lets through, a real bot may do."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, NetworkError, RetryAfter

from tests.fake_bot_api.client import ControlError, FakeTelegram, Shown, peak
from tests.fake_bot_api.spec import Spec
from tests.fake_bot_api.updates import OTHER_POLLER, WEBHOOK_ACTIVE

Json = dict[str, Any]
GO = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}


@pytest.fixture(scope="module")
def process() -> Iterator[FakeTelegram]:
    with FakeTelegram() as telegram:
        yield telegram


@pytest.fixture
def telegram(process: FakeTelegram) -> FakeTelegram:
    process.reset()
    return process


async def call(telegram: FakeTelegram, name: str, params: Json | None = None, **options: Any) -> Json:
    """One raw call; the HTTP status stands under "status"."""
    token = options.pop("token", telegram.token)
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{telegram.base_url}{token}/{name}", json=params or {}, **options) as answer,
    ):
        found: Json = await answer.json()
        return found | {"status": answer.status, "headers": dict(answer.headers)}


async def send(telegram: FakeTelegram, chat_id: int, text: str, **more: Any) -> Json:
    return await call(telegram, "sendMessage", {"chat_id": chat_id, "text": text, **more})


async def test_python_telegram_bot_talks_to_it(telegram: FakeTelegram) -> None:
    ana = telegram.person(11, "Ana", "de")
    ana.start("leaflet")
    async with Bot(telegram.token, base_url=telegram.base_url, base_file_url=telegram.base_file_url) as bot:
        assert (await bot.get_me()).username == telegram.username
        (first,) = await bot.get_updates(timeout=5)
        assert first.message is not None
        assert first.message.text == "/start leaflet"
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="s1:2:yes")]])
        message = await bot.send_message(11, "<b>Hi</b> &amp; welcome", parse_mode="HTML", reply_markup=markup)
        assert (message.text, message.entities[0].length) == ("Hi & welcome", 2)
        query_id = ana.press("Yes")
        (press,) = await bot.get_updates(offset=first.update_id + 1)
        assert press.callback_query is not None
        assert press.callback_query.data == "s1:2:yes"
        assert await press.callback_query.answer("Noted")
        await message.edit_text("Done")
        with pytest.raises(BadRequest, match="Message is not modified"):
            await message.edit_text("Done")
        ana.send_photo("look")
        (photo,) = await bot.get_updates(offset=press.update_id + 1)
        assert photo.message is not None
        content = await (await photo.message.photo[-1].get_file()).download_as_bytearray()
        assert content.startswith(b"\x89PNG")
        await bot.send_photo(11, bytes(content), caption="back")
    assert [item["text"] for item in ana.answers(query_id)] == ["Noted"]
    assert [item["kind"] for item in telegram.sent(11)] == ["send", "edit", "send"]
    shown = ana.chat()
    assert [item.text for item in shown] == ["/start leaflet", "Done", "look", "back"]
    assert (shown[1].edited, shown[1].buttons, shown[-1].photo is not None) == (True, (), True)
    assert telegram.violations() == []


async def test_everything_people_do_is_a_valid_update(telegram: FakeTelegram) -> None:
    ana, ben = telegram.person(1, "Ana", username="ana"), telegram.person(2, "Ben", None)
    team = telegram.group(-1001, "Team", [ana, ben], threads=[7])
    old = telegram.group(-5, "Old", [ana], kind="group")
    ana.start()
    ana.send_sticker()
    ana.share_contact("+880171")
    ana.send_photo()
    ana.edit_last("/stop it")
    sent = await send(telegram, 1, "hi", reply_markup=GO)
    ana.press("Go")
    ana.forge("x" * 64, message_id=9999)
    ana.block()
    ana.unblock()
    team.say(ben, "hello")
    team.move_bot(ana, "kicked")
    old.migrate(ana, -1002)
    spec = Spec.load()
    answer = await call(telegram, "getUpdates", {"limit": 100})
    found = answer["result"]
    kinds = [next(key for key in item if key != "update_id") for item in found]
    expected = ["message"] * 4 + ["edited_message"] + ["callback_query"] * 2 + ["my_chat_member"] * 2
    assert kinds == [*expected, "message", "my_chat_member", "message", "message"]
    assert found[4]["edited_message"]["text"] == "/stop it"
    assert found[6]["callback_query"]["message"]["date"] == 0
    if "Update" in spec.types:
        assert [problem for item in found for problem in spec.check_object("Update", item)] == []
        assert spec.check_object("Message", sent["result"]) == []


async def test_tokens_paths_and_methods(telegram: FakeTelegram) -> None:
    cases: list[tuple[str, str, int, str]] = [
        ("nocolon", "getMe", 401, "Unauthorized: invalid token specified"),
        ("0:x", "getMe", 401, "Unauthorized: invalid token specified"),
        ("99:wrong", "getMe", 401, "Unauthorized"),
        (telegram.token, "sendDinner", 404, "Not Found: method not found"),
    ]
    for token, method, status, text in cases:
        answer = await call(telegram, method, token=token)
        assert (answer["status"], answer["ok"], answer["description"]) == (status, False, text)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{telegram.root}/other") as answer_404:
            assert (answer_404.status, (await answer_404.json())["description"]) == (404, "Not Found")
        async with session.get(f"{telegram.base_url}{telegram.token}/GETME?") as lower:
            assert (await lower.json())["result"]["is_bot"]
    telegram.settings(revoked=True)
    assert (await call(telegram, "getMe"))["description"] == "Unauthorized"


async def test_who_cannot_be_written_to(telegram: FakeTelegram) -> None:
    ana, ben = telegram.person(1, "Ana"), telegram.person(2, "Ben")
    team = telegram.group(-1001, "Team", [ben])
    ben.start()

    async def refused(chat_id: int, **more: Any) -> tuple[int, str]:
        answer = await send(telegram, chat_id, "x", **more)
        return answer["status"], answer["description"]

    assert await refused(404) == (400, "Bad Request: chat not found")
    assert await refused(ana.id) == (403, "Forbidden: bot can't initiate conversation with a user")
    assert await refused(ben.id, reply_parameters={"message_id": 99}) == (
        400,
        "Bad Request: message to be replied not found",
    )
    assert await refused(ben.id, message_thread_id=1) == (400, "Bad Request: message thread not found")
    ben.block()
    assert await refused(ben.id) == (403, "Forbidden: bot was blocked by the user")
    ben.deactivate()
    assert await refused(ben.id) == (403, "Forbidden: user is deactivated")
    fresh = team.migrate(ben, -1002)
    answer = await send(telegram, team.id, "x")
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer["parameters"] == {"migrate_to_chat_id": -1002}
    fresh.move_bot(ben, "kicked")
    assert await refused(fresh.id) == (403, "Forbidden: bot was kicked from the supergroup chat")
    assert telegram.violations() == []


async def test_edits_deletions_and_late_answers(telegram: FakeTelegram) -> None:
    ana = telegram.person(1)
    ana.start()
    sent = (await send(telegram, 1, "x", reply_markup=GO))["result"]["message_id"]

    async def text_of(name: str, **params: Any) -> str:
        answer = await call(telegram, name, params)
        return str(answer.get("description", answer.get("result")))

    assert await text_of("editMessageText", chat_id=1, message_id=99, text="y") == (
        "Bad Request: message to edit not found"
    )
    assert await text_of("editMessageText", chat_id=1, message_id=1, text="y") == (
        "Bad Request: message can't be edited"
    )
    same = await text_of("editMessageReplyMarkup", chat_id=1, message_id=sent, reply_markup=GO)
    assert same.startswith("Bad Request: message is not modified: specified new message content and reply markup")
    query = ana.press("Go")
    assert await text_of("answerCallbackQuery", callback_query_id=query, text="x" * 201) == (
        "Bad Request: MESSAGE_TOO_LONG"
    )
    telegram.advance(151)
    late = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await text_of("answerCallbackQuery", callback_query_id=query) == late
    assert await text_of("answerCallbackQuery", callback_query_id="1") == late
    assert await text_of("deleteMessage", chat_id=1, message_id=99) == "Bad Request: message to delete not found"
    telegram.advance(48 * 3600)
    assert await text_of("deleteMessage", chat_id=1, message_id=sent) == "Bad Request: message can't be deleted"
    assert await text_of("deleteMessages", chat_id=1, message_ids=[sent, 99]) == "True"
    assert len(ana.chat()) == 2
    with pytest.raises(ControlError, match="no button 'Stop' on screen"):
        ana.press("Stop")


async def test_violations_are_kept_and_every_encoding_is_read(telegram: FakeTelegram) -> None:
    telegram.person(1).start()
    form = {"chat_id": "1", "text": "x", "reply_markup": json.dumps(GO)}
    address = f"{telegram.base_url}{telegram.token}/sendMessage"
    multipart = aiohttp.FormData(default_to_multipart=True)
    for name, value in form.items():
        multipart.add_field(name, value)
    async with aiohttp.ClientSession() as session:
        for request in (session.post(address, data=form), session.get(address, params=form)):
            async with request as answer:
                assert answer.status == 200, await answer.text()
        async with session.post(address, data=multipart) as answer:
            assert answer.status == 200, await answer.text()
    assert telegram.violations() == []
    answers = [
        await call(telegram, "sendMessage", {"chat_id": 1}),
        await send(telegram, 1, "x", colour="red"),
        await send(telegram, 1, "<b>x", parse_mode="HTML"),
    ]
    assert [answer["description"].removeprefix("Bad Request: ") for answer in answers] == [
        "message text is empty",
        "sendMessage.colour: unknown field",
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ]
    assert len(telegram.violations()) == 3
    assert [item["status"] for item in telegram.calls("sendMessage")] == [200, 200, 200, 400, 400, 400]


async def test_faults_before_and_after_acceptance(telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # else RetryAfter warns of a change to come
    ana = telegram.person(1)
    ana.start()
    async with Bot(telegram.token, base_url=telegram.base_url) as bot:
        telegram.fault("status", method="sendMessage", status=429, parameters={"retry_after": 5})
        with pytest.raises(RetryAfter):
            await bot.send_message(1, "limited")
        rules: list[tuple[str, Json]] = [
            ("close", {}),
            ("close", {"accept": True}),
            ("truncate", {}),
            ("status", {"status": 502, "html": True}),
        ]
        for number, (kind, rule) in enumerate(rules):
            telegram.fault(kind, method="sendMessage", chat_id=1, **rule)
            with pytest.raises(NetworkError):
                await bot.send_message(1, f"{kind} {number}")
        telegram.fault("ok_false", method="getMe")
        with pytest.raises(KeyError):
            await bot.get_me()
        await bot.send_message(1, "well")
    assert [item.text for item in ana.chat() if item.by_bot] == ["close 1", "truncate 2", "well"]
    telegram.fault("stall", method="sendMessage", accept=True, seconds=30)
    limit = aiohttp.ClientTimeout(total=0.2)
    with pytest.raises(TimeoutError):
        await call(telegram, "sendMessage", {"chat_id": 1, "text": "stalled"}, timeout=limit)
    assert ana.last().text == "stalled"


async def test_the_account_and_chats_answer_in_the_types_of_the_api(telegram: FakeTelegram) -> None:
    ana = telegram.person(1, "Ana")
    telegram.group(-1001, "Team", [ana, telegram.person(2, "Ben")])
    ana.start()
    start = {"command": "start", "description": "Begin"}
    calls: list[tuple[str, Json, str]] = [
        ("getMe", {}, "User"),
        ("getChat", {"chat_id": 1}, "ChatFullInfo"),
        ("getChat", {"chat_id": -1001}, "ChatFullInfo"),
        ("getChatMember", {"chat_id": -1001, "user_id": 1}, "ChatMember"),
        ("getChatMember", {"chat_id": -1001, "user_id": 700001}, "ChatMember"),
        ("getChatAdministrators", {"chat_id": -1001}, "Array of ChatMember"),
        ("setMyCommands", {"commands": [start], "scope": {"type": "all_private_chats"}}, "Boolean"),
        ("getMyCommands", {"scope": {"type": "all_private_chats"}}, "Array of BotCommand"),
        ("setMyDescription", {"description": "We help"}, "Boolean"),
        ("setMyShortDescription", {"short_description": "Help"}, "Boolean"),
        ("setMyName", {"name": "Clinic", "language_code": "de"}, "Boolean"),
        ("setChatMenuButton", {"menu_button": {"type": "commands"}}, "Boolean"),
        ("sendChatAction", {"chat_id": 1, "action": "typing"}, "Boolean"),
        ("getWebhookInfo", {}, "WebhookInfo"),
        ("sendDocument", {"chat_id": 1, "document": "https://example.org/a.pdf"}, "Message"),
        ("pinChatMessage", {"chat_id": 1, "message_id": 1}, "Boolean"),
    ]
    spec = Spec.load()
    for name, params, kind in calls:
        answer = await call(telegram, name, params)
        assert answer["status"] == 200, (name, answer)
        if kind.removeprefix("Array of ") in {*spec.types, "Boolean"}:
            wrapped = [{"name": "result", "types": [kind], "required": True}]
            checker = Spec({"methods": {name: {"fields": wrapped}}, "types": spec.types})
            assert checker.check_call(name, {"result": answer["result"]}, typed=True) == []
    assert (await call(telegram, "getMyCommands"))["result"] == []
    assert telegram.state()["profile"]["texts"]["description:"] == "We help"
    refused = await call(telegram, "setMyCommands", {"commands": [{"command": "Start", "description": "x"}]})
    assert refused["description"] == "Bad Request: BOT_COMMAND_INVALID"
    assert (await call(telegram, "close"))["status"] == 429
    assert (await call(telegram, "logOut"))["result"] is True
    assert (await call(telegram, "getMe"))["description"] == "Logged out"


async def test_rates_answer_429_with_the_header(telegram: FakeTelegram) -> None:
    ana = telegram.person(1)
    ana.start()
    telegram.rates("default")
    assert (await send(telegram, 1, "a"))["ok"]
    answer = await send(telegram, 1, "b")
    assert (answer["status"], answer["headers"]["Retry-After"]) == (429, "1")
    assert answer["description"] == "Too Many Requests: retry after 1"
    telegram.advance(1)
    assert (await send(telegram, 1, "b"))["ok"]
    times = [item["time"] for item in telegram.sent(1)]
    assert (peak(times, 1.0), peak(times, 5.0)) == (1, 2)
    assert telegram.violations() == []


async def test_a_group_in_privacy_mode_hides_what_is_not_for_the_bot(telegram: FakeTelegram) -> None:
    ana = telegram.person(1)
    team = telegram.group(-1001, "Team", [ana], bot="member")
    sent = (await send(telegram, -1001, "card", reply_markup=GO))["result"]["message_id"]
    assert team.say(ana, "just talk") == []
    assert team.say(ana, "/find@other_bot A1") == []
    seen = [
        team.say(ana, f"/find@{telegram.username} A1"),
        team.say(ana, "/find"),
        team.say(ana, "ok", reply_to=sent),
    ]
    assert [len(found) for found in seen] == [1, 1, 1]
    assert team.press(ana, "Go")
    assert len(telegram.state()["pending"]) == 4


async def test_waiting_wakes_on_the_change_and_times_out_with_the_chat(telegram: FakeTelegram) -> None:
    ana = telegram.person(1)
    ana.start()

    def answered(chat: list[Shown]) -> Shown | None:
        return chat[-1] if chat[-1].by_bot else None

    waiting = asyncio.create_task(ana.wait_for(answered))
    counting = asyncio.create_task(telegram.until(lambda: telegram.calls("sendMessage")))
    await send(telegram, 1, "there")
    found = await waiting
    assert found is not None
    assert found.text == "there"
    assert len(await counting) == 1
    with pytest.raises(TimeoutError, match="there"):
        await ana.wait_for(lambda chat: len(chat) > 9, timeout=0.05)


async def test_the_webhook_retries_in_order_with_its_secret(telegram: FakeTelegram) -> None:
    got: list[tuple[int, str | None]] = []
    failures = 2
    done = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        nonlocal failures
        body = await request.json()
        got.append((body["update_id"], request.headers.get("X-Telegram-Bot-Api-Secret-Token")))
        if len(got) == 5:
            done.set()
        if failures:
            failures -= 1
            return web.Response(status=500)
        reply = {"method": "sendMessage", "chat_id": 1, "text": "by the answer"}
        return web.json_response(reply if body["message"]["text"] == "/start" else {})

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ana = telegram.person(1)
    first = ana.start()
    second = ana.say("two")
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    assert (await call(telegram, "setWebhook", {"url": url, "secret_token": "s3"}))["ok"]
    assert (await call(telegram, "setWebhook", {"url": url}))["error_code"] == 429
    assert (await call(telegram, "getUpdates"))["description"] == WEBHOOK_ACTIVE
    third = ana.say("three")
    await telegram.until(lambda: len(telegram.state()["deliveries"]) >= 2 or None)
    telegram.advance(2)  # the first retry comes at once, the next after 2 s
    await asyncio.wait_for(done.wait(), 5)
    await telegram.until(lambda: not telegram.state()["pending"])
    assert got == [(number, "s3") for number in first * 3 + second + third]
    assert ana.last().text == "by the answer"
    assert (await call(telegram, "getWebhookInfo"))["result"]["last_error_message"].endswith("500")
    assert (await call(telegram, "deleteWebhook"))["result"] is True
    await runner.cleanup()


async def test_the_older_poller_gets_409_over_http(telegram: FakeTelegram) -> None:
    ana = telegram.person(1)
    older = asyncio.create_task(call(telegram, "getUpdates", {"timeout": 20}))
    await telegram.until(lambda: telegram.state()["counts"].get("getUpdates") == 1)
    newer = asyncio.create_task(call(telegram, "getUpdates", {"timeout": 20}))
    conflict = await older
    assert (conflict["status"], conflict["description"]) == (409, OTHER_POLLER)
    ana.start()
    assert len((await newer)["result"]) == 1


async def test_lean_mode_keeps_up(telegram: FakeTelegram) -> None:
    with FakeTelegram(lean=True) as lean:
        lean.person(1).start()
        body = {"chat_id": 1, "text": "x", "parse_mode": "HTML"}
        async with aiohttp.ClientSession() as session:

            async def some() -> None:
                for _ in range(25):
                    async with session.post(f"{lean.base_url}{lean.token}/sendMessage", json=body) as answer:
                        assert answer.status == 200

            started = time.monotonic()
            await asyncio.gather(*(some() for _ in range(8)))
            elapsed = time.monotonic() - started
        assert lean.state()["counts"] == {"sendMessage": 200}
        assert lean.calls() == []
        assert elapsed < 2
