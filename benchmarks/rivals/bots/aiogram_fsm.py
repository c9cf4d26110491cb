"""aiogram 3: its finite state machine, in memory."""

from __future__ import annotations

import asyncio
import sys

from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from loop import use_loop
from questions import LETTERS, TEXTS, TOKEN, labels
from states import STATES, Six

router = Router()


def keyboard(place: int) -> InlineKeyboardMarkup:
    pairs = zip(LETTERS, labels(place), strict=False)
    rows = [[InlineKeyboardButton(text=text, callback_data=letter)] for letter, text in pairs]
    return InlineKeyboardMarkup(inline_keyboard=rows)


@router.message(CommandStart())
async def start(message: Message, state: FSMContext) -> None:
    await state.clear()
    await state.set_state(Six.q1)
    await message.answer(TEXTS[0], reply_markup=keyboard(0))


async def answered(callback: CallbackQuery, state: FSMContext, place: int) -> None:
    await callback.answer()
    if not place and callback.data == LETTERS[1]:
        await state.clear()
        return
    if place:
        await state.update_data({f"q{place}": callback.data})
    else:
        await state.clear()
    await state.set_state(STATES[place])
    await callback.message.edit_text(TEXTS[place], reply_markup=keyboard(place))


def register(here: State, place: int) -> None:
    @router.callback_query(here)
    async def take(callback: CallbackQuery, state: FSMContext) -> None:
        await answered(callback, state, place)


for number, each in enumerate(STATES):
    register(each, (number + 1) % len(STATES))


async def main(base: str) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(base))
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.include_router(router)
    await dispatcher.start_polling(Bot(TOKEN, session=session), allowed_updates=["message", "callback_query"])


if __name__ == "__main__":
    use_loop(sys.argv[3])
    asyncio.run(main(sys.argv[1]))
