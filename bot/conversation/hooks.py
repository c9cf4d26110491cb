"""What the turn loop tells others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.engine.effect import Effect, Turn
from bot.ids import ContactId
from bot.store.protocol import OutboxRow


@dataclass(slots=True)
class Hooks:
    """What the loop tells others, always after the commit.

    `rows`: new rows to send. `answer`: stop a button's spinner. `cancelled`: what is unsent for a contact must not
    be sent any more (True: nor what goes to staff about them). `hushed`: of that only what comes unasked.
    `staff_chat`: the group of this id takes nothing any more, or (True) does again. `observe`: reports, for
    channels that show them. `turned`: every turn, for coverage.
    """

    rows: Callable[[Sequence[OutboxRow]], None]
    answer: Callable[[str, str], None]
    cancelled: Callable[[ContactId, bool], None]
    observe: Callable[[ContactId, Effect], None]
    turned: Callable[[ContactId, Turn], None]
    hushed: Callable[[ContactId], None] = lambda _contact: None
    staff_chat: Callable[[int, bool], None] = lambda _chat, _is_open: None
