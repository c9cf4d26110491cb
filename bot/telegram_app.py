"""`run`: the clinic on Telegram, from the first update to a clean end."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Sequence
from contextlib import suppress

from bot.actions.course_picture import course_drawings
from bot.app import PICTURES, ClinicApp, open_clinic
from bot.channels.telegram.poll import TokenRefused
from bot.channels.telegram.staff_menus import Menu
from bot.channels.telegram.telegram_channel import Profile, TelegramChannel
from bot.channels.telegram.webhook import GUESSABLE_CHARACTERS, Hook, Webhook, derived_secret, hook_at
from bot.clinic.phrases import forget_lines
from bot.databases import data_key, database_path, is_postgres, reported
from bot.delivery.limits import Limits
from bot.desk import roles
from bot.desk.roles import Membership, Role
from bot.drawing.drawer import cache_folder
from bot.errors import BookTooOld, OperatorError
from bot.intake import Intake
from bot.keeper import Keeper
from bot.log_format import keep_secret, set_up_logging
from bot.monitoring import health
from bot.monitoring.health import Monitor, Report
from bot.monitoring.metrics import MeasuredSender, Metrics
from bot.monitoring.pages import pages
from bot.monitoring.server import Listen, WebServer
from bot.practice import Practices
from bot.settings import Settings
from bot.store.protocol import DatabaseAway

log = logging.getLogger(__name__)

STOP_SECONDS = 7.0
"""Within ten seconds of SIGTERM we are gone, connections closed; hosts kill what takes longer."""
HAND_OVER_SECONDS = 1.0
WEB_PORT = 8080
"""Where a webhook is listened for when PORT says nothing; the usual one behind a proxy."""
YOUNG_OBJECTS = 20_000
"""So many new ones make the garbage collector look: more than a page of updates with all that comes of it."""
AHEAD_AFTER_SECONDS = 10.0
"""A start has enough to do; pictures are drawn ahead after it."""
MENU = (
    ("start", "Begin, or go on"),
    ("answers", "See and change my answers"),
    ("human", "Talk to a person"),
    ("help", "What I can do"),
)


def serve(settings: Settings, *, only_web: bool = False) -> int:
    """Run until a signal ends it; the exit code. On uvloop where there is one.

    Args:
        settings: All of them.
        only_web: Only take updates: another process sends and fires timers.
    """
    set_up_logging(settings)
    try:
        import uvloop
    except ImportError:
        return asyncio.run(run_telegram(settings, only_web=only_web))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run_telegram(settings, only_web=only_web))


async def run_telegram(settings: Settings, *, only_web: bool = False) -> int:
    """Take updates, advance and send, until SIGTERM or SIGINT.

    On PostgreSQL others do the same: whoever is the keeper sends, and takes updates where they have to be asked
    for; where they come by webhook, the web processes take them.

    Returns:
        0 after a signal; 1 when Telegram refuses the token (nothing is lost: start again with a good one).

    Raises:
        AuthorError: Flows or data are wrong.
        OperatorError: Token, database, key, webhook or port are missing or can't be used.
    """
    if settings.bot_token is None:
        raise OperatorError("BOT_TOKEN is missing: get one from @BotFather and put it into .env.")
    hold_part(settings, only_web=only_web)
    is_shared = is_postgres(settings.database_url)
    is_web = settings.webhook_url is not None and (only_web or not is_shared)
    listen = where_to_listen(settings, is_web=is_web)
    token = settings.bot_token.get_secret_value()
    staff_chat = settings.staff_chat_id
    database = database_path(settings.database_url)
    channel = TelegramChannel(
        token,
        settings.bot_api_url,
        pictures=settings.data_dir,
        drawn=cache_folder(os.environ) if database is None else database.parent / PICTURES,
        staff_chat=staff_chat,
        pays=settings.paid_broadcasts,
    )
    limits = Limits(
        bulk_per_second=settings.limit_bulk_per_second,
        chat_per_second=settings.limit_chat_per_second,
        group_per_minute=settings.limit_group_per_minute,
    )
    practices = Practices(channel.sender, limits)
    metrics = Metrics()
    with reported():
        app = await open_clinic(
            settings,
            sender=MeasuredSender(channel.sender, metrics),
            staff_chat=staff_chat,
            observe=practices.observe,
            marked=metrics.marked,
            environ=os.environ,
            limits=limits,
            may_keep=not only_web,
        )
    forget_lines()
    spare_collector()
    practices.app = app
    channel.staff_chat = lambda: app.loop.staff_chat
    intake = Intake(app, channel, practices, metrics, per_second=settings.limit_chat_per_second)
    keeper = _alone if app.keeper is None else app.keeper.health
    monitor = Monitor(app.store, app.now, {"updates": intake.health, "outbox": app.health, "keeper": keeper})
    try:
        channel.is_receiver = is_web or settings.webhook_url is None
        if is_web and (hook := _hook(settings)) is not None:
            channel.webhook = Webhook(hook, count=metrics.answered)
        if app.keeper is None:
            await practices.recover()
        elif settings.webhook_url is not None:
            app.loop.forbid_practice()
        own = channel.webhook.routes() if channel.webhook is not None else []
        shown = pages(monitor, metrics, lambda: channel.is_taking and not app.loop.is_away)
        server = WebServer(listen, [*own, *shown]) if listen is not None else None
        return await _run(app, channel, intake, monitor, server, practices)
    finally:
        await practices.close()
        await channel.close()
        await app.close()


def spare_collector() -> None:
    """What was built at the start stays for good, and what a page of updates needs is gone with it.

    The garbage collector would look at both again and again: a tenth of the processor time, and with everything
    at once pauses that patients would feel.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])


