"""Holds back whoever does more than anybody can in earnest, one by one: nobody else is slower for it.

Each person may do so much at once, and then as much as their chat can be answered. What is above is confirmed and
not looked at; one message says so, and each press gets its note. Let through at any rate: words of an emergency,
the buttons for what is urgent and for a person, and everything that staff do.

Messages count by the time at which they were sent, so that those of a day without us are no flood when we come
back. Presses carry no time; Telegram drops them after minutes. An update that comes again counts once. Known in
memory only, by each process for itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.conversation.gather import People
from bot.conversation.incoming import HeldBack, Incoming
from bot.delivery.limits import Bucket
from bot.engine import phrases
from bot.engine.draft import Draft
from bot.engine.effect import AnswerPress, Count, SendMessage, Turn
from bot.engine.event import (
    Blocked,
    OtherSent,
    PhotoSent,
    Pressed,
    Said,
    StaffPressed,
    TextEdited,
    Unblocked,
    read_button,
)
from bot.engine.model import Book
from bot.limits import PRESS_NOTE_CHARACTERS, TYPED_CHARACTERS

AT_ONCE = 30
"""Messages, and as many presses: somebody in a hurry presses three times a second, for ten seconds."""
MOST_KNOWN = 1_000
"""People in memory, nearly a kilobyte each; of more, those who are long quiet go first."""
_REMEMBERED = 256
_PASSING = frozenset({"urgent", "person"})
"""Options of buttons that are never held."""
_PRESSES = Pressed | StaffPressed


@dataclass(slots=True)
class _Known:
    messages: Bucket
    presses: Bucket
    sent_at: datetime | None = None
    was_told: bool = False
    is_held: dict[int, bool] = field(default_factory=dict)
    """By update: what was decided when it first came."""


class HoldBack:
    """Decides for each item as it comes in.

    Args:
        per_second: What a person may do in the long run; 0: nobody is held.
        hears_emergency: Whether words are those of an emergency.
        is_staff: Whether a user is known to be in the staff group.
    """

    def __init__(
        self,
        per_second: float,
        *,
        hears_emergency: Callable[[str], bool],
        is_staff: Callable[[int], bool] = lambda _user: False,
    ) -> None:
        self._per_second = per_second
        self._hears_emergency = hears_emergency
        self._is_staff = is_staff
        self._known: OrderedDict[int, _Known] = OrderedDict()

    def look(self, item: Incoming, now: datetime) -> Incoming | HeldBack:
        """The item itself, or what stands for one that is held back."""
        if self._per_second <= 0 or isinstance(item.event, Blocked | Unblocked) or self._is_staff(item.user):
            return item
        known = self._of(item.user)
        if item.update_id is not None and item.update_id in known.is_held:
            is_held, tells = known.is_held[item.update_id], False
        else:
            is_held = self._is_too_much(known, item, now) and not self._passes(item)
            tells = is_held and not (known.was_told or item.is_group or isinstance(item.event, _PRESSES))
            known.was_told = known.was_told or tells
            self._remember(known, item.update_id, is_held=is_held)
        if not is_held:
            return item
        press_id = item.event.press_id if isinstance(item.event, _PRESSES) else ""
        return HeldBack(None if item.is_group else item.chat, press_id, tells, item.update_id)

    def _is_too_much(self, known: _Known, item: Incoming, now: datetime) -> bool:
        if isinstance(item.event, _PRESSES):
            bucket, at = known.presses, now
        else:
            at = item.sent_at or now
            bucket, at = known.messages, max(at, known.sent_at or at)
            known.sent_at = at
            if bucket.is_full(at):
                known.was_told = False  # they have been quiet: another time is told of again
        if bucket.ready_at(at) > at:
            return True
        bucket.take(at)
        return False

    def _passes(self, item: Incoming) -> bool:
        match item.event:
            case Pressed(data):
                button = read_button(data)
                return button is not None and button.option in _PASSING
            case Said(words) | TextEdited(words) | PhotoSent(caption=words) | OtherSent(caption=words):
                return bool(words) and self._hears_emergency(words[:TYPED_CHARACTERS])
            case _:
                return False

    def _of(self, user: int) -> _Known:
        known = self._known.get(user)
        if known is None:
            rate = self._per_second
            known = self._known[user] = _Known(Bucket(rate, AT_ONCE), Bucket(rate, AT_ONCE))
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        self._known.move_to_end(user)
        return known

    @staticmethod
    def _remember(known: _Known, update_id: int | None, *, is_held: bool) -> None:
        if update_id is not None:
            known.is_held[update_id] = is_held
            if len(known.is_held) > _REMEMBERED:
                del known.is_held[next(iter(known.is_held))]


def held_back(book: Book, people: People, item: HeldBack, now: datetime) -> tuple[Turn, ...]:
    """What is answered to whoever is held back: a note on the button, and once a message."""
    person = None if item.chat is None else people.of_chat(item.chat)
    if person is None or not (item.press_id or item.tells):
        return ()
    draft = Draft(book, person, now)
    if item.press_id:
        note = draft.words(phrases.TOO_FAST_TO_PRESS)
        draft.do(AnswerPress(item.press_id, note[:PRESS_NOTE_CHARACTERS]))
    if item.tells:
        draft.do(Count("held_back"))
        draft.do(SendMessage(draft.next_message(), draft.words(phrases.TOO_FAST)))
    return (draft.turn(),)
