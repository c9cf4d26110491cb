from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from bot.channels.telegram import read_update as module
from bot.channels.telegram.read_update import Item, read_update
from bot.conversation.incoming import ChatMoved, GroupChanged, Incoming, StaffLeft, Unreadable, Unwanted
from bot.engine.event import (
    Blocked,
    ContactShared,
    Event,
    OtherSent,
    PhotoSent,
    Pressed,
    Said,
    StaffPressed,
    Started,
    TextEdited,
    Unblocked,
)

DATE = 1_780_000_000
ANA = {"id": 11, "is_bot": False, "first_name": "Ana", "last_name": "Silva", "language_code": "pt-BR"}
BOT = {"id": 5, "is_bot": True, "first_name": "Clinic", "username": "ClinicBot"}
PRIVATE = {"id": 11, "type": "private", "first_name": "Ana"}
STAFF = -1001
GROUP = {"id": STAFF, "type": "supergroup", "title": "Team"}


def read(data: object) -> Item:
    return read_update(data, bot_username="ClinicBot", staff_chat=STAFF)


def message(chat: dict[str, Any] | None = None, **content: Any) -> dict[str, Any]:
    return {"message_id": 3, "date": DATE, "chat": chat or PRIVATE, "from": ANA, **content}


def sent(chat: dict[str, Any] | None = None, **content: Any) -> dict[str, Any]:
    return {"update_id": 7, "message": message(chat, **content)}


def press(data: str | None = "11-1:3=agree", **content: Any) -> dict[str, Any]:
    query = {"id": "900", "from": ANA, "chat_instance": "1", "message": message(text="?") | {"from": BOT}}
    return {"update_id": 8, "callback_query": query | ({"data": data} if data is not None else {}) | content}


def state(status: str) -> dict[str, Any]:
    return {"user": BOT, "status": status} | ({"until_date": 0} if status == "kicked" else {})


def member(before: str, after: str, chat: dict[str, Any] = PRIVATE) -> dict[str, Any]:
    change = {"chat": chat, "from": ANA, "date": DATE}
    return {
        "update_id": 9,
        "my_chat_member": change | {"old_chat_member": state(before), "new_chat_member": state(after)},
    }


def photo(*sides: int) -> list[dict[str, Any]]:
    return [{"file_id": f"f{side}", "file_unique_id": f"u{side}", "width": side, "height": side} for side in sides]


LONG = "x" * 64
STICKER = {
    "file_id": "s",
    "file_unique_id": "s",
    "type": "regular",
    "width": 1,
    "height": 1,
    "is_animated": False,
    "is_video": False,
}
VOICE = {"file_id": "v", "file_unique_id": "v", "duration": 3}
DOCUMENT = {"file_id": "d", "file_unique_id": "d"}
READ: list[tuple[dict[str, Any], Event | StaffPressed]] = [
    (sent(text="hello"), Said("hello")),
    (sent(text="/start"), Started()),
    (sent(text="/start poster"), Started("poster")),
    (sent(text="/START@clinicbot poster"), Started("poster")),
    (sent(text=f"/start {LONG}"), Started(LONG)),
    (sent(text=f"/start {LONG}x"), Started()),
    (sent(text="/start a b"), Started()),
    (sent(text="/start поster"), Started()),
    (sent(text="/start ../../etc"), Started()),
    (sent(text="/started"), Said("/started")),
    (sent(text="/Help@ClinicBot now"), Said("/help now")),
    (sent(text="/help@OtherBot"), Said("/help@OtherBot")),
    (sent(text="a\0b"), Said("ab")),
    (sent(text="x" * 9000), Said("x" * 4096)),
    (sent(photo=photo(90, 800, 320), caption="my cheek"), PhotoSent("f800", "my cheek")),
    (sent(photo=[{"file_id": "f", "file_unique_id": "u", "width": 0, "height": 0}]), PhotoSent("f")),
    (sent(contact={"phone_number": "+441", "first_name": "Ana", "user_id": 11}), ContactShared("+441")),
    (sent(contact={"phone_number": "+442", "first_name": "Bo", "user_id": 12}), ContactShared("+442", own=False)),
    (sent(contact={"phone_number": "+443", "first_name": "Cy"}), ContactShared("+443", own=False)),
    (sent(photo=photo(90), media_group_id="13"), PhotoSent("f90", album="13")),
    (sent(voice=VOICE, media_group_id="13"), OtherSent("voice", album="13")),
    (sent(sticker=STICKER), OtherSent("sticker")),
    (sent(voice=VOICE, caption="I can't breathe"), OtherSent("voice", "I can't breathe")),
    (sent(document=DOCUMENT, caption="letter"), OtherSent("document", "letter")),
    (sent(location={"longitude": 1.0, "latitude": 2.0}), OtherSent("location")),
    (sent(hologram={"depth": 3}), OtherSent("unknown")),
    ({"update_id": 7, "edited_message": message(text="bleeding", edit_date=DATE)}, TextEdited("bleeding")),
    (
        {"update_id": 7, "edited_message": message(photo=photo(9), caption="swollen", edit_date=DATE)},
        TextEdited("swollen"),
    ),
    (press(), Pressed("11-1:3=agree", "900")),
    (press("forged" * 50), Pressed(("forged" * 50)[:256], "900")),
    (press(message={"chat": PRIVATE, "message_id": 1, "date": 0}), Pressed("11-1:3=agree", "900")),
    (press(message=None, inline_message_id="z"), Pressed("11-1:3=agree", "900")),
    (press("s:have_it:L12-1"), StaffPressed("have_it", "L12-1", 11, "Ana Silva", "900")),
    (press("s:have_it:"), Pressed("s:have_it:", "900")),
    (press("s:have_it:L1\n"), Pressed("s:have_it:L1\n", "900")),
    (member("member", "kicked"), Blocked()),
    (member("kicked", "member"), Unblocked()),
]