def hold_part(settings: Settings, *, only_web: bool) -> None:
    """Refuse a part that can't run by itself.

    Raises:
        OperatorError: Why, and what to do.
    """
    if only_web and not is_postgres(settings.database_url):
        raise OperatorError(
            "--only web is for PostgreSQL: a SQLite database belongs to one process, and there `run` does"
            " everything, the webhook too. Leave --only away, or set DATABASE_URL to a postgresql:// address."
        )
    if only_web and settings.webhook_url is None:
        raise OperatorError(
            "--only web takes updates by webhook: set WEBHOOK_URL, for all processes. Without it `run` asks for"
            " updates."
        )


def where_to_listen(settings: Settings, *, is_web: bool = True) -> Listen | None:
    """With a webhook at every address, port 8080 if nothing else is said; else to this machine, where PORT is set.

    Args:
        settings: All of them.
        is_web: Whether updates come to this process, where they come by webhook.

    Raises:
        OperatorError: A webhook without a port.
    """
    if settings.webhook_url is None or not is_web:
        return Listen(settings.listen_address or "127.0.0.1", settings.port) if settings.port else None
    if settings.port == 0:
        raise OperatorError(
            "PORT=0 listens nowhere, but WEBHOOK_URL needs a port: set one, or remove one of the two."
        )
    return Listen(settings.listen_address or "", settings.port or WEB_PORT)


def _hook(settings: Settings) -> Hook | None:
    """Where Telegram is to send updates; None: they are asked for."""
    if settings.webhook_url is None:
        return None
    assert settings.bot_token is not None
    if settings.webhook_secret is not None:
        secret = settings.webhook_secret.get_secret_value()
        if len(secret) < GUESSABLE_CHARACTERS:
            log.warning("WEBHOOK_SECRET is short; make one with: openssl rand -hex 32")
    else:
        secret = derived_secret(
            data_key(settings, os.environ).value, settings.bot_token.get_secret_value().partition(":")[0]
        )
        log.info("WEBHOOK_SECRET is not set: one made from the data key is used")
    hook = hook_at(settings.webhook_url, secret)
    keep_secret([secret, *hook.paths])
    return hook


def _alone() -> Report:
    """The one process of a SQLite database sends everything and fires all timers."""
    return {"status": "green", "is_here": True}


