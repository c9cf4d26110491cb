from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import web

from bot.channels.telegram.api import BotApi
from bot.channels.telegram.bodies import ApiCall
from bot.channels.telegram.poll import TokenRefused
from bot.channels.telegram.read_update import Item
from bot.channels.telegram.setup import Profile, set_up
from bot.channels.telegram.telegram_channel import TelegramChannel
from bot.conversation.incoming import Incoming
from bot.delivery.sender import Kind
from bot.engine.effect import ButtonSpec, Lane, SendDocument, SendMessage, SendPicture
from bot.engine.event import Pressed, Said
from bot.ids import ContactId
from bot.store.protocol import OutboxRow
from tests.fake_bot_api.client import FakeTelegram
from tests.unit.test_telegram_calls import AT

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
PROFILE = Profile(
    commands=[("start", "Begin"), ("human", "Talk to a person"), ("answers", "My answers"), ("help", "Help")],
    staff_commands=[("find", "Find by code"), ("help", "Help")],
    description="Finds the treatment that suits your skin.",
    short_description="Two minutes to your answer.",
)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeTelegram]:
    with FakeTelegram() as telegram:
        yield telegram


@pytest.fixture
def telegram(server: FakeTelegram) -> FakeTelegram:
    server.reset()
    server.settings(revoked=False)
    return server


@pytest.fixture
async def channel(telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(telegram.token, telegram.root, pictures=tmp_path, staff_chat=None)
    yield channel
    await channel.close()


def row(effect: SendMessage | SendPicture | SendDocument, chat: int = 11) -> OutboxRow:
    return OutboxRow(1, ContactId(1), 1, chat, Lane.REPLY, effect, AT, AT)


async def test_set_up_shows_commands_and_descriptions(telegram: FakeTelegram) -> None:
    boss = telegram.person(1, "Boss")
    telegram.group(-1001, "Team", [boss])
    identity = await set_up(telegram.token, telegram.root, PROFILE, staff_chat=-1001)
    assert identity.username == telegram.username
    assert telegram.violations() == []
    methods = [call["method"] for call in telegram.calls()]
    assert methods[0] == "getMe"
    assert methods.count("setMyCommands") == 2
    rest = {"deleteWebhook", "setChatMenuButton", "setMyDescription", "setMyShortDescription"}
    assert set(methods[1:]) == rest | {"setMyCommands"}
    deleting = telegram.calls("deleteWebhook")[0]["params"]
    assert deleting.get("drop_pending_updates") in {None, False, "false"}
    shown = json.dumps(telegram.state()["profile"])
    assert "Talk to a person" in shown
    assert PROFILE.description in shown


async def test_set_up_waits_for_the_network_and_survives_refusals(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fault("close", method="getMe", times=1)
    telegram.fault("status", method="getMe", status=502, html=True, times=1)
    telegram.fault("truncate", method="getMe", times=1)
    telegram.fault("ok_false", method="getMe", times=1)
    telegram.fault("status", method="setMyCommands", status=400, description="Bad Request: no", times=-1)
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    identity = await set_up(telegram.token, telegram.root, PROFILE, sleep=sleep, jitter=lambda: 1.0)
    assert identity.username == telegram.username
    assert waits == [1, 2, 4, 8]
    assert "set-up: setMyCommands failed" in caplog.text
    assert telegram.token not in caplog.text
    assert telegram.calls("setMyDescription")


async def test_a_refused_token_is_said_at_once(telegram: FakeTelegram) -> None:
    telegram.settings(revoked=True)
    with pytest.raises(TokenRefused, match="BOT_TOKEN"):
        await set_up(telegram.token, telegram.root, PROFILE)


async def test_a_conversation_over_http(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    ana = telegram.person(11, "Ana")
    items: list[Item] = []
    keys = ((ButtonSpec("yes", "Yes", data="11-1:1=yes"),),)

    async def take(page: list[Item]) -> None:
        items.extend(page)
        for item in page:
            assert isinstance(item, Incoming)
            if isinstance(item.event, Pressed):
                await channel.sender.answer_press(item.event.press_id, "Noted")
                edit = SendMessage(2, "Sure? <b>Yes</b>", edits=1)
                outcome = await channel.sender.send(row(edit), target=ana.last().id)
            else:
                outcome = await channel.sender.send(row(SendMessage(1, "Sure?", keys)), target=None)
            assert outcome.kind is Kind.SENT

    await channel.set_up(PROFILE)
    running = asyncio.create_task(channel.run(take))
    ana.say("hello & <bye>")
    await ana.wait_for(lambda chat: chat[-1].by_bot)
    ana.press("Yes")
    await ana.wait_for(lambda chat: chat[-1].text == "Sure? Yes")
    channel.stop()
    await asyncio.wait_for(running, 2)
    assert next(item.event for item in items if isinstance(item, Incoming)) == Said("hello & <bye>")
    assert ana.notices()[0]["text"] == "Noted"
    assert telegram.violations() == []
    assert channel.health()["status"] == "green"


async def test_stop_ends_a_waiting_poll_at_once(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    async def take(page: list[Item]) -> None:
        raise AssertionError(page)

    running = asyncio.create_task(channel.run(take, username="bot"))
    await telegram.until(lambda: telegram.state()["counts"].get("getUpdates"))
    channel.stop()
    await asyncio.wait_for(running, 2)


async def test_files_are_taken(telegram: FakeTelegram, channel: TelegramChannel, tmp_path: Path) -> None:
    telegram.person(11, "Ana").start()
    (tmp_path / "a.png").write_bytes(PIXEL)
    for effect in (
        SendPicture(1, "a.png", "Redness fades"),
        SendPicture(2, "a.png", "Redness fades"),
        SendDocument(3, "me.html", "text/html", "<p>é</p>", "Yours"),
    ):
        outcome = await channel.sender.send(row(effect), target=None)
        assert outcome.kind is Kind.SENT, outcome
        assert outcome.message_id is not None
    assert telegram.violations() == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "close"}, Kind.UNKNOWN),
        ({"kind": "truncate"}, Kind.UNKNOWN),
        ({"kind": "ok_false"}, Kind.AGAIN),
        ({"kind": "status", "status": 502, "html": True}, Kind.UNKNOWN),
        ({"kind": "status", "status": 500, "description": "Internal Server Error: restart"}, Kind.AGAIN),
        ({"kind": "status", "status": 429, "description": "Slow", "parameters": {"retry_after": 5}}, Kind.AGAIN),
        ({"kind": "status", "status": 403, "description": "Forbidden: bot was blocked by the user"}, Kind.REFUSED),
    ],
)
async def test_faults_become_outcomes(
    telegram: FakeTelegram, channel: TelegramChannel, fault: dict[str, object], kind: Kind
) -> None:
    telegram.person(11, "Ana").start()
    telegram.fault(method="sendMessage", **fault)  # type: ignore[arg-type]
    assert (await channel.sender.send(row(SendMessage(1, "hello")), target=None)).kind is kind
    assert (await channel.sender.send(row(SendMessage(1, "hello")), target=None)).kind is Kind.SENT


