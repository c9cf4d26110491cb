"""Whether the staff chat takes what is sent, as far as the answers to calls and Telegram's own word tell.

It is *shut* from a refusal (or the word that the bot was put out) until it takes a row again, and while Telegram
holds it for so long that an alert had better go another way: by one long wait, or by many short ones.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from bot.delivery.sender import Kind, SendOutcome
from bot.engine.effect import SendMessage, To
from bot.store.protocol import OutboxRow

log = logging.getLogger(__name__)

LONG_HOLD = timedelta(seconds=30)
"""An alert doesn't wait so long for a group: it goes by private chats."""
UNTIL_TRIED = timedelta(seconds=60)
"""At the latest so long after a refused call the next one tells how it stands (`retry.LONGEST_WAIT_SECONDS`)."""
REFUSED = "the staff chat takes no messages"
HELD = "Telegram holds the staff chat"


class StaffChat:
    """What is known of it, in memory: after a restart the first row finds out anew.

    Args:
        on_refused: Told of each row once that it does not take or that waits while it is shut. True: the first
            refusal since it took one; whoever hears that sees to all that is open, so what waits is not told of.
    """

    def __init__(self, on_refused: Callable[[OutboxRow, bool], None] | None) -> None:
        self._on_refused = on_refused
        self._told: set[int] = set()
        self._is_refused = False
        self._held_since: datetime | None = None
        self._held_until: datetime | None = None

    def trouble(self, now: datetime) -> str:
        """Why it is shut; empty when it is not."""
        if self._is_refused:
            return REFUSED
        return HELD if self._held_until is not None and now < self._held_until else ""

    def added(self, row: OutboxRow, now: datetime) -> None:
        """A row has come; while the chat is shut it is told of at once."""
        if self.trouble(now):
            self._tell(row, is_first=False)

    def answered(self, row: OutboxRow, outcome: SendOutcome, now: datetime, waiting: Iterable[OutboxRow]) -> None:
        """A call to the staff chat was answered.

        Args:
            row: What was sent.
            outcome: What became of it.
            now: Aware UTC.
            waiting: All unsent rows; when the chat is found held they are told of too.
        """
        if outcome.kind is Kind.SENT:
            self.opened()
        elif outcome.kind is Kind.REFUSED:
            is_first, self._is_refused = not self._is_refused, True
            if is_first:
                log.critical("%s: they are kept (%s)", REFUSED, outcome.reason)
                self._told.update(other.id for other in waiting if other.id != row.id)
            self._tell(row, is_first=is_first)
        elif outcome.retry_after is not None:
            self._held_since = self._held_since or now
            wait = timedelta(seconds=outcome.retry_after)
            if now + wait - self._held_since >= LONG_HOLD:
                self._held_until = now + max(wait, UNTIL_TRIED)
                for held in (row, *waiting):
                    self._tell(held, is_first=False)

    def put_out(self, waiting: Iterable[OutboxRow]) -> None:
        """Telegram says that the bot may no longer write there. Whoever brings that word tells people of it.

        Args:
            waiting: All unsent rows: none of them is told of again.
        """
        if not self._is_refused:
            log.critical("%s: the bot was put out of it", REFUSED)
        self._is_refused = True
        self._told.update(row.id for row in waiting)

    def opened(self) -> None:
        """It takes messages (again)."""
        self._is_refused = False
        self._held_since = self._held_until = None

    def _tell(self, row: OutboxRow, *, is_first: bool) -> None:
        is_new = isinstance(row.effect, SendMessage) and row.effect.to is To.STAFF and row.id not in self._told
        if self._on_refused is not None and (is_new or is_first):
            self._told.add(row.id)
            self._on_refused(row, is_first)