@pytest.mark.parametrize(("update", "event"), READ, ids=[type(event).__name__ for _, event in READ])
def test_reads_what_a_person_does(update: dict[str, Any], event: Event | StaffPressed) -> None:
    item = read(update)
    assert isinstance(item, Incoming)
    assert item.event == event
    assert (item.chat, item.user, item.first_name, item.language) == (11, 11, "Ana", "pt-BR")
    assert (item.update_id, item.is_group, item.to_us) == (update["update_id"], False, False)
    assert json.loads(item.raw) == update


@pytest.mark.parametrize("update", [update for update, _ in READ])
def test_reads_as_python_telegram_bot_does(update: dict[str, Any]) -> None:
    item, theirs = read(update), Update.de_json(update, None)
    assert isinstance(item, Incoming)
    assert theirs is not None
    assert theirs.effective_user is not None
    assert (item.update_id, item.user) == (theirs.update_id, theirs.effective_user.id)
    assert item.first_name == theirs.effective_user.first_name
    assert item.language == theirs.effective_user.language_code
    if theirs.effective_chat is not None:
        assert item.chat == theirs.effective_chat.id
    if theirs.message is not None and theirs.message.photo and isinstance(item.event, PhotoSent):
        assert item.event.file_id == max(theirs.message.photo, key=lambda size: size.width).file_id
    if theirs.message is not None and theirs.message.contact and isinstance(item.event, ContactShared):
        assert item.event.phone == theirs.message.contact.phone_number
    if theirs.callback_query is not None and isinstance(item.event, Pressed):
        assert theirs.callback_query.data is not None
        assert (item.event.data, item.event.press_id) == (
            theirs.callback_query.data[:256],
            theirs.callback_query.id,
        )
    if isinstance(item.event, Said) and theirs.message is not None and not item.event.text.startswith("/"):
        assert theirs.message.text is not None
        assert item.event.text == theirs.message.text.replace("\0", "")[:4096]


REPLY = message(GROUP, text="card") | {"from": BOT}
IN_GROUP: list[tuple[dict[str, Any], Event | StaffPressed]] = [
    (sent(GROUP, text="/find AB2C"), Said("/find AB2C")),
    (sent(GROUP, text="/find@ClinicBot AB2C"), Said("/find AB2C")),
    (sent(GROUP, text="done", reply_to_message=REPLY), Said("done")),
    (press("s:have_it:L1", message=REPLY), StaffPressed("have_it", "L1", 11, "Ana Silva", "900")),
    (press("11-1:3=x", message=REPLY), Pressed("11-1:3=x", "900")),
]


