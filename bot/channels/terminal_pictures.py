"""Pictures of a chat in the terminal: drawn like those for Telegram, and shown by the file they are in."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.drawing.drawer import Drawer, NotDrawn, write_whole
from bot.engine.effect import SendPicture


class PictureFiles:
    """Where a chat's pictures are.

    Args:
        drawer: Keeps those that show nobody's own answers.
        personal: A folder for the others; whoever made it removes it when the chat ends.
    """

    def __init__(self, drawer: Drawer, personal: Path) -> None:
        self._drawer = drawer
        self._personal = personal

    async def path(self, effect: SendPicture) -> str:
        """The picture's file; for one of the data folder its path there.

        Raises:
            NotDrawn: It can't be drawn or written.
        """
        if effect.drawing is None:
            return effect.path
        if not effect.drawing.is_personal:
            return str(await self._drawer.kept(effect.drawing))
        path = self._personal / f"{effect.drawing.name}.png"
        content = await self._drawer.draw(effect.drawing)
        try:
            await asyncio.to_thread(write_whole, path, content)
        except OSError as error:
            raise NotDrawn(f"it can't be written: {type(error).__name__}") from error
        return str(path)
