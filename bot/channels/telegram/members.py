"""Whether somebody is in the staff group: what an update says of it, and asking Telegram.

Source: core.telegram.org/bots/api, Bot API 10.1, "ChatMember" and "getChatMember".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from bot.channels.telegram.api import Answer
from bot.channels.telegram.bodies import ApiCall
from bot.conversation.gather import Item
from bot.conversation.incoming import Incoming, MemberChanged
from bot.conversation.private_desk import is_for_staff
from bot.delivery.outcome import read_answer
from bot.desk.roles import Membership

log = logging.getLogger(__name__)

LOOK_UP_SECONDS = 5.0
"""Whoever waits for it gets no answer meanwhile; patients never wait for it."""
_GONE = ("chat not found", "bot was kicked", "bot is not a member", "upgraded to a supergroup", "chat was deleted")
_NOBODY = ("user not found", "participant_id_invalid", "member not found")


class Calls(Protocol):
    """What is needed of `BotApi`."""

    async def call(self, call: ApiCall, *, seconds: float | None = None) -> Answer:
        """Make one call."""
        ...


def membership_of(member: object) -> Membership:
    """What a ChatMember says; anything else says nothing."""
    found = member if isinstance(member, dict) else {}
    match found.get("status"):
        case "creator" | "administrator":
            return Membership.ADMIN
        case "member":
            return Membership.MEMBER
        case "restricted":
            return Membership.MEMBER if found.get("is_member") is True else Membership.OUT
        case "left" | "kicked":
            return Membership.OUT
        case _:
            return Membership.UNKNOWN


async def look_up(api: Calls, group: int, user: int) -> Membership:
    """Ask Telegram; UNKNOWN where it does not say. Never raises for what network or server do."""
    status, body = await _ask(api, group, user)
    if body.get("ok") is True:
        return membership_of(body.get("result"))
    said = str(body.get("description", "")).lower()
    if any(part in said for part in _NOBODY):
        return Membership.OUT
    if status == 403 or any(part in said for part in _GONE):
        return Membership.GROUP_GONE
    if status:
        log.warning("a member of the staff group could not be looked up: Telegram answers %d", status)
    return Membership.UNKNOWN


async def is_put_out(api: Calls, group: int, bot: int) -> bool:
    """Whether Telegram says that the bot itself is no longer in a group; one that has moved is another matter."""
    status, body = await _ask(api, group, bot)
    if body.get("ok") is True:
        return membership_of(body.get("result")) is Membership.OUT
    said = str(body.get("description", "")).lower()
    return status == 403 or (any(part in said for part in _GONE) and "upgraded" not in said)


async def _ask(api: Calls, group: int, user: int) -> tuple[int, Mapping[str, object]]:
    """Telegram's answer on a member: the status (0: none came), and the body as far as it is Telegram's."""
    call = ApiCall("getChatMember", {"chat_id": group, "user_id": user})
    try:
        answer = await api.call(call, seconds=LOOK_UP_SECONDS)
    except Exception as error:
        log.warning("a member of the staff group could not be looked up: %s", type(error).__name__)
        return 0, {}
    return answer.status, read_answer(answer.body) or {}


async def admins_of(api: Calls, group: int) -> list[int]:
    """The people who are admins of a group; nobody where Telegram does not say. Never raises, as `look_up`."""
    try:
        answer = await api.call(ApiCall("getChatAdministrators", {"chat_id": group}), seconds=LOOK_UP_SECONDS)
    except Exception as error:
        log.warning("the admins of the staff group could not be looked up: %s", type(error).__name__)
        return []
    found = (read_answer(answer.body) or {}).get("result")
    users = [one.get("user") for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    people = [user for user in users if isinstance(user, dict) and user.get("is_bot") is not True]
    return [number for user in people if isinstance(number := user.get("id"), int)]


async def put_checked(
    items: Sequence[Item],
    *,
    needs_check: Callable[[int], bool],
    find: Callable[[int], Awaitable[Membership]],
    put: Callable[[Item], Awaitable[None]],
) -> None:
    """Put the items of a page into the loop; those that only staff may do once it is known who they are.

    Whoever has to be looked up keeps the order of what they did; nobody else waits for them.

    Args:
        needs_check: Whether a user has to be looked up.
        find: Looks one up.
        put: Done when the item's turn is on disk.
    """
    waiting = {
        item.user for item in items if isinstance(item, Incoming) and is_for_staff(item) and needs_check(item.user)
    }
    held = [item for item in items if isinstance(item, Incoming) and item.user in waiting]
    tasks = [put(item) for item in items if item not in held]

    async def check_and_put(user: int) -> None:
        changed = MemberChanged(user, await find(user))
        await asyncio.gather(put(changed), *[put(item) for item in held if item.user == user])

    await asyncio.gather(*tasks, *[check_and_put(user) for user in sorted(waiting)])
