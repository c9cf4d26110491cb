from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.telegram.api import Answer
from bot.channels.telegram.bodies import ApiCall
from bot.channels.telegram.poll import PAUSES_SECONDS, Poller, TokenRefused
from bot.channels.telegram.read_update import Item, read_update
from bot.conversation.incoming import Unwanted
from bot.errors import OperatorError

Step = Callable[[], Answer]


def page(*numbers: int, after: float = 0.0) -> tuple[float, Answer]:
    updates = [{"update_id": number, "poll_answer": {}} for number in numbers]
    return after, Answer(200, json.dumps({"ok": True, "result": updates}).encode())


def refusal(code: int, text: str, **parameters: Any) -> tuple[float, Answer]:
    body = {"ok": False, "error_code": code, "description": text, "parameters": parameters}
    return 0.0, Answer(code, json.dumps(body).encode())


class Server:
    """Answers getUpdates by script; its clock moves by what a call or a wait takes."""

    def __init__(self, *script: tuple[float, Answer | BaseException]) -> None:
        self.script = list(script)
        self.now = 1000.0
        self.calls: list[ApiCall] = []
        self.taken: list[list[int | None]] = []
        self.waits: list[float] = []
        self.rebuilt = 0
        self.fail_pages = 0
        self.poller = Poller(
            self, self.read, self.take, clock=lambda: self.now, wait=self.wait, jitter=lambda: 1.0
        )

    @staticmethod
    def read(update: object) -> Item:
        return read_update(update, bot_username="bot", staff_chat=None)

    async def call(self, call: ApiCall, *, seconds: float | None = None) -> Answer:
        self.calls.append(call)
        if call.method != "getUpdates":
            return Answer(200, b'{"ok":true,"result":true}')
        if not self.script:
            self.poller.stop()
            await asyncio.Event().wait()
        took, answer = self.script.pop(0)
        self.now += took
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def rebuild(self) -> None:
        self.rebuilt += 1

    async def take(self, items: list[Item]) -> None:
        if self.fail_pages:
            self.fail_pages -= 1
            raise ConnectionError("the database is away")
        self.taken.append([item.update_id for item in items if isinstance(item, Unwanted)])

    async def wait(self, seconds: float, stopping: asyncio.Event) -> None:
        self.waits.append(seconds)
        self.now += seconds

    @property
    def offsets(self) -> list[object]:
        return [call.params.get("offset") for call in self.calls if call.method == "getUpdates"]


async def test_the_offset_moves_after_the_page_is_taken() -> None:
    server = Server(page(5, 6), page(7))
    await server.poller.run()
    assert server.offsets == [None, 7, 8]
    assert server.taken == [[5, 6], [7]]
    assert server.waits == []
    first = server.calls[0].params
    wanted = ["message", "edited_message", "callback_query", "my_chat_member", "chat_member"]
    assert first["allowed_updates"] == wanted
    assert (first["limit"], first["timeout"]) == (100, 25)


async def test_a_page_that_was_not_taken_is_asked_for_again() -> None:
    server = Server(page(5), page(5), page(6))
    server.fail_pages = 1
    await server.poller.run()
    assert server.offsets == [None, None, 6, 7]
    assert server.taken == [[5], [6]]
    assert server.waits == [1.0]


async def test_the_servers_order_counts_when_numbers_begin_anew() -> None:
    server = Server(page(900_000), page(12), page(13))
    await server.poller.run()
    assert server.offsets == [None, 900_001, 13, 14]


async def test_a_server_that_answers_empty_at_once_is_not_asked_without_pause() -> None:
    server = Server(*[page() for _ in range(7)], page(5), page())
    await server.poller.run()
    assert server.waits == [*PAUSES_SECONDS, PAUSES_SECONDS[-1], PAUSES_SECONDS[-1], PAUSES_SECONDS[0]]
    assert min(server.waits) >= 0.3


async def test_a_long_poll_that_ends_empty_needs_no_pause() -> None:
    server = Server(page(after=25), page(after=25))
    await server.poller.run()
    assert server.waits == []


