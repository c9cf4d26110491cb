from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.api import Answer
from bot.channels.telegram.bodies import ApiCall, answer_call, document_call, message_call, picture_call
from bot.channels.telegram.calls import TelegramSender
from bot.channels.telegram.keyboards import contact_keyboard, inline_keyboard
from bot.delivery.sender import Kind
from bot.engine.effect import ButtonSpec, Count, Effect, Lane, SendDocument, SendMessage, SendPicture
from bot.ids import ContactId
from bot.store.protocol import OutboxRow
from tests.fake_bot_api.spec import Spec

AT = datetime(2026, 5, 4, tzinfo=UTC)
YES = ButtonSpec("yes", "Yes", data="1-1:2=yes")
BACK = ButtonSpec("back", "Back", "extra", data="1-1:2*back")
LINK = ButtonSpec("link1", "Book", "link", url="https://clinic.example/book?c=poster")
SHARE = ButtonSpec("share", "Share my number", "contact")


def row(effect: Effect, chat: int = 11) -> OutboxRow:
    return OutboxRow(1, ContactId(1), 1, chat, Lane.REPLY, effect, AT, AT)


class Api:
    """Keeps the calls and answers by script, else ok."""

    bot_id = "42"

    def __init__(self, *script: Answer | BaseException) -> None:
        self.calls: list[ApiCall] = []
        self.script = list(script)

    async def call(self, call: ApiCall, *, seconds: float | None = None) -> Answer:
        self.calls.append(call)
        answer = self.script.pop(0) if self.script else ok({"message_id": 77})
        if isinstance(answer, BaseException):
            raise answer
        return answer


def ok(result: object) -> Answer:
    return Answer(200, json.dumps({"ok": True, "result": result}).encode())


def refused(text: str, code: int = 400) -> Answer:
    return Answer(code, json.dumps({"ok": False, "error_code": code, "description": text}).encode())


async def test_a_message_and_its_id() -> None:
    api = Api()
    outcome = await TelegramSender(api, Path()).send(
        row(SendMessage(1, "<b>Hi</b> &amp; you", ((YES, LINK), (BACK,)))), target=None
    )
    assert (outcome.kind, outcome.message_id) == (Kind.SENT, 77)
    assert api.calls == [
        ApiCall(
            "sendMessage",
            {
                "chat_id": 11,
                "text": "<b>Hi</b> &amp; you",
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": True},
                "reply_markup": {
                    "inline_keyboard": [
                        [
                            {"text": "Yes", "callback_data": "1-1:2=yes"},
                            {"text": "Book", "url": "https://clinic.example/book?c=poster"},
                        ],
                        [{"text": "Back", "callback_data": "1-1:2*back"}],
                    ]
                },
            },
        )
    ]


async def test_edits_and_plain_text() -> None:
    api = Api()
    sender = TelegramSender(api, Path())
    await sender.send(row(SendMessage(2, "<b>a</b> &lt;3", edits=1)), target=70)
    await sender.send(row(SendMessage(2, "x", ((YES,),), edits=1, only_buttons=True)), target=70)
    await sender.send(row(SendMessage(2, "x", edits=1, only_buttons=True)), target=70)
    await sender.send(row(SendMessage(2, "<b>a</b> &lt;3")), target=None, plain=True)
    preview = {"link_preview_options": {"is_disabled": True}}
    keys = {"reply_markup": {"inline_keyboard": [[{"text": "Yes", "callback_data": "1-1:2=yes"}]]}}
    place: dict[str, object] = {"chat_id": 11, "message_id": 70}
    assert api.calls == [
        ApiCall("editMessageText", place | {"text": "<b>a</b> &lt;3", "parse_mode": "HTML"} | preview),
        ApiCall("editMessageReplyMarkup", place | keys),
        ApiCall("editMessageReplyMarkup", place),
        ApiCall("sendMessage", {"chat_id": 11, "text": "a <3"} | preview),
    ]


async def test_the_number_keyboard_comes_and_goes() -> None:
    api = Api()
    sender = TelegramSender(api, Path())
    ask = SendMessage(1, "Your number?", ((SHARE,), (YES, LINK), (BACK,)), placeholder="p" * 99)
    await sender.send(row(ask), target=None)
    await sender.send(row(SendMessage(2, "Sure?", ((YES,),))), target=None)
    await sender.send(row(SendMessage(3, "Thanks"), chat=12), target=None)
    await sender.send(row(SendMessage(3, "Thanks")), target=None)
    await sender.send(row(SendMessage(4, "Bye")), target=None)
    markups = [call.params.get("reply_markup") for call in api.calls]
    assert markups[0] == {
        "keyboard": [
            [{"text": "Share my number", "request_contact": True}],
            [{"text": "Yes"}],
            [{"text": "Back"}],
        ],
        "resize_keyboard": True,
        "one_time_keyboard": True,
        "input_field_placeholder": "p" * 64,
    }
    assert api.calls[0].params["text"] == "Your number?\nBook: https://clinic.example/book?c=poster"
    assert markups[1] == {"inline_keyboard": [[{"text": "Yes", "callback_data": "1-1:2=yes"}]]}
    assert markups[2:] == [None, {"remove_keyboard": True}, None]


