"""`doctor`: every check on its own, so that one that fails or hangs hides no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bot.operations.doctor_machine import (
    INTEGRITY_SECONDS,
    check_backups,
    check_database,
    check_disk,
    check_files,
    check_key,
    check_sqlite,
)
from bot.operations.doctor_telegram import check_telegram
from bot.operations.finding import Finding, Status, bad, checked, ok
from bot.settings import read_usable_settings
from bot.store.tables import Progress, quiet

__all__ = ["Status", "examine"]

TELEGRAM_SECONDS = 45.0


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


async def examine(
    environ: Mapping[str, str],
    *,
    backups: Path | None = None,
    progress: Progress = quiet,
    now: Callable[[], datetime] = utc_now,
) -> list[Finding]:
    """Everything that is found, in the order of the lines.

    Args:
        environ: Where the config folder is.
        backups: Where backups lie, if not in their usual place.
        progress: Told how far a long check is.
        now: Aware UTC clock.
    """
    settings, problems = read_usable_settings()
    found = [bad("settings", each, "See .env.example; until then the default counts.") for each in problems]
    if not found:
        found = [ok("settings", "every variable can be used")]

    async def at_once(*findings: Finding) -> list[Finding]:
        return list(findings)

    if any(each.startswith("BOT_API_URL") for each in problems):  # the token is for nobody else to see
        why = "it can't be asked about while BOT_API_URL is wrong"
        telegram = at_once(bad("token", why, "Mend that first."))
    else:
        telegram = check_telegram(settings, now)
    parts = await asyncio.gather(
        checked("flows, data", check_files(settings)),
        checked("token", telegram, seconds=TELEGRAM_SECONDS),
        checked("key", at_once(check_key(settings, environ))),
        checked("database", check_database(settings, environ, progress), seconds=INTEGRITY_SECONDS * 2.5),
        checked("SQLite", at_once(check_sqlite())),
        checked("disk", check_disk(settings)),
        checked("backup", check_backups(settings, backups, now())),
    )
    return [*found, *(each for part in parts for each in part)]
