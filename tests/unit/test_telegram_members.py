"""Who is in the staff group: what Telegram says, what it fails to say, and who waits for it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest

from bot.channels.telegram.api import Answer
from bot.channels.telegram.bodies import ApiCall
from bot.channels.telegram.members import is_put_out, look_up, membership_of, put_checked
from bot.channels.telegram.read_update import read_update
from bot.conversation.gather import Item
from bot.conversation.incoming import Incoming, MemberChanged, StaffLeft, Unwanted
from bot.conversation.members import GOOD_FOR, MOST_KNOWN, Members
from bot.desk.roles import Membership
from bot.engine.event import Said, StaffPressed

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GROUP, ROSA, ANN = -100, 5, 6


class Api:
    def __init__(self, answer: Answer | Exception) -> None:
        self.answer = answer

    async def call(self, call: ApiCall, *, seconds: float | None = None) -> Answer:
        assert call == ApiCall("getChatMember", {"chat_id": GROUP, "user_id": ROSA})
        assert seconds is not None
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def said(status: int, description: str) -> Answer:
    return Answer(status, json.dumps({"ok": False, "error_code": status, "description": description}).encode())


@pytest.mark.parametrize(
    ("answer", "membership"),
    [
        (Answer(200, b'{"ok":true,"result":{"status":"creator"}}'), Membership.ADMIN),
        (Answer(200, b'{"ok":true,"result":{"status":"left"}}'), Membership.OUT),
        (said(400, "Bad Request: PARTICIPANT_ID_INVALID"), Membership.OUT),
        (said(400, "Bad Request: user not found"), Membership.OUT),
        (said(400, "Bad Request: chat not found"), Membership.GROUP_GONE),
        (said(403, "Forbidden: bot was kicked from the supergroup chat"), Membership.GROUP_GONE),
        (said(429, "Too Many Requests: retry after 5"), Membership.UNKNOWN),
        (Answer(502, b"<html>"), Membership.UNKNOWN),
        (TimeoutError(), Membership.UNKNOWN),
    ],
)
async def test_looking_somebody_up(answer: Answer | Exception, membership: Membership) -> None:
    assert await look_up(Api(answer), GROUP, ROSA) is membership


@pytest.mark.parametrize(
    ("answer", "is_out"),
    [
        (Answer(200, b'{"ok":true,"result":{"status":"administrator"}}'), False),
        (Answer(200, b'{"ok":true,"result":{"status":"kicked"}}'), True),
        (said(403, "Forbidden: bot was kicked from the supergroup chat"), True),
        (said(400, "Bad Request: chat not found"), True),
        (said(400, "Bad Request: group chat was upgraded to a supergroup chat"), False),
        (said(429, "Too Many Requests: retry after 5"), False),
        (Answer(502, b"<html>"), False),
        (TimeoutError(), False),
    ],
)
async def test_whether_the_bot_itself_is_out(answer: Answer | Exception, is_out: bool) -> None:
    assert await is_put_out(Api(answer), GROUP, ROSA) is is_out


@pytest.mark.parametrize(
    ("member", "membership"),
    [
        ({"status": "administrator"}, Membership.ADMIN),
        ({"status": "member"}, Membership.MEMBER),
        ({"status": "restricted", "is_member": True}, Membership.MEMBER),
        ({"status": "restricted", "is_member": False}, Membership.OUT),
        ({"status": "kicked"}, Membership.OUT),
        ({"status": "guest"}, Membership.UNKNOWN),
        (None, Membership.UNKNOWN),
    ],
)
def test_what_a_chat_member_says(member: object, membership: Membership) -> None:
    assert membership_of(member) is membership


def update(status: str, chat: int = GROUP) -> object:
    user = {"id": ROSA, "is_bot": False, "first_name": "Rosa"}
    old, new = {"status": "member", "user": user}, {"status": status, "user": user}
    change = {"chat": {"id": chat, "type": "supergroup"}, "from": {"id": 9}, "old_chat_member": old}
    return {"update_id": 1, "chat_member": {**change, "new_chat_member": new}}


def test_updates_about_members_of_the_staff_group() -> None:
    def read(data: object) -> Item:
        return read_update(data, bot_username="bot", staff_chat=GROUP)

    assert read(update("kicked")) == StaffLeft(ROSA, 1)
    assert read(update("administrator")) == MemberChanged(ROSA, Membership.ADMIN, 1)
    assert isinstance(read(update("kicked", chat=-7)), Unwanted)


def test_knowledge_ages_only_where_it_can_be_renewed() -> None:
    checked, unchecked = Members(is_checked=True), Members()
    assert checked.needs_check(ROSA, NOW)
    assert not unchecked.needs_check(ROSA, NOW)
    assert unchecked.of(ROSA, NOW) is Membership.GROUP_GONE
    assert unchecked.in_group(ROSA, NOW) is Membership.ADMIN
    assert checked.in_group(ROSA, NOW) is Membership.MEMBER
    assert checked.of(ROSA, NOW) is Membership.UNKNOWN
    for members in (checked, unchecked):
        members.note(ROSA, Membership.ADMIN, NOW)
    assert checked.in_group(ROSA, NOW + GOOD_FOR) is Membership.ADMIN
    assert checked.of(ROSA, NOW + 2 * GOOD_FOR) is Membership.UNKNOWN
    assert unchecked.of(ROSA, NOW + 2 * GOOD_FOR) is Membership.ADMIN
    for user in range(10, 10 + MOST_KNOWN):
        checked.note(user, Membership.OUT, NOW)
    assert checked.of(ROSA, NOW) is Membership.UNKNOWN


async def test_nobody_but_the_one_who_is_looked_up_waits() -> None:
    found = asyncio.Event()
    put: list[Item] = []
    visit, after = Incoming(ROSA, Said("/visit"), 1, ROSA), Incoming(ROSA, Said("2 ml"), 2, ROSA)
    patient = Incoming(ANN, Said("help"), 3, ANN)

    async def find(user: int) -> Membership:
        assert user == ROSA
        await found.wait()
        return Membership.MEMBER

    async def take(item: Item) -> None:
        put.append(item)
        if item == patient:
            found.set()

    await put_checked([visit, after, patient], needs_check=lambda _user: True, find=find, put=take)
    assert put == [patient, MemberChanged(ROSA, Membership.MEMBER), visit, after]


async def test_what_needs_no_role_is_put_at_once() -> None:
    put: list[Item] = []
    items: list[Item] = [
        Incoming(ANN, Said("/help"), 1, ANN),
        Incoming(GROUP, StaffPressed("have_it", "A1-1", ROSA, "Rosa"), 2, ROSA, is_group=True),
        Incoming(GROUP, Said("/today"), 3, ROSA, is_group=True, to_us=True),
        StaffLeft(ROSA, 4),
    ]

    async def find(user: int) -> Membership:
        raise AssertionError(user)

    async def take(item: Item) -> None:
        put.append(item)

    await put_checked(items, needs_check=lambda _user: True, find=find, put=take)
    assert put == items