@pytest.mark.parametrize(("update", "event"), IN_GROUP)
def test_in_a_group_what_is_meant_for_the_bot(update: dict[str, Any], event: Event | StaffPressed) -> None:
    item = read(update)
    assert isinstance(item, Incoming)
    assert (item.event, item.chat, item.user, item.is_group, item.to_us) == (event, STAFF, 11, True, True)


CHANNEL = {"id": -5, "type": "channel", "title": "News"}
NOT_FOR_US: list[tuple[dict[str, Any], str]] = [
    (sent(GROUP, text="lunch?"), "group_message"),
    (sent(GROUP, text="/find@OtherBot X"), "group_message"),
    (sent(GROUP, sticker=STICKER), "group_message"),
    (sent(GROUP, text="/find X", sender_chat=GROUP), "anonymous"),
    (sent(GROUP, text="/find X", **{"from": BOT}), "from_bot"),
    (sent(GROUP, new_chat_title="Crew"), "service"),
    (sent(pinned_message=message(text="x")), "service"),
    (sent({"id": -9, "type": "group", "title": "x"}, migrate_to_chat_id=-90), "group_moved"),
    ({"update_id": 7, "message": {"message_id": 1, "date": DATE, "chat": CHANNEL, "text": "x"}}, "channel"),
    ({"update_id": 7, "channel_post": message(CHANNEL, text="x")}, "channel_post"),
    ({"update_id": 7, "edited_message": message(GROUP, text="x")}, "edited_elsewhere"),
    ({"update_id": 7, "edited_message": message(sticker=STICKER)}, "edited_without_text"),
    ({"update_id": 7}, "empty"),
    ({"update_id": 7, "poll_answer": {}}, "poll_answer"),
    (press(None, game_short_name="chess"), "press_without_data"),
    (member("member", "administrator"), "membership"),
]


@pytest.mark.parametrize(("update", "kind"), NOT_FOR_US)
def test_passes_over_what_means_nothing_here(update: dict[str, Any], kind: str) -> None:
    assert read(update) == Unwanted(update["update_id"], kind)


def test_the_staff_group_moves() -> None:
    assert read(sent(GROUP, migrate_to_chat_id=-100777)) == ChatMoved(STAFF, -100777, 7)
    new = {"id": -100777, "type": "supergroup", "title": "Team"}
    assert read(sent(new, migrate_from_chat_id=STAFF)) == ChatMoved(STAFF, -100777, 7)


def test_somebody_leaves_the_staff_group() -> None:
    gone = {"id": 55, "is_bot": False, "first_name": "Rosa"}
    assert read(sent(GROUP, left_chat_member=gone)) == StaffLeft(55, 7)
    other = {"id": -100777, "type": "supergroup", "title": "Elsewhere"}
    assert read(sent(other, left_chat_member=gone)) == Unwanted(7, "service")


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 7, "message": None},
        {"update_id": 7, "message": {"text": "x"}},
        {"update_id": 7, "message": message(text=5)},
        {"update_id": 7, "message": message({"id": "11", "type": "private"}, text="x")},
        {"update_id": 7, "message": message({"id": 2**70, "type": "private"}, text="x")},
        {"update_id": 7, "message": message(photo=[])},
        {"update_id": 7, "message": message(contact={"first_name": "A"})},
        {"update_id": 7, "callback_query": {"id": 5, "from": ANA}},
        {"update_id": 7, "my_chat_member": {"chat": PRIVATE, "from": ANA}},
    ],
)
def test_keeps_what_cannot_be_read(update: dict[str, Any]) -> None:
    item = read(update)
    assert isinstance(item, Unreadable)
    assert (item.update_id, json.loads(item.raw)) == (7, update)
    assert item.error


@pytest.mark.parametrize("data", [None, 5, "x", [], {}, {"update_id": "7"}, {"update_id": True}])
def test_what_has_no_number_is_unreadable(data: object) -> None:
    item = read(data)
    assert isinstance(item, Unreadable)
    assert item.update_id is None


