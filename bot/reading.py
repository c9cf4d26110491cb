"""A clinic's folders, read as the settings name them. Stands alone, so that `check` loads nothing that sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.actions.registry import make_actions
from bot.authoring.book import Reading, read_book
from bot.authoring.tables import make_moment
from bot.authoring.translation import Catalogs
from bot.clinic.catalogue import Catalogue
from bot.clinic.rows import Closed
from bot.engine.model import Book
from bot.errors import AuthorError
from bot.settings import Settings


def read_clinic(
    settings: Settings, *, prove: bool = False, levels: str | None = None, photos: bool | None = None
) -> Reading:
    """Flows and data as the settings name them, with their translations and everything wrong with them.

    `prove` also holds `never` and `always` against all paths: for `check`; a start need not wait for it.
    `levels` and `photos` stand in for the settings of these names in clinic.yaml.
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
        photos=photos,
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


def with_closed(book: Book, catalogue: Catalogue, closed: Sequence[Closed]) -> Book:
    """The book with more days on which every location is closed: for hours in words and for promised times."""
    if catalogue.clinic is None:
        return book
    places = [
        place.model_copy(update={"closed_on": [*place.closed_on, *closed]}) for place in catalogue.clinic.locations
    ]
    clinic = catalogue.clinic.model_copy(update={"locations": places})
    actions = make_actions(replace(catalogue, clinic=clinic))
    return replace(book, actions=actions, moment=make_moment(clinic))
