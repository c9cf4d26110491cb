"""Telegram's sending side: rows of the outbox as calls, and their answers as outcomes."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

from bot.channels.telegram.api import Calls
from bot.channels.telegram.bodies import (
    ApiCall,
    File,
    Json,
    answer_call,
    code_call,
    document_call,
    message_call,
    pin_call,
    unpin_all_call,
)
from bot.channels.telegram.pictures import PATIENCE_SECONDS, PictureSender
from bot.delivery.lanes import is_bulk
from bot.delivery.outcome import outcome_of_answer, outcome_of_exception
from bot.delivery.sender import Kind, SendOutcome
from bot.drawing.drawer import Drawer
from bot.drawing.file_ids import FileIds
from bot.engine.effect import PinMessage, SendCode, SendDocument, SendMessage, SendPicture
from bot.qr import CodeFormat, deep_link, draw_code
from bot.store.protocol import OutboxRow

log = logging.getLogger(__name__)

_REMEMBERED_KEYBOARDS = 10_000
PAID: Json = {"allow_paid_broadcast": True}
"""Source: core.telegram.org/bots/api#sendmessage; 0.1 Stars a message (core.telegram.org/bots/faq)."""
_NOT_FOR_STARS = frozenset({Kind.REFUSED, Kind.GIVEN_UP, Kind.MEND})
_ANSWER_SECONDS = 10.0  # an answer to a press that comes later is of no use


class TelegramSender:
    """Implements `bot.delivery.sender.Sender`.

    Args:
        api: The bot's calls.
        pictures: The folder that the paths of pictures are in.
        drawer: Draws the others; None: their words go alone.
        drawn: Where what is known of sent pictures is kept; None: nowhere.
        patience: Seconds that a chat waits for a picture being drawn before others of its rows may go.
        pays: What is sent to many may cost Stars, so that Telegram takes more than its free 30 a second.
    """

    def __init__(
        self,
        api: Calls,
        pictures: Path,
        *,
        drawer: Drawer | None = None,
        drawn: Path | None = None,
        patience: float = PATIENCE_SECONDS,
        pays: bool = False,
    ) -> None:
        self._pays = pays
        self._api = api
        self._pictures = PictureSender(api, pictures, drawer, FileIds(drawn), patience=patience)
        self.username = ""
        """Of the bot, without @; whoever has learnt it from Telegram puts it here."""
        self._with_keyboard: OrderedDict[int, None] = OrderedDict()

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        """Send one row; never raises for what network, server or disk do."""
        try:
            match row.effect:
                case SendMessage() as effect:
                    pays = self._pays and is_bulk(row.lane) and target is None
                    return await self._send_message(row.chat, effect, target, plain=plain, pays=pays)
                case SendPicture() as effect:
                    has_keyboard = row.chat in self._with_keyboard
                    return await self._pictures.send(row.chat, effect, remove_keyboard=has_keyboard)
                case PinMessage() as effect:
                    return await self._pin(row.chat, effect, target)
                case SendDocument() as effect:
                    answer = await self._api.call(document_call(row.chat, effect))
                    return outcome_of_answer(answer.status, answer.body, answer.retry_after)
                case SendCode() as effect:
                    answer = await self._api.call(await self._code_call(row.chat, effect))
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
        self, chat: int, effect: SendMessage, target: int | None, *, plain: bool, pays: bool
    ) -> SendOutcome:
        if effect.unpins:
            await self._unpin_all(chat)
        call = message_call(chat, effect, target=target, plain=plain, remove_keyboard=chat in self._with_keyboard)
        answer = await self._api.call(replace(call, params=call.params | PAID) if pays else call)
        outcome = outcome_of_answer(answer.status, answer.body, answer.retry_after)
        if pays and outcome.kind in _NOT_FOR_STARS:  # no Stars left, perhaps: a check-in goes all the same
            log.warning("a paid message was refused (%s), and goes unpaid", outcome.reason)
            answer = await self._api.call(call)
            outcome = outcome_of_answer(answer.status, answer.body, answer.retry_after)
        if outcome.kind is Kind.SENT and call.shows_keyboard is not None:
            self._with_keyboard.pop(chat, None)
            if call.shows_keyboard:
                self._with_keyboard[chat] = None
                if len(self._with_keyboard) > _REMEMBERED_KEYBOARDS:
                    self._with_keyboard.popitem(last=False)
        return outcome

    async def _code_call(self, chat: int, effect: SendCode) -> ApiCall:
        link = deep_link(self.username, effect.payload)
        code = await asyncio.to_thread(draw_code, link, CodeFormat.PNG)
        return code_call(chat, effect, link, File("photo", "code.png", "image/png", code))

    async def _pin(self, chat: int, effect: PinMessage, target: int | None) -> SendOutcome:
        """Pin or unpin. A refusal ends it and says nothing about the chat: the message is there all the same."""
        if target is None:
            return SendOutcome(Kind.SENT, reason="what it pins was never sent")
        answer = await self._api.call(pin_call(chat, target, unpins=effect.unpins))
        outcome = outcome_of_answer(answer.status, answer.body, answer.retry_after)
        if outcome.kind in {Kind.REFUSED, Kind.GIVEN_UP, Kind.MEND}:
            log.info("a message was not pinned: %s", outcome.reason)
            return SendOutcome(Kind.SENT, reason=outcome.reason)
        return outcome

    async def _unpin_all(self, chat: int) -> None:
        """Before the last word to somebody; failing, it stops nothing."""
        try:
            await self._api.call(unpin_all_call(chat), seconds=_ANSWER_SECONDS)
        except Exception as error:
            log.info("a chat was not unpinned: %s", type(error).__name__)
