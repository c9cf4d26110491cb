"""Every text that can be translated, as a gettext template: of flows, of data, and the program's own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from bot.authoring.translation import Entry, template, texts_of
from bot.clinic.catalogue import Catalogue
from bot.engine import phrases
from bot.engine.model import Book

OWN_ROOMS = ("bot.actions", "bot.authoring", "bot.desk")
"""Where sentences of our own stand in code, as `Phrase("place", "text")`."""
COURSE_PARTS = ("usual", "do", "avoid", "call")


def write_template(book: Book, catalogue: Catalogue, file: Path) -> int:
    """Write `file` (.pot) with every text of the book, its data and the program; the number of texts comes back.

    Raises:
        OSError: The file or its folder can't be written.
    """
    entries = list(dict.fromkeys(entries_of(book, catalogue)))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(template(entries, "skin-clinic-bot", "1"))
    return len(entries)


def entries_of(book: Book, catalogue: Catalogue) -> Iterator[Entry]:
    """All texts with their places, as wording will look them up."""
    yield from texts_of(book)
    yield from _data_texts(catalogue)
    yield from texts_of(tuple(vars(phrases).values()))
    for room in OWN_ROOMS:
        for module in sorted(files(room).iterdir(), key=lambda found: found.name):
            if module.name.endswith(".py"):
                yield from _phrases_in(module.read_text(encoding="utf-8"))


def _data_texts(catalogue: Catalogue) -> Iterator[Entry]:
    for treatment in catalogue.treatments.values():
        yield from _named("treatments", treatment.id, treatment.label, treatment.name)
        for name, topic in treatment.topics.items():
            yield Entry(f"treatments.{treatment.id}.{name}", topic.text)
    for concern in catalogue.concerns.values():
        yield from _named("concerns", concern.id, concern.label, concern.name)
        if concern.heads_up:
            yield Entry(f"concerns.{concern.id}.heads_up", concern.heads_up)
    for precaution in catalogue.precautions.values():
        yield from _named("precautions", precaution.id, precaution.label, precaution.name)
        if precaution.note:
            yield Entry(f"precautions.{precaution.id}.note", precaution.note)
    for sign in catalogue.signs.values():
        yield from _named("signs", sign.id, sign.label, sign.name)
        if sign.answer:
            yield Entry(f"signs.{sign.id}.answer", sign.answer)
    for day in catalogue.course:
        for part in COURSE_PARTS:
            yield Entry(f"recovery.{day.id}.{part}", getattr(day, part))
        if day.brief:
            yield Entry(f"recovery.{day.id}.brief", day.brief)


def _named(table: str, row: str, label: str, name: str | None) -> Iterator[Entry]:
    yield Entry(f"{table}.{row}.label", label)
    if name:
        yield Entry(f"{table}.{row}.name", name)


def _phrases_in(source: str) -> Iterator[Entry]:
    """The places and texts of `Phrase("…", "…")` calls, read without running anything."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Name(id="Phrase"),
                args=[ast.Constant(value=str(place)), ast.Constant(value=str(text)), *_],
            ):
                yield Entry(place, text)
            case _:
                pass