def test_beside_the_number_extras_are_what_is_heard_when_typed() -> None:
    words = [ButtonSpec("back", label, "extra", data="x") for label in ("‹ Back", "‹ Zurück")]
    assert contact_keyboard((tuple(words),), "")["keyboard"] == [[{"text": "Back"}, {"text": "/back"}]]


async def test_a_refused_message_leaves_the_keyboard_to_be_taken_off() -> None:
    api = Api(ok({"message_id": 1}), refused("Internal Server Error", 500))
    sender = TelegramSender(api, Path())
    await sender.send(row(SendMessage(1, "Number?", ((SHARE,),))), target=None)
    for number in (2, 3):
        await sender.send(row(SendMessage(number, "Thanks")), target=None)
    assert [call.params.get("reply_markup") for call in api.calls[1:]] == [{"remove_keyboard": True}] * 2


def test_buttons_that_no_keyboard_takes_are_left_out() -> None:
    long = ButtonSpec("long", "Long", data="x" * 65)
    empty = ButtonSpec("none", "", data="x")
    assert inline_keyboard(((long, empty), (SHARE,))) is None
    assert inline_keyboard(((ButtonSpec("a", "A", data="d", marked=True),),)) == {
        "inline_keyboard": [[{"text": "✓ A", "callback_data": "d"}]]
    }
    many = tuple((ButtonSpec(str(at), str(at), data="d"),) for at in range(120))
    made = inline_keyboard(many)
    assert made is not None
    assert len(made["inline_keyboard"]) == 100  # type: ignore[arg-type]


async def test_a_picture_is_uploaded_once(tmp_path: Path) -> None:
    (tmp_path / "course.png").write_bytes(b"png")
    photo = {"message_id": 5, "photo": [{"file_id": "small"}, {"file_id": "large"}]}
    api = Api(ok(photo), ok(photo), refused("Bad Request: wrong remote file identifier specified"), ok(photo))
    sender = TelegramSender(api, tmp_path)
    picture = row(SendPicture(1, "course.png", "Redness <fades>"))
    for _ in range(2):
        assert (await sender.send(picture, target=None)).message_id == 5
    assert api.calls[0].file is not None
    assert (api.calls[0].file.content, api.calls[0].file.media_type) == (b"png", "image/png")
    assert api.calls[0].params == {"chat_id": 11, "caption": "Redness <fades>"}
    assert (api.calls[1].file, api.calls[1].params["photo"]) == (None, "large")
    assert (await sender.send(picture, target=None)).kind is Kind.SENT
    assert api.calls[3].file is not None, "an id that Telegram has forgotten is uploaded anew"
    (tmp_path / "course.png").write_bytes(b"newer")
    os.utime(tmp_path / "course.png", ns=(1, 1))
    await sender.send(picture, target=None)
    assert api.calls[4].file is not None


async def test_pictures_stay_inside_their_folder_and_may_be_missing(tmp_path: Path) -> None:
    sender = TelegramSender(Api(), tmp_path / "data")
    (tmp_path / "secret.png").write_bytes(b"x")
    for path in ("../secret.png", "missing.png", str(tmp_path / "secret.png")):
        assert (await sender.send(row(SendPicture(1, path, "x")), target=None)).kind is Kind.GIVEN_UP


async def test_documents_and_other_effects() -> None:
    api = Api()
    sender = TelegramSender(api, Path())
    export = SendDocument(1, "me.json", "application/json", '{"é":1}', "Everything we hold on you")
    assert (await sender.send(row(export), target=None)).message_id == 77
    assert api.calls[0].file is not None
    assert (api.calls[0].file.field, api.calls[0].file.content) == ("document", '{"é":1}'.encode())
    assert (await sender.send(row(Count("x")), target=None)).kind is Kind.GIVEN_UP


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.ServerDisconnectedError(), Kind.UNKNOWN),
        (TimeoutError(), Kind.UNKNOWN),
        (KeyError(), Kind.GIVEN_UP),
    ],
)
async def test_it_never_raises(error: Exception, kind: Kind) -> None:
    outcome = await TelegramSender(Api(error), Path()).send(row(SendMessage(1, "x")), target=None)
    assert outcome.kind is kind


