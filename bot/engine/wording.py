"""Texts with their names filled in: `{name}`, `{name|fallback}`, `{name:list}`, `{name:lines}`, `{name:date}`.

The result is the small HTML that every channel can read: `<b>`, and everything else escaped. `**…**` in a text of
ours is bold; in a value it is two stars.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import escape

from babel.dates import format_date
from babel.lists import format_list

from bot.engine.model import Book, Plural, Row, Text, Translator
from bot.engine.value import Phrase, Value

Lookup = Callable[[str], Value]
FORMATS = frozenset({"", "list", "lines", "date"})
_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_MARK = re.compile(r"\{\{|\}\}|\{([^{}|:]+)(?::([a-z]+))?(?:\|([^{}]*))?\}")


@dataclass(frozen=True, slots=True)
class Mark:
    """A `{name:format|fallback}` in a template."""

    name: str
    format: str
    fallback: str | None


@lru_cache(maxsize=8192)
def parse(template: str) -> tuple[str | Mark, ...]:
    """A template as its literal parts and marks, in order; `{{` and `}}` are braces. Never fails: `check` does."""
    parts: list[str | Mark] = []
    end = 0
    for found in _MARK.finditer(template):
        parts.append(template[end : found.start()])
        end = found.end()
        if found[1] is None:
            parts.append(found[0][0])
        else:
            parts.append(Mark(found[1].strip(), found[2] or "", found[3]))
    parts.append(template[end:])
    return tuple(part for part in parts if part)


@lru_cache(maxsize=8192)
def _marked_up(template: str) -> tuple[str | Mark, ...]:
    """The parts of a template, the literal ones as HTML."""
    marked = _BOLD.sub("\x01\\1\x02", template)
    return tuple(
        escape(part, quote=False).replace("\x01", "<b>").replace("\x02", "</b>") if isinstance(part, str) else part
        for part in parse(marked)
    )


class Wording:
    """Renders texts of one book in one language.

    Args:
        book: Where rows, clinic values and translations are.
        language: Of the person.
        lookup: A name's value in the session; asked before the clinic's.
        moment: Gives the names that depend on the present instant (`clinic.open_line`); asked last, if at all.
    """

    def __init__(
        self, book: Book, language: str, lookup: Lookup, moment: Callable[[], Mapping[str, Value]]
    ) -> None:
        self.book = book
        self.language = language
        self._lookup = lookup
        self._moment = moment

    def value(self, name: str) -> Value:
        """What `name` holds: the session's, the clinic's, or the present moment's; None when nothing."""
        found = self._lookup(name)
        if found is None:
            found = self.book.clinic.get(name)
        return self._moment().get(name) if found is None else found

    def html(self, text: Text) -> str:
        """The text as HTML; paragraphs that come out empty are left out."""
        if text.source is not None:
            return self.format(self.value(text.source), "", {})
        fixed = self._fixed(text)
        if fixed is not None:
            return fixed[0]
        return "\n\n".join(filter(None, (self._paragraph(text.place, part) for part in text.paragraphs)))

    def plain(self, text: Text) -> str:
        """The text without markup, for buttons, file names and alternatives."""
        fixed = self._fixed(text) if text.source is None else None
        return plain_text(self.html(text)) if fixed is None else fixed[1]

    def _fixed(self, text: Text) -> tuple[str, str] | None:
        """The text as HTML and without markup, where nothing is to be filled in: then it is always the same."""
        try:
            return _fixed(self.book.translator, self.language, text)  # type: ignore[arg-type]
        except TypeError:  # plural forms can't be a key, and have to be chosen among
            return None

    def row_name(self, row: Row, table: str) -> str:
        """How a sentence names a row, as HTML."""
        kind = "name" if row.name != row.label else "label"
        return self._fill(self.book.translator.translate(self.language, f"{table}.{row.id}.{kind}", row.name), {})

    def _paragraph(self, place: str, part: str | Plural) -> str:
        translator = self.book.translator
        if isinstance(part, Plural):
            by = self.value(part.by)
            count = len(by) if isinstance(by, frozenset | tuple) else by if isinstance(by, int) else 0
            return self._fill(translator.translate_plural(self.language, place, part.forms, count), {})
        return self._fill(translator.translate(self.language, place, part), {})

    def _phrase(self, phrase: Phrase) -> str:
        text = self.book.translator.translate(self.language, phrase.place, phrase.text)
        return self._fill(text, phrase.args)

    def _fill(self, template: str, args: Mapping[str, Value]) -> str:
        parts = _marked_up(template)
        if len(parts) == 1 and isinstance(parts[0], str):
            return parts[0].strip()
        return "".join(part if isinstance(part, str) else self._mark(part, args) for part in parts).strip()

    def _mark(self, mark: Mark, args: Mapping[str, Value]) -> str:
        value = args.get(mark.name)
        if value is None:
            value = self.value(mark.name)
        if value is None or value == "" or (value == frozenset() and mark.fallback is not None):
            return escape(mark.fallback or "", quote=False)
        return self.format(value, mark.format, args)

    def format(self, value: Value, form: str, args: Mapping[str, Value]) -> str:
        """A value as HTML, in one of FORMATS; `args` are asked first for names inside a Phrase."""
        match value:
            case Phrase():
                return self._phrase(value if not args else Phrase(value.place, value.text, {**args, **value.args}))
            case tuple():
                words = [self.format(part, "", args) for part in value]
                return "\n".join(f"• {word}" for word in words) if form == "lines" else self._list(words)
            case frozenset():
                words = [self._named(table, row) for table, row in self._rows(value)]
                return "\n".join(f"• {word}" for word in words) if form == "lines" else self._list(words)
            case date():
                return escape(spoken_date(value, self.language, self.book.date_order), quote=False)
            case bool():
                return "yes" if value else "no"
            case str() if form in {"list", "lines"}:
                return self._list([self._named(table, row) for table, row in self._rows(frozenset({value}))])
            case float() if value.is_integer():
                return str(int(value))
            case None:
                return ""
            case _:
                return escape(clean(str(value)), quote=False)

    def _named(self, table: str, row: Row) -> str:
        return self.row_name(row, table)

    def _rows(self, ids: frozenset[str]) -> Iterable[tuple[str, Row]]:
        seen: set[str] = set()
        for table, rows in self.book.tables.items():
            for row in rows.values():
                if row.id in ids and row.id not in seen:
                    seen.add(row.id)
                    yield table, row

    def _list(self, words: list[str]) -> str:
        return str(format_list(words, locale=self.language)) if words else ""


