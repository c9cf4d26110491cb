"""What /export sends: a page that a person can read, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape

from bot.desk.cards import row_name
from bot.engine.effect import ExportPerson, SendDocument
from bot.engine.model import Book
from bot.engine.session import Person
from bot.ids import contact_code

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>What {clinic} holds on you</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
       color: #222; background: #fff; }}
h2 {{ margin-top: 2rem; border-bottom: 1px solid #ccc; }} dt {{ font-weight: 600; margin-top: .5rem; }}
dd {{ margin-left: 1rem; }} @media (prefers-color-scheme: dark) {{ body {{ color: #eee; background: #181818; }} }}
</style></head><body>
<h1>What {clinic} holds on you</h1>
<p>Your code: <strong>{code}</strong>. To have all of this deleted, send /delete to the bot.
Questions: {privacy_contact}.</p>
{body}
</body></html>
"""


def export_documents(
    held: Mapping[str, object], effect: ExportPerson, person: Person, book: Book
) -> tuple[SendDocument, SendDocument]:
    """The page and the JSON of `held` (everything that the store keeps on the person)."""
    body = "\n".join(_section(name, value, book) for name, value in held.items() if value not in (None, [], {}))
    page = _PAGE.format(
        clinic=escape(str(book.clinic.get("clinic.name", "the clinic"))),
        code=contact_code(person.contact.id),
        privacy_contact=escape(str(book.clinic.get("clinic.privacy_contact", ""))),
        body=body,
    )
    raw = export_json(held)
    return (
        SendDocument(effect.page_number, "my-data.html", "text/html", page, "All that is held on you, to read."),
        SendDocument(effect.json_number, "my-data.json", "application/json", raw, "The same, for a computer."),
    )


def export_json(held: Mapping[str, object]) -> str:
    """`held` as JSON."""
    return json.dumps(held, ensure_ascii=False, indent=2, sort_keys=True, default=str)


def _section(name: str, value: object, book: Book) -> str:
    return f"<h2>{escape(_words(name))}</h2>\n{''.join(_lines(value, book))}"


def _lines(value: object, book: Book) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield "<dl>"
        for key, inner in value.items():
            if inner not in (None, "", [], {}, ()):
                yield f"<dt>{escape(_words(str(key)))}</dt><dd>{''.join(_lines(inner, book))}</dd>"
        yield "</dl>"
    elif isinstance(value, list | tuple):
        yield "<ul>"
        for inner in value:
            yield f"<li>{''.join(_lines(inner, book))}</li>"
        yield "</ul>"
    else:
        text = str(value)
        named = row_name(book, text)
        yield escape(text if named == text else f"{named} ({text})")


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
