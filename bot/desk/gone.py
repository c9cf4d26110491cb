"""The staff chat takes no messages: alerts go on by private chats, and those on call and the owner hear of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.desk import who
from bot.desk.cards import DRILL, OPEN, group_card
from bot.engine.clocks import ON_CALL, OWNER
from bot.engine.draft import Draft
from bot.engine.effect import ButtonSpec, Lane, SendMessage, To, Turn
from bot.engine.model import Book
from bot.engine.session import Alert, Person

LOST = (
    "<b>The staff chat takes no messages from me.</b> Urgent cards go to you and to those on call in private."
    " Please add me to the group again, and write /help there."
)


BACK = "The staff chat takes messages from me again: what was kept for it is there now."


def is_alert_card(effect: object) -> bool:
    """Whether a message is the card of an alert that rings, so that it must reach somebody."""
    is_card = isinstance(effect, SendMessage) and effect.to is To.STAFF and effect.edits is None
    return is_card and isinstance(effect, SendMessage) and effect.lane is Lane.ALERT and bool(effect.rows)


def card_by_private_chats(book: Book, person: Person, card: SendMessage, now: datetime) -> Turn:
    """The same card for everybody on call, and the owner; nothing where somebody has the alert by now."""
    draft = Draft(book, person, now)
    alert = _alert_of(person, card)
    if is_alert_card(card) and alert is not None and alert.status in OPEN:
        for member in who.members(book, alert, {ON_CALL, OWNER}):
            draft.do(replace(card, number=draft.next_message(), to=To.STAFF_MEMBER, staff_chat=member))
    return draft.turn()


def open_by_private_chats(book: Book, person: Person, now: datetime) -> Turn:
    """Everything of theirs that rings and that nobody has: its card may be where nobody can press it any more."""
    draft = Draft(book, person, now)
    for alert in person.alerts:
        is_elsewhere = who.is_crisis(alert) or book.clocks.get(alert.level) is None
        card = group_card(book, person, alert.id, 0, Lane.ALERT, None)
        if alert.status not in OPEN or alert.reason == DRILL or is_elsewhere or card is None:
            continue
        for member in who.members(book, alert, {ON_CALL, OWNER}):
            draft.do(replace(card, number=draft.next_message(), to=To.STAFF_MEMBER, staff_chat=member))
    return draft.turn()


def tell(book: Book, desk: Person, html: str, now: datetime) -> Turn:
    """`LOST` or `BACK`, in private, to all whom alerts ring there; as the desk's own contact."""
    draft = Draft(book, desk, now)
    for member in dict.fromkeys((*who.owners(book), *who.on_call(book))):
        draft.do(SendMessage(draft.next_message(), html, to=To.STAFF_MEMBER, staff_chat=member, lane=Lane.ALERT))
    return draft.turn()


def _alert_of(person: Person, card: SendMessage) -> Alert | None:
    targets = {button.data.rpartition(":")[2] for button in _buttons(card) if button.data}
    return next((alert for alert in person.alerts if alert.id in targets), None)


def _buttons(card: SendMessage) -> Iterator[ButtonSpec]:
    for row in card.rows:
        yield from row
