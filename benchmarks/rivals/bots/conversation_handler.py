"""python-telegram-bot: a ConversationHandler, its state and the answers kept by PicklePersistence."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from loop import use_loop
from questions import LETTERS, QUESTIONS, TEXTS, TOKEN, labels
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    PicklePersistence,
)
from telegram.warnings import PTBUserWarning


def keyboard(place: int) -> InlineKeyboardMarkup:
    pairs = zip(LETTERS, labels(place), strict=False)
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, callback_data=letter)] for letter, text in pairs])


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    context.user_data["answers"] = []
    await update.message.reply_text(TEXTS[0], reply_markup=keyboard(0))
    return 0


async def answered(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    query = update.callback_query
    await query.answer()
    answers = context.user_data["answers"]
    answers.append(query.data)
    place = len(answers)
    await query.edit_message_text(TEXTS[place], reply_markup=keyboard(place))
    return place


async def again(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    query = update.callback_query
    await query.answer()
    if query.data == LETTERS[1]:
        return ConversationHandler.END
    context.user_data["answers"] = []
    await query.edit_message_text(TEXTS[0], reply_markup=keyboard(0))
    return 0


def main(base: str, folder: Path) -> None:
    persistence = PicklePersistence(filepath=folder / "conversations.pickle")
    application = Application.builder().token(TOKEN).base_url(f"{base}/bot").persistence(persistence).build()
    questions = {place: [CallbackQueryHandler(answered)] for place in range(len(QUESTIONS))}
    conversation = ConversationHandler(
        entry_points=[CommandHandler("start", start)],
        states={**questions, len(QUESTIONS): [CallbackQueryHandler(again)]},
        fallbacks=[CommandHandler("start", start)],
        name="six",
        persistent=True,
    )
    application.add_handler(conversation)
    application.run_polling(allowed_updates=["message", "callback_query"])


if __name__ == "__main__":
    warnings.filterwarnings("ignore", category=PTBUserWarning)
    use_loop(sys.argv[3])
    main(sys.argv[1], Path(sys.argv[2]))
