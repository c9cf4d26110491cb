"""aiogram-dialog: a window for each question, in memory."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import Dialog, DialogManager, StartMode, Window, setup_dialogs
from aiogram_dialog.widgets.kbd import Button, Column
from aiogram_dialog.widgets.text import Const
from loop import use_loop
from questions import AGAIN, ENOUGH, LAST, QUESTIONS, TOKEN, WORDS
from states import STATES, Six


async def answered(_callback: CallbackQuery, button: Any, manager: DialogManager) -> None:
    manager.dialog_data[manager.current_context().state.state] = button.widget_id
    await manager.next()


async def again(_callback: CallbackQuery, _button: Any, manager: DialogManager) -> None:
    manager.dialog_data.clear()
    await manager.switch_to(Six.q1)


async def enough(_callback: CallbackQuery, _button: Any, manager: DialogManager) -> None:
    await manager.done()


def window(place: int) -> Window:
    buttons = [Button(Const(text), id=letter, on_click=answered) for letter, text in WORDS.items()]
    return Window(Const(QUESTIONS[place]), Column(*buttons), state=STATES[place])


async def start(_message: Message, dialog_manager: DialogManager) -> None:
    await dialog_manager.start(Six.q1, mode=StartMode.RESET_STACK)


async def main(base: str) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(base))
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.message.register(start, CommandStart())
    ways = (Button(Const(AGAIN), id="again", on_click=again), Button(Const(ENOUGH), id="enough", on_click=enough))
    last = Window(Const(LAST), Column(*ways), state=Six.last)
    dispatcher.include_router(Dialog(*(window(place) for place in range(len(QUESTIONS))), last))
    setup_dialogs(dispatcher)
    await dispatcher.start_polling(Bot(TOKEN, session=session), allowed_updates=["message", "callback_query"])


if __name__ == "__main__":
    use_loop(sys.argv[3])
    asyncio.run(main(sys.argv[1]))
