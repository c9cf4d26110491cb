"""What a bot tells Telegram about itself at start: commands, descriptions, menu.

Only a refused token stops the start. Anything else that fails is logged: a bot without its menu still answers.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import aiohttp

from bot.channels.telegram.api import BotApi, Json
from bot.channels.telegram.bodies import ApiCall
from bot.channels.telegram.poll import TokenRefused
from bot.delivery.outcome import outcome_of_answer, outcome_of_exception, read_answer
from bot.delivery.retry import back_off

log = logging.getLogger(__name__)

_SECONDS = 20.0
_LONGEST_WAIT_SECONDS = 30.0
_ODD_ANSWERS = 3  # then whoever answers getMe so oddly may still have updates for us
_NO_SUCH_BOT = frozenset({401, 404})
_DESCRIPTION_CHARACTERS = 512  # setMyDescription
_SHORT_DESCRIPTION_CHARACTERS = 120  # setMyShortDescription
_COMMAND_DESCRIPTION_CHARACTERS = 256  # BotCommand.description


@dataclass(frozen=True, slots=True)
class Profile:
    """What people see of the bot before they write; commands are (command, what it does)."""

    commands: Sequence[tuple[str, str]] = ()
    staff_commands: Sequence[tuple[str, str]] = ()
    description: str = ""
    short_description: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who Telegram says we are; `username` is without @."""

    id: int
    username: str


class _Failed(Exception):
    """A call that did not do what it is for.

    Args:
        reason: For the log: without the address, which holds the token.
        is_odd: It was answered, and not as Telegram does it.
        is_token: Telegram knows no such bot.
        wait: Seconds that Telegram asks for.
    """

    def __init__(self, reason: str, *, is_odd: bool = False, is_token: bool = False, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.is_odd = is_odd
        self.is_token = is_token
        self.wait = wait


async def set_up(
    token: str,
    base: str,
    profile: Profile,
    *,
    staff_chat: int | None = None,
    polls: bool = True,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    jitter: Callable[[], float] = random.random,
) -> Identity:
    """Ask who we are, until Telegram can be reached; then set up the rest as far as it goes.

    Args:
        token: The bot's token.
        base: Scheme, host, port and path before `/bot<token>/`.
        profile: What to show.
        staff_chat: The staff group, which gets commands of its own.
        polls: Updates are asked for: a webhook that is set is removed.
        sleep: Waits so many seconds.
        jitter: A random number of [0, 1).

    Raises:
        TokenRefused: Telegram does not know the token.
    """
    api = BotApi(token, base)
    try:
        identity = await _identity(api, sleep, jitter)
        for name, params in _steps(profile, staff_chat, polls=polls):
            try:
                await _call(api, name, params)
            except _Failed as error:
                # Also 401 and 404, as a server without this method answers: who we are was told a moment ago.
                log.warning("set-up: %s failed: %s", name, error)
        return identity
    finally:
        await api.close()


async def _identity(
    api: BotApi, sleep: Callable[[float], Awaitable[object]], jitter: Callable[[], float]
) -> Identity:
    attempts = odd = 0
    while True:
        try:
            return _read_identity(await _call(api, "getMe", {}))
        except _Failed as error:
            if error.is_token:
                raise TokenRefused(
                    f"Telegram refuses BOT_TOKEN ({error}). Copy it anew from @BotFather; check BOT_API_URL."
                ) from None
            attempts += 1
            odd = odd + 1 if error.is_odd else 0
            if odd >= _ODD_ANSWERS:
                log.warning("getMe can't be read; going on without the bot's name")
                return Identity(int(api.bot_id), "")
            wait = max(error.wait, back_off(attempts, jitter(), _LONGEST_WAIT_SECONDS))
            log.warning("Telegram can't be reached (%s); next try in %.1f s", error, wait)
        await sleep(wait)


async def _call(api: BotApi, method: str, params: Json) -> object:
    """What Telegram's answer holds.

    Raises:
        _Failed: There was none, or it is a refusal.
    """
    try:
        answer = await api.call(ApiCall(method, params), seconds=_SECONDS)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise _Failed(outcome_of_exception(error).reason) from None
    body = read_answer(answer.body)
    if body is not None and body["ok"]:
        return body.get("result")
    outcome = outcome_of_answer(answer.status, answer.body, answer.retry_after)
    raise _Failed(
        outcome.reason,
        is_token=body is not None and answer.status in _NO_SUCH_BOT,
        wait=outcome.retry_after or 0.0,
    )


def _read_identity(found: object) -> Identity:
    match found:
        case {"id": int(number), "username": str(name)}:
            return Identity(number, name)
        case {"id": int(number)}:
            return Identity(number, "")
        case _:
            raise _Failed("getMe does not say who we are", is_odd=True)


def _steps(profile: Profile, staff_chat: int | None, *, polls: bool) -> list[tuple[str, Json]]:
    steps: list[tuple[str, Json]] = [("setChatMenuButton", {"menu_button": {"type": "commands"}})]
    if polls:  # what waits at a webhook are patients' messages: they are kept
        steps.insert(0, ("deleteWebhook", {"drop_pending_updates": False}))
    if profile.commands:
        steps.append(("setMyCommands", _commands(profile.commands, {"type": "all_private_chats"})))
    if profile.staff_commands and staff_chat is not None:
        team: Mapping[str, object] = {"type": "chat", "chat_id": staff_chat}
        steps.append(("setMyCommands", _commands(profile.staff_commands, team)))
    if profile.description:
        steps.append(("setMyDescription", {"description": profile.description[:_DESCRIPTION_CHARACTERS]}))
    if profile.short_description:
        short = profile.short_description[:_SHORT_DESCRIPTION_CHARACTERS]
        steps.append(("setMyShortDescription", {"short_description": short}))
    return steps


def _commands(commands: Sequence[tuple[str, str]], scope: Mapping[str, object]) -> Json:
    shown = [
        {"command": name.lstrip("/"), "description": label[:_COMMAND_DESCRIPTION_CHARACTERS]}
        for name, label in commands
    ]
    return {"commands": shown, "scope": dict(scope)}