@lru_cache(maxsize=8192)
def _fixed(translator: Translator, language: str, text: Text) -> tuple[str, str] | None:
    parts = [_marked_up(translator.translate(language, text.place, str(part))) for part in text.paragraphs]
    if any(not isinstance(part, str) for marked in parts for part in marked):
        return None
    html = "\n\n".join(filter(None, ("".join(map(str, marked)).strip() for marked in parts)))
    return html, plain_text(html)


def spoken_date(day: date, language: str, order: str) -> str:
    """A date as one says it: "Saturday 26 December 2026" (`order` dmy) or "Saturday, December 26, 2026" (mdy)."""
    return str(format_date(day, "EEEE d MMMM y" if order == "dmy" else "EEEE, MMMM d, y", locale=language))


_CONTROLS = dict.fromkeys(
    [code for code in range(32) if code not in (9, 10)]
    + [0x7F, 0x200E, 0x200F, 0x061C, 0xFEFF]
    + list(range(0x202A, 0x202F))
    + list(range(0x2066, 0x206A))
)


def clean(text: str) -> str:
    """Text of somebody else's without control characters, direction overrides and lone surrogates."""
    return text.translate(_CONTROLS).encode("utf-8", "ignore").decode()


_TAG = re.compile(r"</?[bi]>")


def plain_text(html: str) -> str:
    """What a reader sees of our HTML."""
    text = _TAG.sub("", html)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
