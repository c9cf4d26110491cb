"""A row on its way, and in which order rows go.

Within a chat: an alert first, then by the order of the commits; an edit that may be left out goes last, so that
the next question is not kept waiting by the mark on the last one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.engine.effect import Lane, PinMessage, SendCode, SendDocument, SendMessage, SendPicture, To
from bot.ids import ContactId
from bot.quiet_hours import after_quiet_hours, last_morning
from bot.store.protocol import OutboxRow

RANK = {lane: 2 * place for place, lane in enumerate(Lane)}
MARK_RANK = RANK[Lane.REPLY] + 1
"""Of a mark on an answered question: nobody waits for it."""
Sendable = SendMessage | SendPicture | PinMessage | SendDocument | SendCode
_AT_ONCE = datetime.min.replace(tzinfo=UTC)
_BULK = frozenset({Lane.CHECK_IN, Lane.BROADCAST})


def is_bulk(lane: Lane) -> bool:
    """Nobody has asked for it."""
    return lane in _BULK


def is_paced(rank: int) -> bool:
    """Nobody waits for it: it may be held so that replies go through."""
    return rank >= MARK_RANK


@dataclass(slots=True, eq=False)
class Pending:
    """An unsent row with what was learned in trying.

    Args:
        row: As the store has it; its `chat` follows a group that moved.
        order: Its place among the rows; a newer edit takes that of the one it replaces.
        due_at: Not before.
        attempts: Times it was taken to be sent.
        unknown: Calls of a new message that may have been delivered.
        is_droppable: May be left out under load.
        plain: Without markup, which was refused.
        as_new: An edit whose target is gone, sent as a message of its own.
        pieces: What is still to be sent of a text that was split (html); None while it is whole.
        sent_pieces: How many of them Telegram has.
        piece_limit: Characters of a piece.
        moves: How often the chat's id was replaced.
        was_cancelled: Withdrawn while its call was under way.
    """

    row: OutboxRow
    order: int
    due_at: datetime
    attempts: int = 0
    unknown: int = 0
    is_droppable: bool = False
    plain: bool = False
    as_new: bool = False
    pieces: list[str] | None = field(default=None)
    sent_pieces: int = 0
    piece_limit: int = 0
    moves: int = 0
    was_cancelled: bool = False

    @property
    def lane(self) -> Lane:
        return self.row.lane

    @property
    def rank(self) -> int:
        return MARK_RANK if self.is_droppable and self.row.lane is Lane.REPLY else RANK[self.row.lane]

    @property
    def is_alert(self) -> bool:
        return self.row.lane is Lane.ALERT

    @property
    def was_tried(self) -> bool:
        """A row that was tried holds those behind it: order holds within a chat."""
        return self.attempts > 0

    @property
    def to(self) -> To:
        effect = self.row.effect
        return effect.to if isinstance(effect, Sendable) else To.PATIENT

    @property
    def edits(self) -> int | None:
        """The number of the message it changes, unless it goes as a new one."""
        effect = self.row.effect
        return effect.edits if isinstance(effect, SendMessage) and not self.as_new else None

    @property
    def is_only_buttons(self) -> bool:
        effect = self.row.effect
        return isinstance(effect, SendMessage) and effect.only_buttons

    @property
    def is_question(self) -> bool:
        effect = self.row.effect
        return isinstance(effect, SendMessage) and effect.is_question

    @property
    def names(self) -> tuple[ContactId, int]:
        return self.row.contact, self.row.number

    @property
    def target_names(self) -> tuple[ContactId, int] | None:
        """The message it changes or pins."""
        effect = self.row.effect
        target = effect.message if isinstance(effect, PinMessage) else self.edits
        return None if target is None else (self.row.contact, target)

    def quiet_until(self, now: datetime) -> datetime:
        """The morning for which it waits, or `now`. What is past its window waits for nothing."""
        zone = self._quiet_in
        if zone is None:
            return now
        ends_at = self.window_ends_at
        return now if ends_at is not None and now > ends_at else after_quiet_hours(now, zone)

    def late(self, now: datetime) -> float:
        """Seconds since it could have been sent; 0 for one that is not due, or waits for the morning."""
        if self.quiet_until(now) > now:
            return 0.0
        zone, since = self._quiet_in, self.row.due_at
        if zone is not None:
            since = max(since, last_morning(now, zone))
        return max(0.0, (now - since).total_seconds())

    @property
    def _quiet_in(self) -> ZoneInfo | None:
        effect = self.row.effect
        zone = effect.quiet_in if isinstance(effect, SendMessage | SendPicture) else ""
        return ZoneInfo(zone) if zone else None

    @property
    def window_ends_at(self) -> datetime | None:
        """After it the row is given up; an alert never is."""
        effect = self.row.effect
        if self.is_alert or not isinstance(effect, Sendable):
            return None
        seconds = effect.window_seconds
        return None if seconds is None else self.row.created_at + timedelta(seconds=seconds)

    @property
    def sort_key(self) -> tuple[bool, bool, int]:
        # Nobody waits for a pin, and one that fails keeps nothing waiting.
        is_last = self.is_droppable or isinstance(self.row.effect, PinMessage)
        return (not self.is_alert, is_last, self.order)

    def move(self, chat: int) -> None:
        """Send it to another chat."""
        self.row = replace(self.row, chat=chat)


def pending(row: OutboxRow) -> Pending:
    """A row of the store, to be sent."""
    effect = row.effect
    droppable = isinstance(effect, SendMessage) and effect.droppable and effect.edits is not None
    # What was to go at once goes at once, also when the clock that said so has been set back since.
    is_at_once = not row.attempts and row.due_at <= row.created_at
    due_at = _AT_ONCE if is_at_once else row.due_at
    is_droppable = droppable and row.lane is not Lane.ALERT
    return Pending(row, row.id, due_at, row.attempts, row.unknown, is_droppable=is_droppable)
