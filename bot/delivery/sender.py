"""The one seam between the dispatcher and a channel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.store.protocol import OutboxRow


class Kind(StrEnum):
    """What became of a call (the design's five words, and the two that stop more than one row)."""

    SENT = "sent"
    AGAIN = "again"  # surely not delivered; try later
    UNKNOWN = "unknown"  # may have been delivered
    MEND = "mend"  # refused for its form; `mend` says what to change
    REFUSED = "refused"  # this chat will not take anything
    GIVEN_UP = "given_up"  # a bug of ours: never repeated, reported
    STOPPED = "stopped"  # the token is refused: stop sending, keep all rows


class Mend(StrEnum):
    PLAIN_TEXT = "plain_text"
    SPLIT = "split"
    NEW_MESSAGE = "new_message"  # the edit's target is gone
    NO_THREAD = "no_thread"
    MOVED = "moved"  # `moved_to` is the chat's new id


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """`message_id` when sent; `retry_after` in seconds where the server named one; `reason` holds no secrets.

    `again_after`: seconds, where nothing failed and something that is under way is waited for.
    """

    kind: Kind
    message_id: int | None = None
    retry_after: float | None = None
    again_after: float | None = None
    mend: Mend | None = None
    moved_to: int | None = None
    reason: str = ""


class Sender(Protocol):
    """A channel's sending side. It never raises for what the network or the server does."""

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        """Send one row. `target` is the channel's id of the message that it edits; `plain`: without markup."""
        ...

    async def answer_press(self, press_id: str, note: str) -> None:
        """Stop a button's spinner; failures don't matter."""
        ...
