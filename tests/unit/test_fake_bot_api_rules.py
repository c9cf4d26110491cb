"""The rules of the stand-in for Telegram, without its process: texts, buttons, queue, rates, faults."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import pytest

from tests.fake_bot_api.clock import Clock
from tests.fake_bot_api.entities import formatted, parse_html
from tests.fake_bot_api.errors import ApiError
from tests.fake_bot_api.faults import Faults
from tests.fake_bot_api.limits import check_markup, check_photo
from tests.fake_bot_api.methods import METHODS
from tests.fake_bot_api.rates import Rates
from tests.fake_bot_api.spec import Spec
from tests.fake_bot_api.spec_table import built_in
from tests.fake_bot_api.updates import OTHER_POLLER, UpdateQueue

Json = dict[str, Any]
GO = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}


# Texts (no process)


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("a &lt;b&gt; &amp; &#x27;q&#39; &quot; &nbsp;", "a <b> & 'q' \" &nbsp;", []),
        ("😀<b>x<i>y</i></b>", "😀xy", [("bold", 2, 2), ("italic", 3, 1)]),
        ('<a href="https://t.me/x?a=1&amp;b=2">go</a>', "go", [("text_link", 0, 2)]),
        ('<span class="tg-spoiler">s</span>', "s", [("spoiler", 0, 1)]),
        ("<B>x</>", "x", [("bold", 0, 1)]),
        ("<b></b>x", "x", []),
    ],
)
def test_html_becomes_text_and_entities(html: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    parsed = parse_html(html)
    assert parsed.text == text
    assert [(item["type"], item["offset"], item["length"]) for item in parsed.entities] == entities


@pytest.mark.parametrize(
    ("html", "error"),
    [
        ("é<x>", 'Unsupported start tag "x" at byte offset 2'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</b>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
    ],
)
def test_bad_html_is_refused_in_telegrams_words(html: str, error: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_html(html)
    assert caught.value.description == f"Bad Request: can't parse entities: {error}"
    assert caught.value.violation


@pytest.mark.parametrize(
    ("text", "mode", "error"),
    [
        ("", "", "message text is empty"),
        (" \n ", "", "text must be non-empty"),
        ("<b> </b>", "HTML", "text must be non-empty"),
        ("x" * 4097, "", "message is too long"),
        ("<b>" * 11_000, "HTML", "text is too long"),
        ("\ud800", "", "strings must be encoded in UTF-8"),
        ("x", "XML", "unsupported parse_mode"),
    ],
)
def test_bad_texts_are_refused(text: str, mode: str, error: str) -> None:
    with pytest.raises(ApiError, match=f"^Bad Request: {error}$"):
        formatted({"text": text, "parse_mode": mode}, "text", entities_name="entities")


def test_lengths_count_code_points_after_parsing() -> None:
    text = "<b>" + "😀" * 4096 + "</b>"
    assert len(formatted({"text": text, "parse_mode": "html"}, "text", entities_name="entities").text) == 4096
    with pytest.raises(ApiError, match="message caption is too long"):
        formatted({"caption": "x" * 1025}, "caption", entities_name="caption_entities")
    assert formatted({"text": "  a\rb\t \n"}, "text", entities_name="entities").text == "ab"


# Keyboards, photos, the specification (no process)


@pytest.mark.parametrize(
    ("button", "error"),
    [
        ({"text": "x", "callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "x"}, "Text buttons are unallowed"),
        ({"text": "", "callback_data": "x"}, "text must be non-empty"),
        ({"text": "x", "callback_data": "x", "url": "https://t.me"}, "has 2 types"),
        ({"text": "x", "url": "javascript:1"}, "Wrong HTTP URL"),
    ],
)
def test_bad_buttons_are_refused(button: Json, error: str) -> None:
    with pytest.raises(ApiError, match=error):
        check_markup({"inline_keyboard": [[button]]})


def test_a_keyboard_has_at_most_100_buttons_and_data_64_bytes() -> None:
    row = [{"text": "x", "callback_data": "x" * 64}] * 10
    check_markup({"inline_keyboard": [row] * 10})
    with pytest.raises(ApiError, match="reply markup is too long"):
        check_markup({"inline_keyboard": [row] * 10 + [row[:1]]})


def test_a_photo_must_be_an_image_of_sane_shape() -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 8
    check_photo(png + (100).to_bytes(4, "big") + (2000).to_bytes(4, "big") + b"\0")
    with pytest.raises(ApiError, match="PHOTO_INVALID_DIMENSIONS"):
        check_photo(png + (100).to_bytes(4, "big") + (2001).to_bytes(4, "big") + b"\0")
    with pytest.raises(ApiError, match="IMAGE_PROCESS_FAILED"):
        check_photo(b"not an image")


@pytest.mark.parametrize("spec", [Spec(built_in()), Spec.load()], ids=["built_in", "environment"])
def test_the_specification_finds_every_kind_of_mistake(spec: Spec) -> None:
    good: Json = {"chat_id": 1, "text": "x", "reply_markup": GO}
    assert spec.check_call("sendMessage", good, typed=True) == []
    as_text = {"chat_id": "1", "text": "x", "reply_markup": json.dumps(GO), "protect_content": "true"}
    assert spec.check_call("sendMessage", as_text, typed=False) == []
    bad_calls: list[tuple[Json, str]] = [
        ({"chat_id": 1}, "sendMessage.text: missing"),
        (good | {"texts": "x"}, "sendMessage.texts: unknown field"),
        (good | {"text": 5}, "sendMessage.text: not String: 5"),
        (good | {"protect_content": 1}, "sendMessage.protect_content: not Boolean: 1"),
        (good | {"reply_markup": None}, "sendMessage.reply_markup: not an object: None"),
        (good | {"entities": [{"type": "bold", "offset": 0}]}, "MessageEntity.length: missing"),
        (
            good | {"reply_markup": {"inline_keyboard": [[{"text": "x", "data": "y"}]]}},
            "InlineKeyboardButton.data: unknown field",
        ),
    ]
    for params, problem in bad_calls:
        assert spec.check_call("sendMessage", params, typed=True) == [problem]
    assert spec.check_call("setMyName", {"name": "x" * 65}, typed=True)
    assert spec.method("SENDmessage") == "sendMessage"
    assert not [name for name in METHODS if spec.method(name) != name]


@pytest.mark.skipif("BOT_API_SPEC" not in os.environ, reason="needs the specification, see BOT_API_SPEC")
def test_the_built_in_table_agrees_with_the_specification_of_the_environment() -> None:
    real, table = Spec.load(), built_in()
    for part, known in (("methods", real.methods), ("types", real.types)):
        for name, item in table[part].items():
            fields = {field["name"]: field for field in known[name].get("fields", item["fields"])}
            assert fields.keys() == {field["name"] for field in item["fields"]}, name
            for field in item["fields"]:
                assert field["required"] == fields[field["name"]]["required"], name
                assert "Any" in field["types"] or field["types"] == fields[field["name"]]["types"], name


# The queue, rates, faults (no process)


async def ids(queue: UpdateQueue, offset: int = 0, limit: int = 100) -> list[int]:
    return [item["update_id"] for item in json.loads(await queue.poll(offset, limit, 0))]


def filled(count: int) -> UpdateQueue:
    queue = UpdateQueue(Clock(), first_id=1)
    queue.strict_timing = False
    for _ in range(count):
        queue.push("message", {}, "chat1")
    return queue


async def test_updates_wait_until_an_offset_confirms_them() -> None:
    queue = filled(5)
    assert await ids(queue, limit=2) == [1, 2]
    assert await ids(queue, limit=2) == [1, 2]
    assert await ids(queue, offset=3, limit=0) == [3]
    assert queue.acked == [1, 2]
    assert await ids(queue, offset=-2) == [4, 5]
    assert await ids(queue) == [4, 5]
    assert await ids(queue, offset=6) == []
    assert queue.acked == [1, 2, 3, 4, 5]


async def test_presses_live_150_seconds_and_messages_a_day() -> None:
    queue = filled(1)
    queue.push("callback_query", {}, "user1")
    queue.clock.advance(149)
    assert await ids(queue) == [1, 2]
    queue.clock.advance(2)
    assert await ids(queue) == [1]
    queue.clock.advance(86_400)
    assert await ids(queue) == []
    assert (queue.expired, queue.acked) == ([2, 1], [])


async def test_allowed_updates_filter_and_stay() -> None:
    queue = filled(0)
    assert queue.push("message_reaction", {}, "chat1") is None
    queue.allow(["callback_query"])
    queue.allow(None)
    assert queue.push("message", {}, "chat1") is None
    assert queue.push("callback_query", {}, "user1") == 1
    queue.allow([])
    assert queue.push("message", {}, "chat1") == 2


async def test_ids_may_jump_down_in_an_empty_queue_and_still_arrive() -> None:
    queue = filled(1)
    with pytest.raises(ValueError, match="updates are waiting"):
        queue.jump(7)
    queue.next_id = 500
    assert await ids(queue, offset=490) == []
    queue.jump(20)
    queue.push("message", {}, "chat1")
    assert await ids(queue, offset=500) == [20]


async def test_a_long_poll_wakes_at_once_and_the_older_of_two_gets_409() -> None:
    queue = filled(0)
    first = asyncio.create_task(queue.poll(0, 100, 50))
    await asyncio.sleep(0)
    second = asyncio.create_task(queue.poll(0, 100, 50))
    with pytest.raises(ApiError, match=OTHER_POLLER) as caught:
        await first
    assert caught.value.code == 409
    queue.push("message", {}, "chat1")
    assert json.loads(await asyncio.wait_for(second, 1)) == [{"update_id": 1, "message": {}}]


async def test_the_same_offset_at_once_again_gives_one_update_only() -> None:
    queue = filled(3)
    queue.strict_timing = True
    assert await ids(queue) == [1, 2, 3]
    assert await ids(queue) == [1]


def test_rates_refuse_with_the_seconds_to_wait() -> None:
    rates = Rates(Clock())
    rates.take(1)
    rates.take(1)
    rates.set({"chat": [1, 1], "group": [2, 60], "overall": [4, 1]})
    rates.take(1)
    with pytest.raises(ApiError, match="retry after 1") as caught:
        rates.take(1)
    assert caught.value.body()["parameters"] == {"retry_after": 1}
    rates.take(-5)
    rates.clock.advance(10)
    rates.take(-5)
    rates.clock.advance(10)
    with pytest.raises(ApiError, match=r"retry after (39|40)"):
        rates.take(-5)
    for chat in (2, 3, 4, 5):
        rates.take(chat)
    with pytest.raises(ApiError, match="retry after 1"):
        rates.take(6)


def test_a_fault_hits_its_calls_only_and_so_many_times() -> None:
    faults = Faults()
    faults.add({"kind": "close", "method": "sendMessage", "chat_id": 1, "times": 2, "skip": 1})
    hits = [faults.take(name, chat) is not None for name, chat in [("sendMessage", 1), ("getMe", None)]]
    hits += [faults.take("sendMessage", chat) is not None for chat in (2, 1, 1, 1)]
    assert hits == [False, False, False, True, True, False]
    with pytest.raises(ValueError, match="kind must be"):
        faults.add({"kind": "explode"})
