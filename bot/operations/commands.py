"""The operator's commands. Each imports what it needs when it runs, as in `bot.cli`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import OperatorError

if TYPE_CHECKING:
    from bot.engine.session import Person
    from bot.store.verify import Verified

ChatOption = Annotated[int | None, typer.Option("--chat", metavar="ID", help="Telegram's number of their chat.")]
CodeOption = Annotated[
    str | None, typer.Option("--code", metavar="CODE", help="Their code: on every card, and in what /find sends.")
]


def register(app: typer.Typer) -> None:
    """Add them to the program's."""
    for name, command in (
        *(("backup", backup), ("restore", restore), ("import", import_), ("doctor", doctor)),
        *(("export", export), ("forget", forget)),
    ):
        app.command(name)(command)


def backup(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Where to; else backups/ beside the database.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="DIR", help="Another folder for the copy of the keys.")
    ] = None,
) -> None:
    """Back the database up while the bot runs: the data as a dated file, the keys as one file, always replaced.

    Example: `clinicbot backup /mnt/backup`, each night. Both files are encrypted; `DATA_KEY` is in neither, so
    keep it elsewhere. Keep as many of the dated files as you like, and of the keys only the newest: then whoever
    was forgotten since can be read in no backup. What it writes can be restored into SQLite and PostgreSQL alike.
    """
    import asyncio
    import os
    from datetime import UTC, datetime

    from bot.operations.backup import back_up
    from bot.operations.places import backup_folder
    from bot.operations.progress import ProgressLines
    from bot.settings import read_settings

    settings = read_settings()
    to = folder or backup_folder(settings.database_url)
    now = datetime.now(UTC)
    done = asyncio.run(back_up(settings, os.environ, to, now, keys_folder=keys, progress=ProgressLines()))
    sys.stdout.write(f"{done.data}\n{done.keys}\n")
    sys.stderr.write(f"Backed up and verified: {_people(done.verified)}.\n")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A dated file that `backup` has written.")],
    keys: Annotated[
        Path | None,
        typer.Option("--keys", metavar="FILE", help="The newest copy of the keys; else the one beside FILE."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also when the database holds people; they are kept aside.")
    ] = False,
) -> None:
    """Put a backup in the place of the database that DATABASE_URL names. Stop the bot first.

    Example: `clinicbot restore /mnt/backup/clinic-2026-12-01T03-00-00Z.db`. An older file with the newest keys
    brings everyone back but those who were forgotten since. What was there is kept aside, and everything is
    verified before it is replaced.
    """
    import asyncio
    import os
    from datetime import UTC, datetime

    from bot.operations.progress import ProgressLines
    from bot.operations.restore import restore as put_back
    from bot.settings import read_settings

    now = datetime.now(UTC)
    done = asyncio.run(
        put_back(read_settings(), os.environ, file, now, keys=keys, replace=replace, progress=ProgressLines())
    )
    sys.stdout.write(f"{done.where}: {_people(done.verified)}\n")
    if done.aside is not None:
        sys.stderr.write(f"What was there before is kept in {done.aside}. Remove it once all is well.\n")
    sys.stderr.write(
        "What happened after the backup was made is not in it. Now: clinicbot doctor, clinicbot run.\n"
    )


