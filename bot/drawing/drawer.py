"""Pictures, drawn by a child process that lives for one picture: the bot's own process loads no drawing library.

What shows nobody's own answers is kept in a folder by its content, so that it is drawn once; what does is handed
over through pipes and never written down.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from bot.engine.effect import Drawing

log = logging.getLogger(__name__)

VERSION = 1
"""Of how pictures look: with a higher one all are drawn anew."""
DRAW_SECONDS = 20.0
AHEAD_SECONDS = 600.0
"""Of one that nobody waits for: on a busy machine the lowest priority gets little."""
BEHIND, LAST = 10, 19
"""How far children stand back: for somebody who waits, and for nobody yet."""
AGAIN_AFTER_SECONDS = 600.0
"""After a failure nobody waits for the same picture again for so long."""
CHILD = (sys.executable, "-m", "bot.drawing.child")
_PNG = b"\x89PNG\r\n\x1a\n"
_ROOT = Path(__file__).resolve().parents[2]


def cache_folder(environ: Mapping[str, str]) -> Path | None:
    """The user's own folder for what can always be drawn again; None where the environment names no home."""
    cache, home = environ.get("XDG_CACHE_HOME") or "", environ.get("HOME") or environ.get("USERPROFILE") or ""
    if Path(cache).is_absolute():
        return Path(cache) / "skin-clinic-bot" / "pictures"
    return Path(home) / ".cache" / "skin-clinic-bot" / "pictures" if home else None


class NotDrawn(Exception):
    """There is no picture; its words have to do. The text holds nothing of what it shows."""


class Drawer:
    """Draws one picture at a time.

    Args:
        folder: Where pictures are kept; None: nowhere. It is made when it is needed.
        seconds: A child that takes longer is ended.
        command: The child; it reads a drawing as JSON and writes a PNG. Its argument is how far it stands back.
    """

    def __init__(
        self, folder: Path | None, *, seconds: float = DRAW_SECONDS, command: Sequence[str] = CHILD
    ) -> None:
        self._folder = folder
        self._seconds = seconds
        self._command = tuple(command)
        self._turn = asyncio.Lock()
        self._failed: dict[str, float] = {}

    @staticmethod
    def key(drawing: Drawing) -> str:
        """Names a picture by what it shows and by how pictures look now."""
        return f"{drawing.name}-v{VERSION}"

    async def kept(self, drawing: Drawing) -> Path:
        """The file that holds a picture, drawn now if it has never been.

        Raises:
            NotDrawn: Drawing or keeping it failed, a moment ago perhaps; or it is not to be kept.
        """
        if self._folder is None or drawing.is_personal:
            raise NotDrawn("it is not kept")
        path = self._path(self._folder, drawing)
        async with self._turn:
            if not path.is_file():
                await self._keep(path, await self._draw(drawing))
        return path

    async def keep_ahead(self, drawings: Iterable[Drawing]) -> None:
        """Draw what people will be shown, one after another, with the lowest priority; what is kept is passed.

        Nobody waits for it: whoever needs one meanwhile has it drawn at once. A failure is one line in the log.
        """
        if self._folder is None:
            return
        for drawing in drawings:
            path = self._path(self._folder, drawing)
            if path.is_file():
                continue
            try:
                await self._keep(path, await self._ask_child(drawing, AHEAD_SECONDS, LAST))
            except (OSError, NotDrawn) as error:
                log.warning("pictures are not drawn ahead, but when they are needed: %s", _reason(error))
                return

    async def draw(self, drawing: Drawing) -> bytes:
        """A picture as PNG, in memory only.

        Raises:
            NotDrawn: It can't be drawn.
        """
        async with self._turn:
            return await self._draw(drawing)

    def _path(self, folder: Path, drawing: Drawing) -> Path:
        return folder / f"{self.key(drawing)}.png"

    async def _keep(self, path: Path, content: bytes) -> None:
        try:
            await asyncio.to_thread(write_whole, path, content)
        except OSError as error:
            raise NotDrawn(f"it can't be kept: {type(error).__name__}") from error

    async def _draw(self, drawing: Drawing) -> bytes:
        if time.monotonic() < self._failed.get(drawing.kind, 0.0):
            raise NotDrawn("it failed a moment ago")
        try:
            content = await self._ask_child(drawing, self._seconds, BEHIND)
        except (OSError, NotDrawn) as error:
            reason = _reason(error)
            log.warning("a picture of kind %s was not drawn, its words go alone: %s", drawing.kind, reason)
            self._failed[drawing.kind] = time.monotonic() + AGAIN_AFTER_SECONDS
            raise NotDrawn(reason) from error
        self._failed.pop(drawing.kind, None)
        return content

    async def _ask_child(self, drawing: Drawing, seconds: float, back: int) -> bytes:
        asked = json.dumps({"kind": drawing.kind, "content": json.loads(drawing.content)}).encode()
        if self._folder is not None:
            await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        child = await asyncio.create_subprocess_exec(
            *self._command, str(back), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=self._environment()
        )
        try:
            async with asyncio.timeout(seconds):
                content, _ = await child.communicate(asked)
        except TimeoutError:
            raise NotDrawn(f"it took longer than {seconds:g} s") from None
        finally:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if child.returncode or not content.startswith(_PNG):
            raise NotDrawn(f"the child ended with {child.returncode}")
        return content

    def _environment(self) -> dict[str, str]:
        """Nothing of ours: no token, no key. The library keeps its list of fonts beside the pictures."""
        known = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
        fonts = self._folder or Path(tempfile.gettempdir()) / f"clinicbot-fonts-{os.getpid()}"
        return known | {"PYTHONPATH": str(_ROOT), "MPLCONFIGDIR": str(fonts), "PYTHONDONTWRITEBYTECODE": "1"}


def _reason(error: OSError | NotDrawn) -> str:
    return str(error) if isinstance(error, NotDrawn) else type(error).__name__


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees a part of it; folder and file are the owner's alone.

    Raises:
        OSError: It can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
