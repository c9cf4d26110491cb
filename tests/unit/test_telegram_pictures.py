"""Drawn pictures and pinned messages as calls of the Bot API: one upload, then ids; words when all else fails."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from bot.channels.telegram.bodies import ApiCall
from bot.channels.telegram.calls import TelegramSender
from bot.channels.telegram.read_update import read_update
from bot.conversation.incoming import Unwanted
from bot.delivery.sender import Kind
from bot.drawing.drawer import Drawer
from bot.engine.effect import Drawing, PinMessage, SendMessage, SendPicture
from tests.unit.test_telegram_calls import Api, ok, refused, row

DRAWING = Drawing("course", json.dumps({"title": "After it"}))
COURSE = SendPicture(1, DRAWING.name, "After it: <red>", drawing=DRAWING)
CHART = SendPicture(2, "chart-1", "Day 1: green", drawing=Drawing("chart", "{}", is_personal=True))
PNG = "import sys; sys.stdin.read(); sys.stdout.buffer.write(b'\\x89PNG\\r\\n\\x1a\\nxy')"
DRAWS, FAILS = (sys.executable, "-c", PNG), (sys.executable, "-c", "raise SystemExit(1)")
PHOTO = {"message_id": 5, "photo": [{"file_id": "small"}, {"file_id": "large"}]}
WORDS = ApiCall(
    "sendMessage",
    {
        "chat_id": 11,
        "text": "After it: &lt;red&gt;",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    },
)


def sender(api: Api, folder: Path, command: tuple[str, ...] = DRAWS) -> TelegramSender:
    return TelegramSender(api, folder, drawer=Drawer(folder, command=command), drawn=folder, patience=30.0)


async def test_it_is_uploaded_once_and_sent_by_its_id_after_a_restart_too(tmp_path: Path) -> None:
    api = Api(ok(PHOTO), ok(PHOTO), ok(PHOTO))
    first = sender(api, tmp_path)
    for telegram in (first, first, sender(api, tmp_path, FAILS)):
        outcome = await telegram.send(row(COURSE), target=None)
        assert (outcome.kind, outcome.message_id) == (Kind.SENT, 5)
    assert api.calls[0].file is not None
    assert api.calls[0].file.content.endswith(b"xy")
    assert [call.params for call in api.calls] == [
        {"chat_id": 11, "caption": "After it: <red>"},
        {"chat_id": 11, "caption": "After it: <red>", "photo": "large"},
        {"chat_id": 11, "caption": "After it: <red>", "photo": "large"},
    ]


async def test_a_photo_of_somebody_s_own_goes_by_its_id_and_is_not_passed_on(tmp_path: Path) -> None:
    effect = SendPicture(1, "photo", "K7QX · a photo", file_id="theirs")
    params = {"chat_id": 11, "caption": "K7QX · a photo", "protect_content": True, "photo": "theirs"}
    api = Api(ok(PHOTO), refused("Bad Request: wrong file identifier/HTTP URL specified"), ok({"message_id": 6}))
    assert (await sender(api, tmp_path).send(row(effect), target=None)).kind is Kind.SENT
    outcome = await sender(api, tmp_path).send(row(effect), target=None)
    assert (outcome.kind, outcome.message_id) == (Kind.SENT, 6)
    assert [(call.method, call.file) for call in api.calls] == [
        ("sendPhoto", None),
        ("sendPhoto", None),
        ("sendMessage", None),
    ]
    assert [call.params for call in api.calls[:2]] == [params, params]
    assert api.calls[2].params["text"] == "K7QX · a photo", "where Telegram knows it no more, the words go"


async def test_an_id_that_is_refused_is_uploaded_anew(tmp_path: Path) -> None:
    wrong = refused("Bad Request: wrong file identifier/HTTP URL specified")
    api = Api(ok(PHOTO), wrong, ok({**PHOTO, "photo": [{"file_id": "newer"}]}))
    telegram = sender(api, tmp_path)
    for _ in range(3):
        assert (await telegram.send(row(COURSE), target=None)).kind is Kind.SENT
    assert [call.params.get("photo") for call in api.calls] == [None, "large", None, "newer"]


async def test_another_bot_uploads_its_own(tmp_path: Path) -> None:
    await sender(Api(ok(PHOTO)), tmp_path).send(row(COURSE), target=None)
    other = Api(ok(PHOTO))
    other.bot_id = "43"
    await sender(other, tmp_path, FAILS).send(row(COURSE), target=None)
    assert other.calls[0].file is not None, "by an id that only the first bot can use nothing would come"


async def test_bad_weather_is_no_reason_for_another_upload(tmp_path: Path) -> None:
    api = Api(ok(PHOTO), refused("Too Many Requests: retry after 3", 429), TimeoutError())
    telegram = sender(api, tmp_path)
    found = [(await telegram.send(row(COURSE), target=None)).kind for _ in range(3)]
    assert found == [Kind.SENT, Kind.AGAIN, Kind.UNKNOWN]
    assert [call.file is None for call in api.calls] == [False, True, True]


async def test_without_a_picture_the_words_go(tmp_path: Path) -> None:
    for telegram, api in (
        (sender(found := Api(), tmp_path, FAILS), found),
        (TelegramSender(found := Api(), tmp_path), found),
    ):
        outcome = await telegram.send(row(COURSE), target=None)
        assert (outcome.kind, outcome.message_id) == (Kind.SENT, 77)
        assert api.calls == [WORDS]
        assert (await telegram.send(row(CHART), target=None)).kind is Kind.SENT
        assert api.calls[1].params["text"] == "Day 1: green"


async def test_a_picture_that_telegram_refuses_becomes_its_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    api = Api(refused("Bad Request: PHOTO_INVALID_DIMENSIONS"))
    assert (await sender(api, tmp_path).send(row(COURSE), target=None)).kind is Kind.SENT
    assert api.calls[1] == WORDS
    assert "PHOTO_INVALID_DIMENSIONS" in caplog.text
    assert "red" not in caplog.text


async def test_nothing_of_a_chat_waits_for_a_child(tmp_path: Path) -> None:
    go, api = tmp_path / "go", Api(ok(PHOTO), ok(PHOTO))
    waiting = f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)\n{PNG}"
    drawer = Drawer(tmp_path, command=(sys.executable, "-c", waiting))
    for effect in (COURSE, CHART):
        impatient = TelegramSender(api, tmp_path, drawer=drawer, patience=0.0)
        for _ in range(2):
            outcome = await impatient.send(row(effect), target=None)
            assert (outcome.kind, outcome.reason) == (Kind.AGAIN, "it is being drawn")
        go.touch()
        while outcome.kind is Kind.AGAIN:
            outcome = await impatient.send(row(effect), target=None)
        go.unlink()
    assert len(api.calls) == 2


async def test_a_picture_that_nobody_asks_for_any_more_is_no_trouble(tmp_path: Path) -> None:
    telegram = TelegramSender(Api(), tmp_path, drawer=Drawer(tmp_path, command=FAILS), patience=0.0)
    for number in range(20):
        drawing = Drawing("course", json.dumps({"title": f"{number}"}))
        outcome = await telegram.send(row(SendPicture(1, drawing.name, "x", drawing=drawing)), target=None)
        assert outcome.kind is Kind.AGAIN
    pending = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    await asyncio.gather(*pending, return_exceptions=True)


async def test_somebodys_own_picture_leaves_nothing_on_disk(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    api = Api(ok(PHOTO), ok(PHOTO))
    telegram = sender(api, folder)
    for _ in range(2):
        assert (await telegram.send(row(CHART), target=None)).kind is Kind.SENT
    assert all(call.file is not None for call in api.calls), "never by an id"
    assert [path.name for path in folder.rglob("*")] == []


async def test_pinning(tmp_path: Path) -> None:
    api = Api()
    telegram = sender(api, tmp_path)
    await telegram.send(row(PinMessage(2, 1)), target=70)
    await telegram.send(row(PinMessage(3, 1, unpins=True)), target=70)
    assert (await telegram.send(row(PinMessage(3, 1)), target=None)).kind is Kind.SENT
    assert api.calls == [
        ApiCall("pinChatMessage", {"chat_id": 11, "message_id": 70, "disable_notification": True}),
        ApiCall("unpinChatMessage", {"chat_id": 11, "message_id": 70}),
    ]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused("Bad Request: not enough rights to manage pinned messages in the chat"), Kind.SENT),
        (refused("Bad Request: message to pin not found"), Kind.SENT),
        (refused("Forbidden: bot was blocked by the user", 403), Kind.SENT),
        (refused("Bad Request: message to edit not found"), Kind.SENT),
        (refused("Internal Server Error", 500), Kind.AGAIN),
        (refused("Too Many Requests: retry after 3", 429), Kind.AGAIN),
        (refused("Unauthorized", 401), Kind.STOPPED),
    ],
)
async def test_a_refused_pin_says_nothing_about_the_chat(answer: object, kind: Kind, tmp_path: Path) -> None:
    api = Api(answer)  # type: ignore[arg-type]
    assert (await sender(api, tmp_path).send(row(PinMessage(2, 1)), target=70)).kind is kind


async def test_the_last_word_unpins_first_and_comes_whatever_that_does(tmp_path: Path) -> None:
    api = Api(ok(True), ok({"message_id": 9}), ConnectionResetError(), ok({"message_id": 10}))
    telegram = sender(api, tmp_path)
    for number in (9, 10):
        outcome = await telegram.send(row(SendMessage(0, "Goodbye", unpins=True)), target=None)
        assert outcome.message_id == number
    assert [call.method for call in api.calls] == ["unpinAllChatMessages", "sendMessage"] * 2
    assert api.calls[0].params == {"chat_id": 11}


@pytest.mark.parametrize("who", [{"id": 42, "is_bot": True}, {"id": 11, "is_bot": False}], ids=["bot", "person"])
def test_the_notice_of_a_pin_is_nobodys_message(who: dict[str, object]) -> None:
    chat = {"id": 11, "type": "private", "first_name": "Ana"}
    pinned = {"message_id": 8, "date": 1_780_000_000, "chat": chat, "text": "Whenever you wonder"}
    notice = {**pinned, "message_id": 9, "from": {**who, "first_name": "Ana"}, "pinned_message": pinned}
    del notice["text"]
    item = read_update({"update_id": 5, "message": notice}, bot_username="clinic_bot", staff_chat=None)
    assert isinstance(item, Unwanted)
    assert item.update_id == 5, "so that it is confirmed"
