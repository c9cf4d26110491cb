"""The bot against a Bot API that is not the strict stand-in's: it takes what it gets and does not spin."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from tests.e2e.bot_process import BotProcess
from tests.e2e.patient import ABOUT_YOU, AGE, AIMS, CARD, CODE, CONSENT, EARLIER, FACE, WHEN
from tests.e2e.sloppy_server import TOKEN, SloppyServer

CHAT = 77_000_001
WAY = (
    ("Yes, 18 or over", CONSENT),
    ("I agree, use my answers", AIMS),
    ("Done ✓", WHEN),
    ("No date in mind", FACE),
    ("None of these", ABOUT_YOU),
    ("None of these", EARLIER),
    ("None of these", CARD),
    ("Book", CODE),
)
SECONDS_IDLE = 2.0
MOST_POLLS_IDLE = 5


def _data(server: SloppyServer, label: str) -> str:
    """The data of a button of the newest message with buttons."""
    for message in reversed(server.sent(CHAT)):
        markup = message.get("reply_markup")
        markup = json.loads(markup) if isinstance(markup, str) else markup
        if markup:
            rows = markup["inline_keyboard"]
            return next(str(one["callback_data"]) for row in rows for one in row if one["text"] == label)
    raise AssertionError("no buttons yet")


@pytest.mark.parametrize("kind", ["hasty", "bare", "forgets nothing"])
async def test_a_consultation_over_a_hasty_mock(make_bot: Callable[..., BotProcess], kind: str) -> None:
    async with SloppyServer(bare=kind == "bare", redeliver=kind == "forgets nothing") as server:
        bot = make_bot(server.url, TOKEN).start()
        server.say(CHAT, "/start poster")
        await asyncio.to_thread(bot.wait_log, "polling as @", seconds=60)
        await server.until(lambda: any(AGE in one["text"] for one in server.sent(CHAT)), 40)
        for label, expected in WAY:
            if label == "Done ✓":
                server.press(CHAT, _data(server, "Acne scars"))
                await server.until(lambda: server.sent(CHAT, "editMessageReplyMarkup"))
            server.press(CHAT, _data(server, label))
            await server.until(lambda words=expected: words in server.sent(CHAT)[-1]["text"])  # type: ignore[misc]
        presses = [update for update in server.updates if "callback_query" in update]
        await server.until(
            lambda: (
                {one["callback_query"]["id"] for one in presses}
                <= {params["callback_query_id"] for name, params in server.calls if name == "answerCallbackQuery"}
            )
        )
        assert len(server.sent(CHAT)) == len(WAY) + 1
        assert server.count("answerCallbackQuery") == len(presses)
        # Nothing to do any more, and an answer at once to every poll: it must not spin.
        before = server.count("getUpdates")
        with pytest.raises(TimeoutError):
            await server.until(lambda: server.count("getUpdates") - before > MOST_POLLS_IDLE, SECONDS_IDLE)
        assert await asyncio.to_thread(bot.terminate) == 0
        if kind == "forgets nothing":
            # What comes again after a kill is no new turn, but the answer to a press may have been lost with it.
            bot.start()
            await server.until(lambda: server.count("answerCallbackQuery") == 2 * len(presses), 40)
            assert len(server.sent(CHAT)) == len(WAY) + 1
