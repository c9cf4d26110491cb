"""Numbers that bound things, each with its reason. Telegram's own come from its Bot API 10.1 documentation."""

from __future__ import annotations

MESSAGE_CHARACTERS = 4096  # sendMessage: text after entity parsing
CAPTION_CHARACTERS = 1024  # sendPhoto: caption after entity parsing
BUTTON_DATA_BYTES = 64  # InlineKeyboardButton.callback_data
PRESS_NOTE_CHARACTERS = 200  # answerCallbackQuery: text
PAYLOAD_CHARACTERS = 64  # deep links: ?start=
BUTTON_LABEL_CHARACTERS = 64  # ours: longer ones are cut off on a phone; Telegram allows more
KEYBOARD_BUTTONS = 100  # InlineKeyboardMarkup, as the server enforces it
NAME_CHARACTERS = 64  # a first name longer than this is cut before it is shown
TYPED_CHARACTERS = 4096  # what one Telegram message can hold; the rest of a longer one is not read

STATES_WITHOUT_QUESTION = 100  # more than this between two questions is a loop in a flow
CALL_DEPTH = 8  # flows that call flows, deeper than this, are a circle
FLOW_FILE_BYTES = 1_000_000  # a flow is text a person wrote
FLOW_FILE_DEPTH = 30
FLOW_FILE_NODES = 100_000

BATCH_ITEMS = 100  # items of one round of the turn loop
BATCH_TIMERS = 32  # of them timers, so that a burst of due timers never starves people who write

LEASE_SECONDS = 5.0
"""Of the one among several processes that sends; when it falls silent, another takes its place after that."""