async def test_answers_to_presses() -> None:
    api = Api(ok(True), refused("Bad Request: query is too old"), TimeoutError(), refused("Bad Request: what"))
    sender = TelegramSender(api, Path())
    for note in ("n" * 300, "", "x", "y"):
        await sender.answer_press("9", note)
    await sender.answer_press("", "the terminal has no spinner")
    assert [call.params for call in api.calls[:2]] == [
        {"callback_query_id": "9", "text": "n" * 200},
        {"callback_query_id": "9"},
    ]
    assert len(api.calls) == 4


BUTTON = st.builds(
    ButtonSpec,
    id=st.just("x"),
    label=st.text(max_size=70),
    kind=st.sampled_from(["option", "extra", "link", "contact"]),
    data=st.none() | st.text(max_size=70),
    url=st.none() | st.just("https://a.example/"),
    marked=st.booleans(),
)
MESSAGE = st.builds(
    SendMessage,
    number=st.just(1),
    html=st.text(alphabet="ab <>&", min_size=1, max_size=20).map(lambda text: f"<b>{len(text)}</b>"),
    rows=st.lists(st.lists(BUTTON, max_size=3).map(tuple), max_size=3).map(tuple),
    only_buttons=st.booleans(),
    placeholder=st.text(max_size=99),
)


@pytest.mark.skipif("BOT_API_SPEC" not in os.environ, reason="needs the Bot API specification")
@given(effect=MESSAGE, target=st.none() | st.integers(1, 9), plain=st.booleans(), remove=st.booleans())
def test_every_message_is_valid_by_the_specification(
    effect: SendMessage, target: int | None, plain: bool, remove: bool
) -> None:
    assert violations(message_call(11, effect, target=target, plain=plain, remove_keyboard=remove)) == []


@pytest.mark.skipif("BOT_API_SPEC" not in os.environ, reason="needs the Bot API specification")
def test_every_other_call_is_valid_by_the_specification() -> None:
    picture = SendPicture(1, "a.png", "words " * 400)
    document = SendDocument(1, "a.json", "application/json", "{}", "")
    for call in (
        picture_call(11, picture, "an-id"),
        document_call(11, document),
        answer_call("9", "n" * 300),
        ApiCall("sendMessage", {"chat_id": 1, "text": "x", "reply_markup": contact_keyboard(((SHARE,),), "")}),
    ):
        assert violations(call) == []
    caption = picture_call(11, picture, "an-id").params["caption"]
    assert isinstance(caption, str)
    assert 900 < len(caption) <= 1024


def violations(call: ApiCall) -> list[str]:
    params: dict[str, Any] = dict(call.params)
    if call.file is not None:
        params[call.file.field] = call.file.content
    return Spec.load().check_call(call.method, params, typed=True)


PAID = {"allow_paid_broadcast": True}


async def test_only_what_is_sent_to_many_is_paid_for(tmp_path: Path) -> None:
    api = Api()
    sender = TelegramSender(api, tmp_path, pays=True)
    message = SendMessage(1, "How are you?")
    for lane in Lane:
        await sender.send(replace(row(message), lane=lane), target=None)
        is_paid = PAID.items() <= api.calls[-1].params.items()
        assert is_paid is (lane in {Lane.CHECK_IN, Lane.BROADCAST})
    await sender.send(replace(row(message), lane=Lane.CHECK_IN), target=77)
    assert "allow_paid_broadcast" not in api.calls[-1].params
    free = Api()
    await TelegramSender(free, tmp_path).send(replace(row(message), lane=Lane.CHECK_IN), target=None)
    assert "allow_paid_broadcast" not in free.calls[-1].params


@pytest.mark.parametrize("code", [400, 403])
async def test_where_no_stars_are_left_it_goes_unpaid(code: int, tmp_path: Path) -> None:
    api = Api(refused("Bad Request: not enough stars", code))
    sender = TelegramSender(api, tmp_path, pays=True)
    outcome = await sender.send(replace(row(SendMessage(1, "How are you?")), lane=Lane.CHECK_IN), target=None)
    assert outcome.kind is Kind.SENT
    assert ["allow_paid_broadcast" in call.params for call in api.calls] == [True, False]


async def test_what_may_have_been_taken_is_not_sent_once_more(tmp_path: Path) -> None:
    api = Api(TimeoutError())
    sender = TelegramSender(api, tmp_path, pays=True)
    outcome = await sender.send(replace(row(SendMessage(1, "How are you?")), lane=Lane.CHECK_IN), target=None)
    assert (outcome.kind, len(api.calls)) == (Kind.UNKNOWN, 1)
