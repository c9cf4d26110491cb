"""Texts that a language has no translation of. Only warnings: people then read the source language."""

from __future__ import annotations

from bot.authoring.checks.world import TABLE_FILES, World
from bot.authoring.node import Place
from bot.authoring.translation import Catalogs, texts_of
from bot.engine.model import Book


def check_translations(world: World, book: Book, catalogs: Catalogs) -> None:
    """Each language that has a catalog, but for the source language."""
    texts = list(texts_of(book))
    for language in catalogs.languages:
        if language == world.names.languages[0]:
            continue
        for entry in catalogs.missing(language, texts):
            found = _place(world, entry.place)
            if found is not None:
                file, place = found
                message = f"no {language} for `{entry.text[:40].strip()}`"
                mend = f"translate {entry.place} in flows/locale/{language}"
                world.issues.add(file, place, "translation:missing", message, mend)


def _place(world: World, context: str) -> tuple[str, Place] | None:
    """Where the text of a gettext context stands; None for the bot's own texts."""
    parts = context.split(".")
    for length in (2, 1):
        source = world.names.sources.get(".".join(parts[:length]))
        if source is not None and len(parts) > length:
            return source.file, source.node.key("states", parts[length])
    if parts[0] in TABLE_FILES and len(parts) > 1:
        row = world.row_place(parts[0], parts[1])
        return None if row is None else (row[0], row[1].at(parts[2] if len(parts) > 2 else "id"))
    return None
