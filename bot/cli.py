"""The commands. Each imports what it needs when it runs, so that `--help`, `check` and `chat` start at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import AuthorError, OperatorError
from bot.operations.commands import register

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.authoring.book import Reading
    from bot.engine.model import Book
    from bot.settings import Settings

app = typer.Typer(
    name="clinicbot",
    help=(
        "Skin Clinic Bot: what a clinic's patients meet when they scan its QR code.\n\n"
        "Begin with `clinicbot chat`: it needs no token and no network."
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,  # its tracebacks show local variables, and they hold secrets
    context_settings={"help_option_names": ["-h", "--help"]},
)

PathArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[PATH]", help="A folder that holds flows/ and data/; else FLOWS_DIR and DATA_DIR."),
]


def main() -> None:
    """Run the command line; a user's mistake ends in words and exit code 1, never in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except AuthorError as error:
        _fail(str(error))
    except OperatorError as error:
        _fail(f"clinicbot: {error}")


def _fail(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.exit(1)


@app.command()
def chat(
    flow: Annotated[str | None, typer.Option(help="Begin with this flow instead of /start.")] = None,
    lang: Annotated[
        str | None, typer.Option(help="The language of the patient's app, such as en or pt-BR.")
    ] = None,
    start: Annotated[str | None, typer.Option(help="A campaign's payload, as if its QR code was scanned.")] = None,
    now: Annotated[
        str | None, typer.Option(help="When it is, such as 2026-12-01T09:30+00:00; without an offset: UTC.")
    ] = None,
    db: Annotated[Path | None, typer.Option(help="Keep the conversation in this SQLite file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for other programs.")] = False,
) -> None:
    """Talk to the bot in this terminal: no token, no network, nothing is kept.

    Example: `clinicbot chat --start poster` and then `/wait 1d` to see what comes a day later.
    """
    import asyncio
    from datetime import UTC, datetime

    if flow is not None and start is not None:
        raise OperatorError("Give --flow or --start, not both.")
    at = _instant(now) if now else datetime.now(UTC)
    try:
        asyncio.run(_chat(flow, lang, start, at, db, as_json=as_json))
    except KeyboardInterrupt:
        sys.stderr.write("\n")


async def _chat(
    flow: str | None, lang: str | None, start: str | None, at: datetime, db: Path | None, *, as_json: bool
) -> None:
    import os
    import signal
    import tempfile

    from bot.app import PICTURES, open_clinic
    from bot.channels.terminal_action import Start
    from bot.channels.terminal_pictures import PictureFiles
    from bot.channels.terminal_room import PATIENT_CHAT, STAFF_CHAT, STAFF_MEMBER, Clock, Room, read_lines
    from bot.delivery.limits import NO_LIMITS
    from bot.drawing.drawer import Drawer, cache_folder
    from bot.settings import read_settings

    signal.signal(signal.SIGINT, signal.default_int_handler)  # asyncio's own can't end a read that blocks
    settings = read_settings()
    clock = Clock(at, is_running=not as_json)
    personal = tempfile.TemporaryDirectory(prefix="clinicbot-")
    drawer = Drawer(cache_folder(os.environ) if db is None else db.parent / PICTURES)
    room = Room(clock, language=lang, pictures=PictureFiles(drawer, Path(personal.name)))
    clinic = await open_clinic(
        settings,
        sender=room,
        now=clock.now,
        database=db,
        in_memory=db is None,
        staff_chat=STAFF_CHAT,
        owners=(STAFF_MEMBER,),
        observe=room.observe,
        limits=NO_LIMITS,
        environ=os.environ,
    )
    try:
        if flow is not None:
            _known(flow, clinic.book.flows, "flow")
            await clinic.open_flow(PATIENT_CHAT, flow)
        else:
            await room.act(clinic, Start(start))
        if as_json:
            from bot.channels.json_chat import run_json_chat

            await run_json_chat(room, clinic, read_lines(sys.stdin.buffer), sys.stdout.buffer)
        else:
            from bot.channels.terminal import run_terminal

            await run_terminal(room, clinic)
    finally:
        await clinic.close()
        personal.cleanup()


@app.command()
def check(
    path: PathArgument = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list, for other programs.")] = False,
) -> None:
    """Find every mistake in flows and data at once, each with its place and how to mend it.

    Example: `clinicbot check` or `clinicbot check ~/our-clinic`. Exit code 1 when there is an error.
    """
    import gc
    import json

    gc.disable()  # a short life: what was read is needed to its end

    from bot.authoring.render import render_objects

    reading = _read(path, prove=True)
    if as_json:
        found = render_objects(reading.issues)
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    else:
        for issue in sorted(reading.issues, key=lambda issue: not issue.is_warning):  # errors last: seen first
            sys.stdout.write(f"{issue}\n")
        errors, warnings = len(reading.errors), len(reading.issues) - len(reading.errors)
        sys.stderr.write(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}{_proven(reading)}\n")
    raise typer.Exit(1 if reading.errors else 0)


@app.command("test")
def run_tests(path: PathArgument = None) -> None:
    """Play the conversations in flows/transcripts and hold them against what they expect.

    Example: `clinicbot test`. Shows which transitions no transcript has taken; exit code 1 when one fails.
    """
    import asyncio

    from bot.reading import book_of

    settings = _settings(path)
    reading = _read(path)
    book = book_of(reading, staff_chat=None)
    passed = asyncio.run(_play_transcripts(settings, reading, book))
    raise typer.Exit(0 if passed else 1)


async def _play_transcripts(settings: Settings, reading: Reading, book: Book) -> bool:
    from bot.app import Turned, open_clinic
    from bot.channels.terminal_room import STAFF_CHAT, STAFF_MEMBER, Clinic, Room
    from bot.channels.transcript import run_transcripts
    from bot.channels.transcript_file import Transcript
    from bot.delivery.limits import NO_LIMITS
    from bot.reading import read_clinic
    from bot.store.sqlite import SQLiteStore

    readings: dict[tuple[str | None, bool | None], Reading] = {(None, None): reading}

    async def open_room(
        room: Room, turned: Turned, transcript: Transcript
    ) -> tuple[Clinic, Callable[[], None], Callable[[], Awaitable[None]]]:
        levels, photos = transcript.levels, transcript.takes_photos
        if (levels, photos) not in readings:
            readings[levels, photos] = read_clinic(settings, levels=levels, photos=photos)
        clinic = await open_clinic(
            settings,
            sender=room,
            now=room.clock.now,
            in_memory=True,
            staff_chat=STAFF_CHAT if transcript.is_staffed else None,
            owners=(STAFF_MEMBER,),
            observe=room.observe,
            turned=turned,
            reading=readings[levels, photos],
            limits=NO_LIMITS,
        )
        assert isinstance(clinic.store, SQLiteStore)
        return clinic, clinic.store.forget_recent, clinic.close

    return await run_transcripts(settings.flows_dir, book, open_room, sys.stdout)


@app.command()
def run(
    only: Annotated[
        str | None,
        typer.Option(metavar="web", help="On PostgreSQL: only take updates, by webhook; another `run` sends."),
    ] = None,
) -> None:
    """Run the Telegram bot, by polling, or by webhook where WEBHOOK_URL is set.

    On PostgreSQL any number may run: one of them sends and fires timers, and polls. Where WEBHOOK_URL is set,
    `run --only web` takes the updates there.

    Example: `BOT_TOKEN=123:abc clinicbot run`. Ctrl-C or SIGTERM ends it with nothing lost.
    """
    from bot.settings import read_settings

    if only not in {None, "web"}:
        raise OperatorError(f"--only {only} is no part of it; there is: web.")
    settings = read_settings()
    from bot.telegram_app import hold_part, serve

    hold_part(settings, only_web=only is not None)
    if settings.bot_token is None:
        raise OperatorError(
            "BOT_TOKEN is missing: get one from @BotFather and put it into .env or the environment."
        )
    raise typer.Exit(serve(settings, only_web=only is not None))


@app.command()
def qr(
    campaign: Annotated[str, typer.Argument(help="A campaign of data/campaigns.yaml.")],
    form: Annotated[str, typer.Option("--format", metavar="png|svg|pdf", help="Kind of file.")] = "png",
    out: Annotated[Path | None, typer.Option(help="The file; - for the standard output.")] = None,
) -> None:
    """Draw a campaign's QR code, and print its link.

    Example: `clinicbot qr poster --format pdf --out poster.pdf`.
    """
    from bot.qr import CodeFormat, deep_link, draw_code

    settings = _settings(None)
    _known(form, list(CodeFormat), "format")
    campaigns = _read(None).catalogue.campaigns
    _known(campaign, campaigns, "campaign")
    if settings.bot_username is None:
        raise OperatorError(
            "BOT_USERNAME is missing: put the bot's name (without @) into .env or the environment."
        )
    link = deep_link(settings.bot_username, campaigns[campaign].payload or campaign)
    code = draw_code(link, CodeFormat(form))
    if out == Path("-"):
        sys.stdout.buffer.write(code)
        sys.stderr.write(f"{link}\n")
        return
    file = out or Path(f"{campaign}.{form}")
    try:
        file.write_bytes(code)
    except OSError as error:
        raise OperatorError(f"{file} can't be written: {error.strerror or error}.") from None
    sys.stdout.write(f"{link}\n{file}\n")


@app.command()
def graph(
    flow: Annotated[str, typer.Argument(help="A flow, such as consult.")], path: PathArgument = None
) -> None:
    """Draw a flow as a Mermaid diagram.

    Example: `clinicbot graph consult > consult.mmd`; GitHub and many editors show it as a picture.
    """
    from bot.authoring.diagram import mermaid
    from bot.reading import book_of

    book = book_of(_read(path), staff_chat=None)
    _known(flow, book.flows, "flow")
    sys.stdout.write(mermaid(book.flows[flow]))


@app.command()
def extract(path: PathArgument = None) -> None:
    """Write flows/locale/clinic.pot: every text that can be translated, with its place.

    Example: `clinicbot extract`, then `msginit -i flows/locale/clinic.pot -l de`.
    """
    from bot.authoring.extract import write_template
    from bot.reading import book_of

    reading = _read(path)
    book = book_of(reading, staff_chat=None)
    file = _settings(path).flows_dir / "locale" / "clinic.pot"
    try:
        count = write_template(book, reading.catalogue, file)
    except OSError as error:
        raise OperatorError(f"{file} can't be written: {error.strerror or error}.") from None
    sys.stdout.write(f"{_count(count, 'text')} in {file}\n")


@app.command()
def migrate() -> None:
    """Make the database, or bring it up to date, and give the present flows and data their number.

    Example: `clinicbot migrate` before each `clinicbot run`; on SQLite `run` does it too. On PostgreSQL processes
    that run go on meanwhile.
    """
    import asyncio

    sys.stdout.write(f"{asyncio.run(_migrate())}\n")


async def _migrate() -> str:
    import os
    from datetime import UTC, datetime

    from bot.databases import migrate
    from bot.settings import read_settings

    settings = read_settings()
    number = await migrate(settings, os.environ, lambda: datetime.now(UTC))
    where = settings.database_url.rpartition("@")[2]
    return f"{where} is up to date; the present flows and data are book {number}"


register(app)


def _settings(path: Path | None) -> Settings:
    from bot.settings import read_settings

    settings = read_settings()
    if path is None:
        return settings
    if not path.is_dir():
        raise OperatorError(f"{path} is no folder; name one that holds flows/ and data/.")
    return settings.model_copy(update={"flows_dir": path / "flows", "data_dir": path / "data"})


def _read(path: Path | None, *, prove: bool = False) -> Reading:
    from bot.reading import read_clinic

    return read_clinic(_settings(path), prove=prove)


def _proven(reading: Reading) -> str:
    """How far the rules of the flows were held against all paths."""
    proof = reading.proof
    if proof is None:
        return "; never and always not walked"
    walked = f"{proof.positions:,} positions, {proof.classes} classes, {proof.seconds:.1f} s"
    return f"; never and always: {walked}"


def _known(word: str, known: object, kind: str) -> None:
    """Raise an OperatorError that lists what there is, unless `word` is among it."""
    from collections.abc import Iterable

    from bot.authoring.issue import nearest

    assert isinstance(known, Iterable)
    names = sorted(str(name) for name in known)
    if word in names:
        return
    near = nearest(word, names)
    guess = f" Did you mean {near}?" if near else ""
    there = f" There are: {', '.join(names)}." if names else f" There is no {kind} at all."
    raise OperatorError(f"There is no {kind} {word}.{guess}{there}")


def _instant(written: str) -> datetime:
    from datetime import UTC, datetime

    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise OperatorError(f"--now {written} is no instant; write one like 2026-12-01T09:30+00:00.") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