async def test_nobody_listens(tmp_path: Path, unused_port: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    channel = TelegramChannel("123456:" + "A" * 35, f"http://127.0.0.1:{unused_port}", pictures=tmp_path)
    outcome = await channel.sender.send(row(SendMessage(1, "hello")), target=None)
    await channel.close()
    assert outcome.kind is Kind.AGAIN
    assert "AAAA" not in outcome.reason + caplog.text


@pytest.fixture
async def unused_port() -> int:
    opened = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port: int = opened.sockets[0].getsockname()[1]
    opened.close()
    await opened.wait_closed()
    return port


async def test_an_answer_without_end_is_cut_and_redirects_are_not_followed() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(40):
            await response.write(b"x" * 2**19)
        return response

    async def elsewhere(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/bot1:a/endless")

    app = web.Application()
    app.add_routes([web.post("/bot1:a/endless", endless), web.post("/bot1:a/elsewhere", elsewhere)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api = BotApi("1:a", f"http://127.0.0.1:{runner.addresses[0][1]}/")
    try:
        with pytest.raises(Exception, match="no end"):
            await api.call(ApiCall("endless", {}))
        assert (await api.call(ApiCall("elsewhere", {}))).status == 302
        assert "1:a" not in repr(api)
    finally:
        await api.close()
        await runner.cleanup()
