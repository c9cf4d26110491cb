"""The turn loop's side of sharing a database: what it reads again of others, and what it tells them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence

from bot.conversation.gather import Item
from bot.conversation.hooks import Hooks
from bot.conversation.incoming import MemberChanged, StaffLeft
from bot.conversation.office import Office, Word
from bot.store.protocol import Batch, DatabaseAway, Mark, OutboxRow

log = logging.getLogger(__name__)


class Several:
    """Used by the turn loop alone, from its task.

    Args:
        office: Who is the keeper.
        hooks: Take the rows that the keeper's dispatcher is to send.
        marks: What became of rows, not yet written.
        read_desk: Reads again what is kept of the desk.
    """

    def __init__(
        self,
        office: Office,
        hooks: Hooks,
        marks: deque[tuple[Mark, OutboxRow]],
        read_desk: Callable[[], Awaitable[None]],
    ) -> None:
        self.epoch: int | None = None
        """In which the marks were made."""
        self.has_news = False
        self.has_changed_desk = False
        self._office = office
        self._hooks = hooks
        self._marks = marks
        self._read_desk = read_desk

    @property
    def is_keeper(self) -> bool:
        """Whether this process fires timers and sends."""
        return self._office.is_held()

    async def follow(self, *, is_unsure: bool) -> None:
        """Come up to date with what other processes have done.

        Args:
            is_unsure: Whether the last commit is on disk.
        """
        if self._office.epoch != self.epoch:
            if self._marks:
                log.warning("%d marks of a former keeper are left out", len(self._marks))
                self._marks.clear()
            self.epoch = self._office.epoch
        if self.has_changed_desk:
            self.has_changed_desk = False
            try:
                await self._read_desk()
            except BaseException:
                self.has_changed_desk = True
                raise
        if is_unsure:
            self.has_news = True
            self._office.tell(Word.WORK)
        if self.has_news:
            await self._take_news()

    async def pass_on(self, rows: Sequence[OutboxRow], batch: Batch) -> None:
        """New rows are on disk. The keeper sends them in line with those of others, some yet unseen."""
        if not self.is_keeper:
            if rows or batch.timers_set:
                self._office.tell(Word.WORK)
        elif rows:
            try:
                await self._take_news()
            except DatabaseAway as error:
                log.error("new rows can't be read (%s); looking again", error)

    def depose(self, marks: int) -> None:
        """The store says that there is another keeper."""
        log.warning("another process is the keeper: %d marks are left out", marks)
        self._office.depose()

    def tell_members(self, items: Iterable[Item]) -> None:
        """Of what Telegram has told this process alone; what was looked up by asking others look up as well."""
        if any(isinstance(item, MemberChanged | StaffLeft) and item.update_id is not None for item in items):
            self._office.tell(Word.MEMBERS)

    def tell_desk(self, batch: Batch, *, closes: bool, staff_chat: tuple[int, bool] | None) -> None:
        """What others keep of it has changed.

        Args:
            batch: What is on disk.
            closes: Whether closed days have changed.
            staff_chat: Its id, and whether it takes messages from now on.
        """
        if closes or batch.chats_moved:
            self._office.tell(Word.DESK)
        if staff_chat is not None:
            self._office.tell(Word.GROUP_OPEN if staff_chat[1] else Word.GROUP_SHUT)

    async def _take_news(self) -> None:
        """The keeper's dispatcher gets whatever may be new to it, as in `TurnLoop._hand_over_again`."""
        self.has_news = False
        if not self.is_keeper:
            return
        if self._office.epoch != self.epoch:  # the term began after this round: the next one asks
            self.has_news = True  # a row is shown once in a term, and would be dropped below
            return
        try:
            rows = await self._office.new_rows()
        except BaseException:
            self.has_news = True
            raise
        if self._office.epoch != self.epoch:
            self.has_news = True  # with the next round: what is sent now would be marked in a former term
            return
        ended = {mark.row for mark, _ in self._marks}
        self._hooks.rows([row for row in rows if row.id not in ended])
