"""A clinic's folders, read as the settings name them. Stands alone, so that `check` loads nothing that sends."""

from __future__ import annotations

from dataclasses import replace

from bot.actions.registry import make_actions
from bot.authoring.book import Reading, read_book
from bot.authoring.translation import Catalogs
from bot.engine.model import Book
from bot.errors import AuthorError
from bot.settings import Settings


def read_clinic(settings: Settings, *, prove: bool = False, levels: str | None = None) -> Reading:
    """Flows and data as the settings name them, with their translations and everything wrong with them.

    `prove` also holds `never` and `always` against all paths: for `check`; a start need not wait for it.
    `levels` stands in for the setting of that name in clinic.yaml.
    """
    catalogs = Catalogs(settings.flows_dir / "locale")
    return read_book(
        settings.flows_dir,
        settings.data_dir,
        make_actions,
        environ={"PRESENTATION": settings.presentation.value},
        translator=catalogs,
        languages=("en", *(code for code in catalogs.languages if code != "en")),
        prove=prove,
        levels=levels,
    )


def book_of(reading: Reading, *, staff_chat: int | None) -> Book:
    """The book that came of reading.

    Raises:
        AuthorError: Something in flows or data is wrong; the text is what `check` prints.
    """
    if reading.book is None:
        found = "\n".join(str(issue) for issue in reading.errors)
        raise AuthorError(f"{found}\nNothing was started. `python -m bot check` shows this list again.")
    return replace(reading.book, clinic={**reading.book.clinic, "clinic.staffed": staff_chat is not None})
