"""What `doctor` asks Telegram: token, clock, webhook, and what the bot may do in the staff group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from bot.channels.telegram.api import BotApi
from bot.channels.telegram.bodies import ApiCall
from bot.channels.telegram.webhook_setting import FRESH_SECONDS, read_info
from bot.delivery.outcome import read_answer
from bot.operations.finding import Finding, bad, ok, warn
from bot.settings import Settings

CALL_SECONDS = 8.0
OFF_SECONDS = 10.0  # a certificate or a signed call may fail
WRONG_SECONDS = 60.0  # check-ins and rings come visibly at the wrong time

Answer = tuple[int, Mapping[str, Any], str | None]
"""HTTP status, the body as far as it is Telegram's, the Date header."""


async def ask(api: BotApi, method: str, **params: object) -> Answer:
    """One call; (0, what went wrong, None) when no answer came."""
    try:
        answer = await api.call(ApiCall(method, params), seconds=CALL_SECONDS)
    except Exception as error:  # never its words: they may hold the address, and so the token
        return 0, {"description": type(error).__name__}, None
    return answer.status, read_answer(answer.body) or {}, answer.date


async def check_telegram(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """All that can be asked with the token."""
    if settings.bot_token is None:
        return [bad("token", "BOT_TOKEN is not set", "Get one from @BotFather and put it into .env.")]
    api = BotApi(settings.bot_token.get_secret_value(), settings.bot_api_url)
    try:
        before = now()
        status, body, date = await ask(api, "getMe")
        clock = _clock(date, before, now())
        found = [_token(settings, status, body), *clock]
        if body.get("ok") is not True:
            return found
        me = body["result"] if isinstance(body.get("result"), dict) else {}
        return [*found, await _webhook(api, settings, now()), await _staff_group(api, settings, me.get("id", 0))]
    finally:
        await api.close()


def _token(settings: Settings, status: int, body: Mapping[str, Any]) -> Finding:
    said = str(body.get("description", ""))
    if body.get("ok") is True:
        result = body.get("result")
        name = result.get("username", "") if isinstance(result, dict) else ""
        if settings.bot_username and settings.bot_username.lower() != str(name).lower():
            return warn(
                "token", f"it is @{name}'s, and BOT_USERNAME says {settings.bot_username}", "Mend BOT_USERNAME."
            )
        return ok("token", f"Telegram knows it as @{name}'s")
    if status in {401, 403, 404}:
        return bad("token", f"Telegram refuses it ({status})", "Copy it anew from @BotFather into BOT_TOKEN.")
    if status == 0:
        where = urlsplit(settings.bot_api_url).hostname or "BOT_API_URL"
        return bad(
            "token", f"{where} can't be reached ({said})", "Look at the network, the firewall and BOT_API_URL."
        )
    return bad(
        "token", f"Telegram answers {status} {said}".rstrip(), "Try again; look at BOT_API_URL if it stays."
    )


def _clock(date: str | None, before: datetime, after: datetime) -> list[Finding]:
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return []
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    early, late = (theirs - after).total_seconds(), (before - theirs).total_seconds()
    off = max(early, late - 1.0, 0.0)  # their header has whole seconds
    direction = "slow" if early > late else "fast"
    do = "Let the machine keep time by itself: timedatectl set-ntp true."
    if off > WRONG_SECONDS:
        return [bad("clock", f"it is {off:.0f} seconds {direction}: check-ins and rings come at wrong times", do)]
    if off > OFF_SECONDS:
        return [warn("clock", f"it is {off:.0f} seconds {direction}", do)]
    return [ok("clock", "as Telegram's")]


async def _webhook(api: BotApi, settings: Settings, now: datetime) -> Finding:
    status, body, _ = await ask(api, "getWebhookInfo")
    if body.get("ok") is not True:
        return warn("webhook", f"it can't be looked up ({status} {body.get('description', '')})", "Try again.")
    info = read_info(body.get("result"))
    waiting = f"{info.pending} updates wait at Telegram"
    is_fresh = info.error_at and now.timestamp() - info.error_at < FRESH_SECONDS
    if settings.webhook_url is None:
        if info.url:
            return warn(
                "webhook", f"one is set, and WEBHOOK_URL is not; {waiting}", "`run` removes it and asks by itself."
            )
        return ok("webhook", f"none, the bot asks by itself; {waiting}")
    if urlsplit(info.url).netloc != urlsplit(settings.webhook_url).netloc:
        held = urlsplit(info.url).netloc or "nowhere"
        return warn("webhook", f"Telegram sends to {held}; {waiting}", "Start `run`: it sets WEBHOOK_URL.")
    if is_fresh and info.pending:
        return bad(
            "webhook", f"Telegram can't deliver: {info.error}; {waiting}", "Mend certificate, name or proxy."
        )
    return ok("webhook", f"set; {waiting}")


async def _staff_group(api: BotApi, settings: Settings, bot: int) -> Finding:
    group = settings.staff_chat_id
    if group is None:
        return warn(
            "staff group",
            "STAFF_CHAT_ID is not set: nobody is told of anything, patients are asked to ring",
            "Add the bot to the team's group and write /help@your_bot there.",
        )
    status, body, _ = await ask(api, "getChat", chat_id=group)
    result = body.get("result")
    if body.get("ok") is not True or not isinstance(result, dict):
        moved = body.get("parameters")
        if isinstance(moved, dict) and isinstance(new := moved.get("migrate_to_chat_id"), int):
            return warn("staff group", "it has got a new id", f"Set STAFF_CHAT_ID={new}.")
        what = f"Telegram says {status} {body.get('description', '')}"
        return bad("staff group", what, "Add the bot to the group again, and check STAFF_CHAT_ID.")
    if result.get("type") not in {"group", "supergroup"}:
        return bad(
            "staff group", f"STAFF_CHAT_ID is a {result.get('type')} chat", "Name a group (a negative number)."
        )
    status, body, _ = await ask(api, "getChatMember", chat_id=group, user_id=bot)
    member = body.get("result")
    role = member.get("status") if isinstance(member, dict) else None
    if role in {"administrator", "creator"}:
        return ok("staff group", "the bot is in it, as an admin")
    if isinstance(member, dict) and role == "restricted" and member.get("can_send_messages") is not True:
        return bad("staff group", "the bot may not write there", "Make it an admin of the group.")
    if role in {"member", "restricted"}:
        return warn(
            "staff group",
            "the bot is in it, but no admin: Telegram does not tell it at once who was removed",
            "Make it an admin; it needs no right in particular.",
        )
    return bad("staff group", f"the bot is not in it ({role or status})", "Add it to the group again.")
