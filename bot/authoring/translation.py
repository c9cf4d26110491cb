"""Translations: gettext catalogs beside the flows, looked up by the text's place.

`flows/locale/<language>/LC_MESSAGES/clinic.po` (or the compiled `clinic.mo`, where there is no .po). The place,
such as `consult.aims.ask`, is the gettext context, so that one word can be translated differently in two places.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

from bot.engine.model import Book, Plural, Row, Text
from bot.engine.value import Phrase

DOMAIN = "clinic"


@dataclass(frozen=True, slots=True)
class CatalogBroken:
    """A catalog that can't be read: which, where (line from 1), and why."""

    file: str
    line: int
    reason: str


class _Untranslated(NullTranslations):
    """Asked when a catalog has nothing: says so by an empty text."""

    def pgettext(self, context: str, message: str) -> str:
        _ = context, message
        return ""

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        _ = context, msgid1, msgid2, n
        return ""


class Catalogs:
    """All languages of a folder. Implements the engine's `Translator`.

    Args:
        folder: `flows/locale`; it may be missing.

    Attributes:
        broken: Catalogs that can't be read; their languages are left out.
    """

    def __init__(self, folder: Path) -> None:
        found = {path.name: _read(path) for path in _languages(folder)}
        self.broken = tuple(each for each in found.values() if isinstance(each, CatalogBroken))
        self._catalogs = {name: each for name, each in found.items() if not isinstance(each, CatalogBroken)}

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that have a catalog, in order of their names."""
        return tuple(sorted(self._catalogs))

    def translate(self, language: str, place: str, text: str) -> str:
        """The text in `language`; the text itself when that has no finished translation of it."""
        catalog = self._catalog(language)
        return text if catalog is None else catalog.pgettext(place, text) or text

    def translate_plural(self, language: str, place: str, forms: Mapping[str, str], count: int) -> str:
        """The form for `count`: by the rules of `language` where it is translated, else by those of English."""
        catalog = self._catalog(language)
        one, other = forms.get("one", forms["other"]), forms["other"]
        found = catalog.npgettext(place, one, other, abs(count)) if catalog is not None else ""
        return found or (one if count == 1 else other)

    def missing(self, language: str, wanted: Iterable[Entry]) -> list[Entry]:
        """Those of `wanted` that `language` has no finished translation of."""
        catalog = self._catalog(language)
        return [entry for entry in wanted if catalog is None or not _has(catalog, entry)]

    def _catalog(self, language: str) -> NullTranslations | None:
        found = self._catalogs.get(language)
        return found or self._catalogs.get(language.replace("-", "_").split("_")[0])


def _has(catalog: NullTranslations, entry: Entry) -> bool:
    if entry.plural is None:
        return catalog.pgettext(entry.place, entry.text) != ""
    return catalog.npgettext(entry.place, entry.text, entry.plural, 1) != ""


def _languages(folder: Path) -> list[Path]:
    if not os.access(folder, os.R_OK | os.X_OK):
        return []
    found = [
        path.parent.parent for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.*") if path.suffix in {".po", ".mo"}
    ]
    return sorted(set(found))


def _read(folder: Path) -> NullTranslations | CatalogBroken:
    """The language's catalog. A .po is compiled in memory: so plurals follow the same rules whichever there is."""
    source = folder / "LC_MESSAGES" / f"{DOMAIN}.po"
    compiled = source.with_suffix(".mo")
    try:
        if source.exists():
            file = io.BytesIO()
            with source.open("rb") as written:
                write_mo(file, read_po(written, locale=folder.name, domain=DOMAIN, abort_invalid=True))
            file.seek(0)
        else:
            file = io.BytesIO(compiled.read_bytes())
        catalog = GNUTranslations(file)  # type: ignore[arg-type, unused-ignore]
    except PoFileError as error:
        reason = str(error.args[0]).removesuffix(f" on {error.lineno}")  # Babel counts lines from 0
        return CatalogBroken(str(source), error.lineno + 1, reason)
    except (ValueError, LookupError, OSError, TypeError, struct.error) as error:
        broken = source if source.exists() else compiled
        return CatalogBroken(str(broken), 1, f"this is no gettext catalog ({error})")
    catalog.add_fallback(_Untranslated())
    return catalog


@dataclass(frozen=True, slots=True)
class Entry:
    """A text to be translated, with its place; `plural` is its other form."""

    place: str
    text: str
    plural: str | None = None


def texts_of(found: object) -> Iterator[Entry]:
    """Every text in a book, or in any part of one, with its place; each once, in the order of the book."""
    seen: set[Entry] = set()
    for entry in _walk(found):
        if entry not in seen and entry.place:
            seen.add(entry)
            yield entry


def _walk(found: object, table: str = "") -> Iterator[Entry]:
    match found:
        case Text():
            for part in found.paragraphs:
                if isinstance(part, Plural):
                    yield Entry(found.place, part.forms.get("one", part.forms["other"]), part.forms["other"])
                else:
                    yield Entry(found.place, part)
        case Phrase():
            yield Entry(found.place, found.text)
            yield from _walk(found.args)
        case Row():
            yield Entry(f"{table}.{found.id}.label", found.label)
            if found.name != found.label:
                yield Entry(f"{table}.{found.id}.name", found.name)
        case Book():
            yield from _walk(found.flows)
            for name, rows in found.tables.items():
                for row in rows.values():
                    yield from _walk(row, name)
            yield from _walk(found.questions)
            yield from _walk(found.banner)
            yield from _walk(found.clinic)
        case str() | bytes():
            return
        case Mapping():
            for value in found.values():
                yield from _walk(value)
        case list() | tuple():
            for value in found:
                yield from _walk(value)
        case _ if is_dataclass(found):
            for each in fields(found):
                yield from _walk(getattr(found, each.name))


def template(entries: Iterable[Entry], project: str, version: str) -> bytes:
    """The `.pot` file of `entries`. Equal entries give equal bytes: it carries no time."""
    catalog = Catalog(project=project, version=version, domain=DOMAIN, header_comment=_HEADER, fuzzy=False)
    for entry in entries:
        ids = entry.text if entry.plural is None else (entry.text, entry.plural)
        catalog.add(ids, context=entry.place)
    file = io.BytesIO()
    write_po(file, catalog, width=110, omit_header=False, sort_output=False)
    lines = file.getvalue().decode().splitlines(keepends=True)
    return "".join(
        line for line in lines if "POT-Creation-Date" not in line and "-Revision-Date" not in line
    ).encode()


_HEADER = "# Texts of the flows and the clinic's data. msgctxt is where a text stands."
