"""Telegram's sending side: rows of the outbox as calls, and their answers as outcomes."""

from __future__ import annotations

import asyncio
import logging
import mimetypes
from collections import OrderedDict
from pathlib import Path
from typing import Protocol

from bot.channels.telegram.api import Answer
from bot.channels.telegram.bodies import (
    ApiCall,
    File,
    answer_call,
    document_call,
    message_call,
    picture_call,
)
from bot.delivery.outcome import outcome_of_answer, outcome_of_exception, read_answer
from bot.delivery.sender import Kind, SendOutcome
from bot.engine.effect import SendDocument, SendMessage, SendPicture
from bot.store.protocol import OutboxRow

log = logging.getLogger(__name__)

_REMEMBERED_KEYBOARDS = 10_000
_ANSWER_SECONDS = 10.0  # an answer to a press that comes later is of no use


class Calls(Protocol):
    """What the sender needs of `BotApi`."""

    bot_id: str

    async def call(self, call: ApiCall, *, seconds: float | None = None) -> Answer:
        """Make one call."""
        ...


class TelegramSender:
    """Implements `bot.delivery.sender.Sender`.

    Args:
        api: The bot's calls.
        pictures: The folder that the paths of pictures are in.
    """

    def __init__(self, api: Calls, pictures: Path) -> None:
        self._api = api
        self._pictures = pictures.resolve()
        # An id of Telegram's is of use to one bot only.
        self._file_ids: dict[tuple[str, str, int], str] = {}
        self._with_keyboard: OrderedDict[int, None] = OrderedDict()

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        """Send one row; never raises for what network, server or disk do."""
        try:
            match row.effect:
                case SendMessage() as effect:
                    return await self._send_message(row.chat, effect, target, plain=plain)
                case SendPicture() as effect:
                    return await self._send_picture(row.chat, effect)
                case SendDocument() as effect:
                    answer = await self._api.call(document_call(row.chat, effect))
                    return outcome_of_answer(answer.status, answer.body, answer.retry_after)
                case _:
                    return SendOutcome(Kind.GIVEN_UP, reason=f"{type(row.effect).__name__} is not for sending")
        except Exception as error:
            outcome = outcome_of_exception(error)
            if outcome.kind is Kind.GIVEN_UP:
                log.exception("outbox row %d can't be made a call of", row.id)
            return outcome

    async def answer_press(self, press_id: str, note: str) -> None:
        """Stop a button's spinner; a query that is too old is nobody's loss."""
        if not press_id:
            return
        try:
            answer = await self._api.call(answer_call(press_id, note), seconds=_ANSWER_SECONDS)
        except Exception as error:
            log.info("a press was not answered: %s", type(error).__name__)
            return
        outcome = outcome_of_answer(answer.status, answer.body, answer.retry_after)
        if outcome.kind is not Kind.SENT:
            log.info("a press was not answered: %s", outcome.reason)

    async def _send_message(
        self, chat: int, effect: SendMessage, target: int | None, *, plain: bool
    ) -> SendOutcome:
        call = message_call(chat, effect, target=target, plain=plain, remove_keyboard=chat in self._with_keyboard)
        answer = await self._api.call(call)
        outcome = outcome_of_answer(answer.status, answer.body, answer.retry_after)
        if outcome.kind is Kind.SENT and call.shows_keyboard is not None:
            self._with_keyboard.pop(chat, None)
            if call.shows_keyboard:
                self._with_keyboard[chat] = None
                if len(self._with_keyboard) > _REMEMBERED_KEYBOARDS:
                    self._with_keyboard.popitem(last=False)
        return outcome

    async def _send_picture(self, chat: int, effect: SendPicture) -> SendOutcome:
        path = (self._pictures / effect.path).resolve()
        if not path.is_relative_to(self._pictures):
            return SendOutcome(Kind.GIVEN_UP, reason="the picture is outside its folder")
        key = (self._api.bot_id, str(path), path.stat().st_mtime_ns)
        if (known := self._file_ids.get(key)) is not None:
            answer = await self._api.call(picture_call(chat, effect, known))
            outcome = outcome_of_answer(answer.status, answer.body, answer.retry_after)
            if outcome.kind is not Kind.GIVEN_UP:
                return outcome
            # Telegram has forgotten the file, or never knew it under this id.
            del self._file_ids[key]
        content = await asyncio.to_thread(path.read_bytes)
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        file = File("photo", path.name, media_type, content)
        answer = await self._api.call(picture_call(chat, effect, file))
        if (file_id := _file_id(answer.body)) is not None:
            self._file_ids[key] = file_id
        return outcome_of_answer(answer.status, answer.body, answer.retry_after)


def _file_id(body: bytes) -> str | None:
    """The id of the largest size of the photo in an answer."""
    result = (read_answer(body) or {}).get("result")
    sizes = result.get("photo") if isinstance(result, dict) else None
    last = sizes[-1] if isinstance(sizes, list) and sizes else None
    file_id = last.get("file_id") if isinstance(last, dict) else None
    return file_id if isinstance(file_id, str) else None