async def _run(
    app: ClinicApp,
    channel: TelegramChannel,
    intake: Intake,
    monitor: Monitor,
    server: WebServer | None,
    practices: Practices,
) -> int:
    ended = asyncio.Event()
    running = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows has none; there ctrl-c ends it
            running.add_signal_handler(name, ended.set)
    if server is not None:
        await server.start()
    loop = asyncio.create_task(app.loop.run(), name="turn loop")
    sending = asyncio.create_task(app.dispatcher.run(), name="dispatcher")
    keeping = asyncio.create_task(_keep(app, practices), name="keeper")
    taking = asyncio.create_task(_take(app, channel, intake, monitor), name="taking updates")
    waiting = asyncio.create_task(ended.wait(), name="signal")
    await asyncio.wait({loop, sending, taking, waiting, keeping}, return_when=asyncio.FIRST_COMPLETED)
    log.info("ending: taking no more updates, finishing what is under way")
    if server is not None:
        await server.stop_listening()
    channel.stop()
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await _finish(app, taking, loop)
    for task in (loop, sending, taking, waiting, keeping):
        task.cancel()
    results = await asyncio.gather(loop, sending, taking, keeping, return_exceptions=True)
    if app.keeper is not None:
        await _hand_over(app.keeper)
    if server is not None:
        await server.close()
    return _exit_code(results, was_asked=ended.is_set())


async def _keep(app: ClinicApp, practices: Practices) -> None:
    if (keeper := app.keeper) is None:
        await asyncio.Event().wait()
        return
    async with asyncio.TaskGroup() as together:
        together.create_task(keeper.run(), name="lease")
        together.create_task(_practise_in_turn(keeper, practices), name="practices")


async def _practise_in_turn(keeper: Keeper, practices: Practices) -> None:
    """A practice ends with its process's time as the keeper: what its colleague does next comes to another."""
    while True:
        await keeper.on.wait()
        with suppress(DatabaseAway):  # they hear of it at the next change, or when they begin another
            await practices.recover()
        await keeper.off.wait()
        await practices.close()


async def _hand_over(keeper: Keeper) -> None:
    try:
        async with asyncio.timeout(HAND_OVER_SECONDS):
            await keeper.hand_over()
    except (DatabaseAway, TimeoutError):
        log.warning("the lease could not be handed over: it runs out by itself")


async def _finish(app: ClinicApp, taking: asyncio.Task[None], loop: asyncio.Task[None]) -> None:
    """In this order: no more updates, their turns on disk, calls under way, their marks on disk."""
    await asyncio.wait({taking}, timeout=STOP_SECONDS / 4)
    await app.dispatcher.stop(STOP_SECONDS / 2)
    app.loop.stop()
    await asyncio.wait({loop})


async def _take(app: ClinicApp, channel: TelegramChannel, intake: Intake, monitor: Monitor) -> None:
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
    log.info(_does(app, channel), identity.username)

    def menu_of(user: int) -> Menu | None:
        membership = app.loop.members.of(user, app.now())
        if membership is Membership.UNKNOWN:
            return None
        return roles.menu(roles.role_of(app.loop.book, user, membership))

    async def draw_ahead() -> None:
        if app.keeper is not None:  # of several processes whichever sends
            await app.keeper.on.wait()
        await asyncio.sleep(AHEAD_AFTER_SECONDS)
        log.info("drawing the pictures that are not kept yet, in the background")
        await channel.drawer.keep_ahead(course_drawings(app.book, app.catalogue))

    menus = channel.staff_menus(menu_of)
    app.loop.members.is_checked = True
    app.loop.members.on_note = menus.look
    beside = [
        asyncio.create_task(health.watch(monitor.reports), name="health"),
        asyncio.create_task(monitor.keep_looking(), name="looking at the store"),
        asyncio.create_task(menus.run(), name="staff menus"),
        asyncio.create_task(intake.look_around(identity.id), name="staff"),
        asyncio.create_task(draw_ahead(), name="pictures"),
    ]
    try:
        await channel.run(intake.take, turn=app.keeper)
    finally:
        for task in beside:
            task.cancel()


def _does(app: ClinicApp, channel: TelegramChannel) -> str:
    if channel.webhook is not None:
        return "taking updates by webhook as @%s"
    if not channel.is_receiver:
        return "sending as @%s whenever this process is the keeper"
    return "polling as @%s" + ("" if app.keeper is None else " whenever this process is the keeper")


def _exit_code(results: Sequence[BaseException | None], *, was_asked: bool) -> int:
    failures = [found for found in results if found and not isinstance(found, asyncio.CancelledError)]
    for failure in failures:
        if isinstance(failure, TokenRefused | BookTooOld):
            log.error("%s", failure)
        else:
            log.error("a task ended with %s", type(failure).__name__, exc_info=failure)
    if failures or not was_asked:
        log.error("stopped; nothing is lost: what is unsent goes out at the next start")
        return 1
    return 0