SILENCED = {"status": "restricted", "user": BOT, "is_member": True, "can_send_messages": False}


@pytest.mark.parametrize(
    ("after", "can_write"),
    [
        (state("member"), True),
        (state("administrator"), True),
        (state("left"), False),
        (state("kicked"), False),
        (SILENCED, False),
        (SILENCED | {"can_send_messages": True}, True),
        (SILENCED | {"can_send_messages": True, "is_member": False}, False),
        ({"status": "unheard_of"}, False),
    ],
)
def test_the_bots_own_place_in_a_group(after: dict[str, Any], can_write: bool) -> None:
    update = member("member", "member", GROUP)
    update["my_chat_member"]["new_chat_member"] = after
    item = read(update)
    assert isinstance(item, GroupChanged)
    assert (item.chat, item.can_write) == (GROUP["id"], can_write)


def test_a_press_on_somebody_elses_message_is_the_pressers() -> None:
    other = {"id": 99, "type": "private", "first_name": "Bo"}
    item = read(press(message=message(other, text="?") | {"from": BOT}))
    assert isinstance(item, Incoming)
    assert item.chat == 11


def test_names_are_cut_and_cleaned() -> None:
    name = "\u202eevil\u200b\n" + "a" * 100
    item = read(sent(text="hi", **{"from": ANA | {"first_name": name, "language_code": "x y"}}))
    assert isinstance(item, Incoming)
    assert item.first_name == "evil" + "a" * 60
    assert item.language is None


def test_a_lone_surrogate_becomes_a_mark() -> None:
    broken = json.loads(json.dumps(sent(text="SURR")).replace("SURR", r"a\ud83d b"))
    item = read(broken)
    assert isinstance(item, Incoming)
    assert item.event == Said("a\ufffd b")
    item.raw.encode()


def test_depth_and_size_do_no_harm() -> None:
    deep: Any = []
    for _ in range(20_000):
        deep = [deep]
    assert isinstance(read({"update_id": 1, "message": deep}), Unreadable)
    item = read(sent(text="x" * 1_000_000))
    assert isinstance(item, Incoming)
    assert len(item.raw) <= 100_000


KEYS = sorted(
    {"update_id", "message", "callback_query", "edited_message", "my_chat_member", "chat", "from", "id", "type"}
    | {"text", "data", "photo", "contact", "file_id", "caption", "status", "new_chat_member", "is_bot"}
    | {"reply_to_message", "first_name", "username", "language_code"}
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS) | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(data=JSON)
def test_reads_any_json(data: object) -> None:
    assert isinstance(read(data), Incoming | Unreadable | Unwanted | ChatMoved | StaffLeft | GroupChanged)


PLACES = [0, 4, 9, 14, 19, 24, 26, 30, 33]


@given(place=st.sampled_from(PLACES), data=st.data())
def test_reads_updates_with_any_part_replaced(place: int, data: st.DataObject) -> None:
    update = json.loads(json.dumps(READ[place][0]))
    holder: Any = update
    while isinstance(holder, dict) and holder:
        key = data.draw(st.sampled_from(sorted(holder)))
        if not isinstance(holder[key], dict) or data.draw(st.booleans()):
            if data.draw(st.booleans()):
                del holder[key]
            else:
                holder[key] = data.draw(JSON)
            break
        holder = holder[key]
    item = read(update)
    if isinstance(item, Incoming):
        assert -(2**63) <= item.chat < 2**63
        for name in item.event.__dataclass_fields__:
            str(getattr(item.event, name)).encode()


@pytest.mark.skipif("BOT_API_SPEC" not in os.environ, reason="needs the Bot API specification")
def test_every_kind_of_message_in_the_specification_is_known() -> None:
    spec = json.loads(Path(os.environ["BOT_API_SPEC"]).read_text())
    fields = spec["types"]["Message"]["fields"]
    service = {field["name"] for field in fields if re.search(r"[Ss]ervice message", field["description"])}
    assert service <= module._SERVICE
    wanted = {field["name"] for field in spec["types"]["Update"]["fields"]}
    assert set(module.WANTED) <= wanted