async def test_a_server_that_repeats_itself_is_not_asked_without_pause() -> None:
    server = Server(page(5), page(5), page(5))
    await server.poller.run()
    assert server.waits == list(PAUSES_SECONDS[:2])


async def test_updates_without_a_number_do_not_spin() -> None:
    server = Server((0.0, Answer(200, b'{"ok":true,"result":[{"x":1}]}')), page(3))
    await server.poller.run()
    assert server.waits == list(PAUSES_SECONDS[:1])
    assert server.offsets == [None, None, 4]


async def test_network_errors_back_off() -> None:
    server = Server(*[(0.0, ConnectionRefusedError())] * 7, page(5))
    await server.poller.run()
    assert server.waits == [1, 2, 4, 8, 16, 30, 30]
    assert server.rebuilt == 0


async def test_a_silent_poll_opens_the_connections_anew_within_90_seconds() -> None:
    server = Server((40.0, TimeoutError()), page(5))
    began = server.now
    await server.poller.run()
    assert server.rebuilt == 1
    assert server.now - began < 90
    assert server.poller.health()["status"] == "green"


async def test_health_turns_red_without_answers() -> None:
    server = Server(page(after=25))
    await server.poller.run()
    server.now += 91
    assert server.poller.health() == {
        "status": "red",
        "reasons": ["Telegram gives no updates"],
        "silent_seconds": 91.0,
    }


@pytest.mark.parametrize("answer", [Answer(502, b"<html>"), Answer(200, b'{"ok":true,"res'), Answer(200, b"[]")])
async def test_what_is_not_telegrams_backs_off(answer: Answer) -> None:
    server = Server((0.0, answer), page(5))
    await server.poller.run()
    assert server.waits == [1.0]
    assert server.taken == [[5]]


async def test_another_poller_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    server = Server(refusal(409, "Conflict: terminated by other getUpdates request"), page(5))
    await server.poller.run()
    assert server.waits == [5.0]
    assert "another process polls" in caplog.text


async def test_an_active_webhook_is_removed_and_its_updates_kept() -> None:
    server = Server(refusal(409, "Conflict: can't use getUpdates method while webhook is active"), page(5))
    await server.poller.run()
    assert [(call.method, call.params) for call in server.calls][1] == ("deleteWebhook", {})
    assert server.taken == [[5]]


async def test_a_429_is_obeyed() -> None:
    server = Server(refusal(429, "Too Many Requests", retry_after=7), page(5))
    await server.poller.run()
    assert server.waits == [7]


async def test_a_refused_token_ends_it() -> None:
    with pytest.raises(TokenRefused, match="BOT_TOKEN"):
        await Server(refusal(401, "Unauthorized")).poller.run()


async def test_a_wrong_address_ends_it() -> None:
    invalid = type("InvalidURL", (ValueError,), {})
    with pytest.raises(OperatorError, match="BOT_API_URL"):
        await Server((0.0, invalid())).poller.run()


async def test_stop_lets_the_page_finish() -> None:
    server = Server(page(5), page(6))
    taking, finish = asyncio.Event(), asyncio.Event()
    done: list[int] = []

    async def take(items: list[Item]) -> None:
        taking.set()
        await finish.wait()
        done.append(len(items))

    poller = Poller(server, server.read, take, clock=lambda: server.now, wait=server.wait)
    running = asyncio.create_task(poller.run())
    await taking.wait()
    poller.stop()
    finish.set()
    await running
    assert done == [1]
    assert len(server.calls) == 1


async def test_being_cancelled_is_not_taken_for_a_stop() -> None:
    server = Server()
    asked = asyncio.Event()

    async def call(call: ApiCall, *, seconds: float | None = None) -> Answer:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    server.call = call  # type: ignore[method-assign]
    running = asyncio.create_task(server.poller.run())
    await asked.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_stop_before_the_call_has_begun_makes_none() -> None:
    server = Server(page(5))
    running = asyncio.create_task(server.poller.run())
    await asyncio.sleep(0)
    server.poller.stop()
    await running
    gc.collect()  # a coroutine that nobody awaited would say so now
    assert server.calls == []
