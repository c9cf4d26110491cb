"""`run`: the clinic on Telegram, from the first poll to a clean end."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from bot.actions.course_picture import course_drawings
from bot.app import PICTURES, ClinicApp, database_path, open_clinic
from bot.channels.telegram import health, redaction
from bot.channels.telegram.members import put_checked
from bot.channels.telegram.poll import TokenRefused
from bot.channels.telegram.staff_menus import Menu, look_up_staff
from bot.channels.telegram.telegram_channel import Profile, TelegramChannel
from bot.conversation.gather import Item
from bot.conversation.incoming import GroupChanged
from bot.delivery.limits import Limits
from bot.desk import roles
from bot.desk.roles import Membership, Role
from bot.errors import OperatorError
from bot.practice import Practices
from bot.settings import LogFormat, Settings

log = logging.getLogger(__name__)

STOP_SECONDS = 8.0
"""Within ten seconds of SIGTERM we are gone; hosts kill what takes longer."""
ANSWERS_SECONDS = 1.0
"""So long the next poll waits for the answers to a page's presses; normally they take one round trip."""
AHEAD_AFTER_SECONDS = 10.0
"""A start has enough to do; pictures are drawn ahead after it."""
MENU = (
    ("start", "Begin, or go on"),
    ("answers", "See and change my answers"),
    ("human", "Talk to a person"),
    ("help", "What I can do"),
)


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logging(settings: Settings) -> None:
    """Logs to stderr, without tokens, at the level and in the form of the settings."""
    handler = logging.StreamHandler(sys.stderr)
    if settings.log_format is LogFormat.JSON:
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    logging.basicConfig(level=settings.log_level.value.upper(), handlers=[handler], force=True)
    secrets = [
        secret.get_secret_value() for secret in (settings.bot_token, settings.data_key) if secret is not None
    ]
    redaction.install(secrets)


def serve(settings: Settings) -> int:
    """Run until a signal ends it; the exit code. On uvloop where there is one."""
    set_up_logging(settings)
    try:
        import uvloop
    except ImportError:
        return asyncio.run(run_telegram(settings))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run_telegram(settings))


async def run_telegram(settings: Settings) -> int:
    """Poll, advance and send, until SIGTERM or SIGINT.

    Returns:
        0 after a signal; 1 when Telegram refuses the token (nothing is lost: start again with a good one).

    Raises:
        AuthorError: Flows or data are wrong.
        OperatorError: Token, database or key are missing or can't be used.
    """
    if settings.bot_token is None:
        raise OperatorError("BOT_TOKEN is missing: get one from @BotFather and put it into .env.")
    if settings.webhook_url is not None:
        log.warning("WEBHOOK_URL is set, but this version always polls; a webhook that is set gets removed")
    token = settings.bot_token.get_secret_value()
    staff_chat = settings.staff_chat_id
    channel = TelegramChannel(
        token,
        settings.bot_api_url,
        pictures=settings.data_dir,
        drawn=database_path(settings.database_url).parent / PICTURES,
        staff_chat=staff_chat,
    )
    limits = Limits(
        bulk_per_second=settings.limit_bulk_per_second,
        chat_per_second=settings.limit_chat_per_second,
        group_per_minute=settings.limit_group_per_minute,
    )
    practices = Practices(channel.sender, limits)
    app = await open_clinic(
        settings,
        sender=channel.sender,
        staff_chat=staff_chat,
        observe=practices.observe,
        environ=os.environ,
        limits=limits,
    )
    practices.app = app
    channel.staff_chat = lambda: app.loop.staff_chat
    try:
        await practices.recover()
        return await _run(app, channel, practices)
    finally:
        await practices.close()
        await channel.close()
        await app.close()


