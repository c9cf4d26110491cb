"""Signs that were ticked before "none of these" was pressed: what is red among them is asked about, once.

The press takes the ticks away, so the same press again is an answer like any other.
"""

from __future__ import annotations

from dataclasses import replace

from bot.engine import press
from bot.engine.draft import Draft
from bot.engine.effect import AnswerPress
from bot.engine.event import Pressed, Verb, read_button
from bot.engine.for_today import is_of_check_in
from bot.engine.heard import NONE
from bot.engine.heard_today import known_signs, open_emergency
from bot.engine.model import Emergency
from bot.engine.pressed_late import SIGNS
from bot.engine.session import Status
from bot.engine.standing import renew_ticked
from bot.engine.steps import EMERGENCY
from bot.engine.visits import days_since, open_visit


def is_asked(draft: Draft, event: Pressed) -> bool:
    """Ask whether the ticks were a slip, where they come to red.

    Returns:
        Whether that was asked, and the press is answered.
    """
    button, visit = read_button(event.data), open_visit(draft)
    if button is None or button.verb is not Verb.CHOOSE or button.option != NONE or visit is None:
        return False
    session = draft.session(button.session)
    if session is None or session.status is not Status.WAITING or button.turn != session.turn or not session.marks:
        return False
    position = draft.derive(session)
    if press.moved(session, position) or not is_of_check_in(position) or EMERGENCY not in draft.book.flows:
        return False
    assert position.ask is not None
    signs = tuple(mark for mark in session.marks if mark in draft.book.tables[SIGNS])
    day = days_since(draft, visit.treated_at)
    weighed = draft.book.weigh_signs(signs, known_signs(draft, visit, position), visit.treatment, day)
    if weighed.level != "red":
        return False
    draft.do(AnswerPress(event.press_id))
    renew_ticked(draft, draft.put(replace(session, marks=())), position.ask)
    draft.front = session.id
    open_emergency(draft, Emergency(weighed.reasons, weighed.family, certain=False), "", is_unticked=True)
    return True
