"""Pictures to Telegram: uploaded once, afterwards sent by the id it gave them; without a picture the words go."""

from __future__ import annotations

import asyncio
import logging
import mimetypes
from collections import OrderedDict
from hashlib import sha256
from pathlib import Path

from bot.channels.telegram.api import Answer, Calls
from bot.channels.telegram.bodies import File, picture_call, words_call
from bot.delivery.outcome import outcome_of_answer, read_answer
from bot.delivery.sender import Kind, SendOutcome
from bot.drawing.drawer import Drawer, NotDrawn
from bot.drawing.file_ids import FileIds
from bot.engine.effect import Drawing, SendPicture

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 0.5
ASKED_AGAIN_SECONDS = 0.25
"""Drawing takes one second or ten; a wait that doubles would be felt after it is done."""
_REMEMBERED = 16


class PictureSender:
    """Sends pictures, drawn ones and those of the data folder.

    Args:
        api: The bot's calls.
        folder: What the paths of pictures that are not drawn are in.
        drawer: Draws; None: the words of drawn pictures go alone.
        file_ids: What Telegram has already.
        patience: Seconds that a chat waits for a child; what takes longer is asked for again by the outbox, and an
            alert for the same chat goes in between.
    """

    def __init__(
        self,
        api: Calls,
        folder: Path,
        drawer: Drawer | None,
        file_ids: FileIds,
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._api = api
        self._folder = folder.resolve()
        self._drawer = drawer
        self._file_ids = file_ids
        self._patience = patience
        self._under_way: OrderedDict[str, asyncio.Task[bytes]] = OrderedDict()

    async def send(self, chat: int, effect: SendPicture, *, remove_keyboard: bool) -> SendOutcome:
        """Send one picture.

        Raises:
            OSError, aiohttp.ClientError, TimeoutError: As `delivery.outcome` maps them.
        """
        if effect.drawing is None and not effect.file_id:
            return await self._from_folder(chat, effect)
        try:
            outcome = await self._of_telegram_or_drawn(chat, effect)
            if outcome.kind is not Kind.GIVEN_UP:
                return outcome
            log.warning("Telegram refuses a picture, its words go alone: %s", outcome.reason)
        except NotDrawn:
            pass  # the drawer has said why
        return _outcome(await self._api.call(words_call(chat, effect, remove_keyboard=remove_keyboard)))

    async def _of_telegram_or_drawn(self, chat: int, effect: SendPicture) -> SendOutcome:
        if effect.drawing is None:
            return _outcome(await self._api.call(picture_call(chat, effect, effect.file_id)))
        return await self._drawn(chat, effect, effect.drawing)

    async def _drawn(self, chat: int, effect: SendPicture, drawing: Drawing) -> SendOutcome:
        if self._drawer is None:
            raise NotDrawn("nothing draws here")
        key = "" if drawing.is_personal else self._drawer.key(drawing)
        if key and (outcome := await self._known(chat, effect, key)) is not None:
            return outcome
        content = await self._content(self._drawer, drawing)
        if content is None:
            return SendOutcome(Kind.AGAIN, again_after=ASKED_AGAIN_SECONDS, reason="it is being drawn")
        return await self._upload(chat, effect, File("photo", f"{drawing.kind}.png", "image/png", content), key)

    async def _content(self, drawer: Drawer, drawing: Drawing) -> bytes | None:
        """The picture; None while it is being drawn."""
        task = self._under_way.get(drawing.name)
        if task is None:
            task = self._under_way[drawing.name] = asyncio.create_task(_draw(drawer, drawing))
            task.add_done_callback(_seen)
            if len(self._under_way) > _REMEMBERED:
                self._under_way.popitem(last=False)
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if not done:
            return None
        self._under_way.pop(drawing.name, None)
        return task.result()

    async def _from_folder(self, chat: int, effect: SendPicture) -> SendOutcome:
        path = (self._folder / effect.path).resolve()
        if not path.is_relative_to(self._folder):
            return SendOutcome(Kind.GIVEN_UP, reason="the picture is outside its folder")
        content = await asyncio.to_thread(path.read_bytes)
        key = f"data-{path.stem}-{sha256(content).hexdigest()[:20]}"
        if (outcome := await self._known(chat, effect, key)) is not None:
            return outcome
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return await self._upload(chat, effect, File("photo", path.name, media_type, content), key)

    async def _known(self, chat: int, effect: SendPicture, key: str) -> SendOutcome | None:
        """What became of a picture that Telegram has; None when it has it not, or no more."""
        known = self._file_ids.get(key, self._api.bot_id)
        if known is None:
            return None
        outcome = _outcome(await self._api.call(picture_call(chat, effect, known)))
        if outcome.kind is not Kind.GIVEN_UP:
            return outcome
        # Telegram has forgotten the file, or never knew it under this id.
        self._file_ids.drop(key, self._api.bot_id)
        return None

    async def _upload(self, chat: int, effect: SendPicture, file: File, key: str) -> SendOutcome:
        answer = await self._api.call(picture_call(chat, effect, file))
        if key and (file_id := _file_id(answer.body)) is not None:
            self._file_ids.put(key, self._api.bot_id, file_id)
        return _outcome(answer)


async def _draw(drawer: Drawer, drawing: Drawing) -> bytes:
    if drawing.is_personal:
        return await drawer.draw(drawing)
    path = await drawer.kept(drawing)
    return await asyncio.to_thread(path.read_bytes)


def _seen(task: asyncio.Task[bytes]) -> None:
    """A failure is said by the drawer, also where nobody asks for the picture any more."""
    if not task.cancelled():
        task.exception()


def _outcome(answer: Answer) -> SendOutcome:
    return outcome_of_answer(answer.status, answer.body, answer.retry_after)


def _file_id(body: bytes) -> str | None:
    """The id of the largest size of the photo in an answer."""
    result = (read_answer(body) or {}).get("result")
    sizes = result.get("photo") if isinstance(result, dict) else None
    last = sizes[-1] if isinstance(sizes, list) and sizes else None
    file_id = last.get("file_id") if isinstance(last, dict) else None
    return file_id if isinstance(file_id, str) else None