async def _run(app: ClinicApp, channel: TelegramChannel, practices: Practices) -> int:
    ended = asyncio.Event()
    running = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows has none; there ctrl-c ends it
            running.add_signal_handler(name, ended.set)
    loop = asyncio.create_task(app.loop.run(), name="turn loop")
    sending = asyncio.create_task(app.dispatcher.run(), name="dispatcher")
    polling = asyncio.create_task(_poll(app, channel, practices), name="polling")
    waiting = asyncio.create_task(ended.wait(), name="signal")
    await asyncio.wait({loop, sending, polling, waiting}, return_when=asyncio.FIRST_COMPLETED)
    log.info("ending: taking no more updates, finishing what is under way")
    channel.stop()
    with suppress(TimeoutError):
        await asyncio.wait_for(_finish(app, polling, loop), STOP_SECONDS)
    for task in (loop, sending, polling, waiting):
        task.cancel()
    results = await asyncio.gather(loop, sending, polling, return_exceptions=True)
    return _exit_code(results, was_asked=ended.is_set())


async def _finish(app: ClinicApp, polling: asyncio.Task[None], loop: asyncio.Task[None]) -> None:
    """In this order: no more updates, their turns on disk, calls under way, their marks on disk."""
    await asyncio.wait({polling}, timeout=STOP_SECONDS / 4)
    await app.dispatcher.stop(STOP_SECONDS / 2)
    app.loop.stop()
    await asyncio.wait({loop})


async def _poll(app: ClinicApp, channel: TelegramChannel, practices: Practices) -> None:
    clinic = str(app.book.clinic.get("clinic.name", "the clinic"))
    profile = Profile(
        commands=[entry for entry in MENU if entry[0] in app.book.flows],
        staff_commands=roles.menu(Role.OWNER, in_group=True),
        description=(
            f"I'm the automated helper of {clinic}. Two minutes of questions, and you know which treatment is"
            " meant for what you want, and when. I'm not a clinician, and not for emergencies."
        ),
        short_description=f"The automated helper of {clinic}: which treatment, when, and what to expect.",
    )
    identity = await channel.set_up(profile)
    log.info("polling as @%s", identity.username)

    async def find(user: int) -> Membership:
        group = app.loop.staff_chat
        return Membership.OUT if group is None else await channel.member(group, user)

    async def admins() -> Sequence[int]:
        return () if roles.listed(app.loop.book) else await channel.admins()

    async def put(item: Item) -> None:
        await practices.put(item)

    def menu_of(user: int) -> Menu | None:
        membership = app.loop.members.of(user, app.now())
        if membership is Membership.UNKNOWN:
            return None
        return roles.menu(roles.role_of(app.loop.book, user, membership))

    async def take(items: Sequence[Item]) -> None:
        await put_checked(
            items, needs_check=lambda user: app.loop.members.needs_check(user, app.now()), find=find, put=put
        )
        # The next poll confirms this page, and what is confirmed never comes again: a press whose answer was
        # still to be made when we are killed would spin for ever.
        await app.dispatcher.answered(ANSWERS_SECONDS)

    async def look_around() -> None:
        """What has changed in the group while we were away, and of which no update tells any more."""
        group = app.loop.staff_chat
        if group is not None and await channel.is_put_out(identity.id):
            await put(GroupChanged(group, can_write=False))
        await look_up_staff(roles.named(app.loop.book), admins=admins, find=find, put=put)

    async def draw_ahead() -> None:
        await asyncio.sleep(AHEAD_AFTER_SECONDS)
        log.info("drawing the pictures that are not kept yet, in the background")
        await channel.drawer.keep_ahead(course_drawings(app.book, app.catalogue))

    menus = channel.staff_menus(menu_of)
    app.loop.members.is_checked = True
    app.loop.members.on_note = menus.look
    beside = [
        asyncio.create_task(health.watch(lambda: (app.health(), channel.health())), name="health"),
        asyncio.create_task(menus.run(), name="staff menus"),
        asyncio.create_task(look_around(), name="staff"),
        asyncio.create_task(draw_ahead(), name="pictures"),
    ]
    try:
        await channel.run(take)
    finally:
        for task in beside:
            task.cancel()


def _exit_code(results: Sequence[BaseException | None], *, was_asked: bool) -> int:
    failures = [found for found in results if found and not isinstance(found, asyncio.CancelledError)]
    for failure in failures:
        if isinstance(failure, TokenRefused):
            log.error("%s", failure)
        else:
            log.error("a task ended with %s", type(failure).__name__, exc_info=failure)
    if failures or not was_asked:
        log.error("stopped; nothing is lost: what is unsent goes out at the next start")
        return 1
    return 0
