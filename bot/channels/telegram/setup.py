"""What a bot tells Telegram about itself at start: commands, descriptions, menu. Done by python-telegram-bot.

Only a refused token stops the start. Anything else that fails is logged: a bot without its menu still answers.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import aiohttp
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    MenuButtonCommands,
)
from telegram._utils.defaultvalue import DEFAULT_NONE
from telegram._utils.types import ODVInput
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.channels.telegram.poll import TokenRefused
from bot.delivery.retry import back_off

log = logging.getLogger(__name__)

_SECONDS = 20.0
_LONGEST_WAIT_SECONDS = 30.0
_NOT_TELEGRAMS = (KeyError, ValueError, TypeError)
"""Besides its own errors the library raises these for answers that are not as Telegram makes them."""
_ODD_ANSWERS = 3  # then whoever answers getMe so oddly may still have updates for us
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


class AiohttpRequest(BaseRequest):
    """python-telegram-bot's calls over aiohttp: typed JSON, or multipart where there is a file."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """Seconds for a whole call."""
        return self._seconds

    async def initialize(self) -> None:
        """Open the session."""
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())

    async def shutdown(self) -> None:
        """Close it."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = DEFAULT_NONE,
        write_timeout: ODVInput[float] = DEFAULT_NONE,  # noqa: ARG002  (one bound on the whole call)
        connect_timeout: ODVInput[float] = DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: ODVInput[float] = DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """One call; status and body.

        Raises:
            TimedOut, NetworkError: Without the address, which holds the token.
        """
        await self.initialize()
        assert self._session is not None
        seconds = read_timeout if isinstance(read_timeout, int | float) else self._seconds
        timeout = aiohttp.ClientTimeout(total=seconds)
        data, headers = _body(request_data)
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                return response.status, await response.read()
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from None


def _body(request_data: RequestData | None) -> tuple[aiohttp.FormData | bytes | None, dict[str, str]]:
    if request_data is None:
        return None, {}
    if not request_data.contains_files:
        return json.dumps(request_data.parameters).encode(), {"Content-Type": "application/json"}
    form = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, media_type) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=media_type)
    return form, {}


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
    request = AiohttpRequest()
    bot = Bot(token, base_url=f"{base.rstrip('/')}/bot", request=request, get_updates_request=request)
    try:
        identity = await _identity(bot, sleep, jitter)
        for name, step in _steps(bot, profile, staff_chat, polls=polls):
            try:
                await step()
            except InvalidToken as error:
                # Also what a server without this method answers: who we are was told a moment ago.
                log.warning("set-up: %s was refused: %s", name, error)
            except TelegramError as error:
                log.warning("set-up: %s failed: %s", name, error)
            except _NOT_TELEGRAMS as error:
                log.warning("set-up: %s got an answer that is not Telegram's (%s)", name, type(error).__name__)
        return identity
    finally:
        await request.shutdown()


async def _identity(
    bot: Bot, sleep: Callable[[float], Awaitable[object]], jitter: Callable[[], float]
) -> Identity:
    attempts = odd = 0
    while True:
        try:
            me = await bot.get_me()
        except InvalidToken as error:
            raise TokenRefused(
                f"Telegram refuses BOT_TOKEN ({error.message}). Copy it anew from @BotFather; check BOT_API_URL."
            ) from None
        except (TelegramError, *_NOT_TELEGRAMS) as error:
            attempts += 1
            odd = odd + 1 if isinstance(error, _NOT_TELEGRAMS) else 0
            if odd >= _ODD_ANSWERS:
                log.warning("getMe can't be read; going on without the bot's name")
                return Identity(int(bot.token.partition(":")[0]), "")
            wait = back_off(attempts, jitter(), _LONGEST_WAIT_SECONDS)
            if isinstance(error, RetryAfter):
                wait = max(wait, _named_seconds(error))
            log.warning("Telegram can't be reached (%s); next try in %.1f s", type(error).__name__, wait)
            await sleep(wait)
        else:
            return Identity(me.id, me.username or "")


def _named_seconds(error: RetryAfter) -> float:
    seconds = error.retry_after
    return float(seconds) if isinstance(seconds, int | float) else seconds.total_seconds()


def _steps(
    bot: Bot, profile: Profile, staff_chat: int | None, *, polls: bool
) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    steps: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        ("setChatMenuButton", lambda: bot.set_chat_menu_button(menu_button=MenuButtonCommands())),
    ]
    if polls:  # what waits at a webhook are patients' messages: they are kept
        steps.insert(0, ("deleteWebhook", lambda: bot.delete_webhook(drop_pending_updates=False)))
    if profile.commands:
        everyone = BotCommandScopeAllPrivateChats()
        steps.append(("setMyCommands", lambda: bot.set_my_commands(_commands(profile.commands), scope=everyone)))
    if profile.staff_commands and staff_chat is not None:
        team = BotCommandScopeChat(staff_chat)
        steps.append(
            ("setMyCommands for staff", lambda: bot.set_my_commands(_commands(profile.staff_commands), scope=team))
        )
    if profile.description:
        text = profile.description[:_DESCRIPTION_CHARACTERS]
        steps.append(("setMyDescription", lambda: bot.set_my_description(text)))
    if profile.short_description:
        short = profile.short_description[:_SHORT_DESCRIPTION_CHARACTERS]
        steps.append(("setMyShortDescription", lambda: bot.set_my_short_description(short)))
    return steps


def _commands(commands: Sequence[tuple[str, str]]) -> list[BotCommand]:
    return [BotCommand(name.lstrip("/"), label[:_COMMAND_DESCRIPTION_CHARACTERS]) for name, label in commands]
