"""The ids under which Telegram has pictures: a small file each, beside the picture. Losing one costs an upload."""

from __future__ import annotations

import logging
from pathlib import Path

from bot.drawing.drawer import write_whole

log = logging.getLogger(__name__)

_LONGEST = 512


class FileIds:
    """By picture and bot: an id is of use to one bot only.

    Args:
        folder: Where they are kept over a restart; None: nowhere.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[str, str] = {}

    def get(self, picture: str, bot: str) -> str | None:
        """The id, or None while there is none."""
        name = f"{picture}.{bot}.id"
        if name not in self._known and self._folder is not None:
            try:
                found = (self._folder / name).read_text("ascii").strip()
            except (OSError, ValueError):
                found = ""
            if 0 < len(found) <= _LONGEST:
                self._known[name] = found
        return self._known.get(name)

    def put(self, picture: str, bot: str, file_id: str) -> None:
        """Keep an id."""
        name = f"{picture}.{bot}.id"
        self._known[name] = file_id
        if self._folder is None:
            return
        try:
            write_whole(self._folder / name, file_id.encode("ascii"))
        except (OSError, ValueError) as error:
            log.warning("a picture's id is kept until the next start only: %s", type(error).__name__)

    def drop(self, picture: str, bot: str) -> None:
        """Forget an id that Telegram refuses."""
        name = f"{picture}.{bot}.id"
        self._known.pop(name, None)
        if self._folder is None:
            return
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            log.warning("a picture's id can't be removed: %s", type(error).__name__)