def import_(
    source: Annotated[str, typer.Argument(metavar="SQLITE", help="The SQLite file, or its sqlite:/// URL.")],
) -> None:
    """Move from SQLite to PostgreSQL: put the file into the database that DATABASE_URL names. Stop the bot first.

    Example: `DATABASE_URL=postgresql://… clinicbot import var/clinic.db`. All of it comes over in one transaction,
    or nothing does; then start it anew. Both databases have the same DATA_KEY: nothing is encrypted anew.
    The file stays as it is. A database that holds people already is refused.
    """
    import asyncio
    import os
    from datetime import UTC, datetime

    from bot.operations.progress import ProgressLines
    from bot.operations.restore import import_database
    from bot.settings import read_settings

    now = datetime.now(UTC)
    done = asyncio.run(import_database(read_settings(), os.environ, source, now, progress=ProgressLines()))
    sys.stdout.write(f"{done.where}: {_people(done.verified)}\n")
    sys.stderr.write(
        f"Everything is in PostgreSQL. Never start the bot on {source} again: move it away."
        " Now: clinicbot migrate, clinicbot run.\n"
    )


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list, for other programs.")] = False,
    backups: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where your backups lie; else backups/ beside the database.")
    ] = None,
) -> None:
    """Look at everything that can be wrong, and say what to do: one line each. It changes nothing.

    Example: `clinicbot doctor`, with the bot running or not. Exit code 1 when something is bad.
    """
    import asyncio
    import json
    import os

    from bot.operations.doctor import Status, examine
    from bot.operations.progress import ProgressLines

    found = asyncio.run(examine(os.environ, backups=backups, progress=ProgressLines()))
    if as_json:
        sys.stdout.write(json.dumps([each.plain() for each in found], ensure_ascii=False, indent=1) + "\n")
    else:
        width = max(len(each.name) for each in found)
        for each in found:
            sys.stdout.write(f"{each.status.value:4}  {each.name:{width}}  {each.words()}\n")
    sys.stdout.flush()
    raise typer.Exit(1 if any(each.status is Status.BAD for each in found) else 0)


def export(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file; only you may read it.")],
    chat: ChatOption = None,
    code: CodeOption = None,
) -> None:
    """Write everything that is held on one person into a file, as JSON: what /export sends to them.

    Example: `clinicbot export --code K7QF --out K7QF.json`, with the bot running or not, for a patient who asks
    the clinic by letter. Make sure first that it is them. The file is not encrypted: remove it once it is handed
    over.
    """
    import asyncio
    import os

    from bot.operations.person import Wanted, export_person
    from bot.settings import read_settings

    found = asyncio.run(export_person(read_settings(), os.environ, Wanted(chat, code), out))
    sys.stdout.write(f"{out}: everything that is held on {found}\n")


def forget(
    chat: ChatOption = None,
    code: CodeOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether it is meant.")] = False,
    silent: Annotated[
        bool,
        typer.Option("--silent", help="Say nothing in their chat, such as when it isn't theirs any more."),
    ] = False,
) -> None:
    """Erase one person for good, as /delete does: the key first, then everything of theirs; the chat is told.

    Example: `clinicbot forget --code K7QF`, for a patient who asks the clinic by letter. It shows whom it has
    found, in counts, and asks. On SQLite stop the bot first; on PostgreSQL it may run. Then make a backup, so that
    the copy of the keys has nothing of theirs either. Nobody can undo it.
    """
    import asyncio
    import os
    from datetime import UTC, datetime

    from bot.operations.person import Wanted, forget_person
    from bot.settings import read_settings

    wanted = Wanted(chat, code)
    if not yes and not sys.stdin.isatty():
        raise OperatorError("Nobody is here to be asked whether it is meant; nothing was changed. Add --yes.")
    found = asyncio.run(
        forget_person(
            read_settings(),
            os.environ,
            wanted,
            lambda: datetime.now(UTC),
            may=lambda person: _is_meant(person, is_asked=not yes),
            is_silent=silent,
        )
    )
    if found is None:
        raise OperatorError("Nothing was changed.")
    sys.stdout.write(f"{found} is forgotten\n")
    sys.stderr.write(
        "What staff were sent in their private chats is theirs to clear; a record of the treatment kept elsewhere"
        " is untouched. Now: clinicbot backup.\n"
    )


def _is_meant(person: Person, *, is_asked: bool) -> bool:
    from bot.operations.person import summary

    sys.stderr.write(f"{summary(person)}\n")
    return not is_asked or typer.confirm("Erase all of it for good?", err=True)


def _people(verified: Verified) -> str:
    from bot.store.tables import people

    words = people(verified.people)
    if verified.newest is not None:
        words += f", last changed {verified.newest:%Y-%m-%d %H:%M} UTC"
    if verified.forgotten:
        words += f"; {verified.forgotten} forgotten since, and left out"
    return words
