"""A button of a question that is behind, pressed all the same, that says something serious: it is never lost.

After an outage people have pressed what stood before them, and the next check-in has taken its place by then. What
feels urgent opens the list. A sign is weighed by the rules, as typed words are: what is red is asked about at
once, with the number before the question, and is red when nobody answers; what somebody should look at today goes
to a person. Everything else is told that its question is behind, by `press`.
"""

from __future__ import annotations

from bot.engine import press
from bot.engine.alerts import LEVELS, RINGS
from bot.engine.beneath import addressed
from bot.engine.derive import Position, find_option
from bot.engine.draft import SAME_MATTER, Draft
from bot.engine.effect import AnswerPress
from bot.engine.event import Button, Pressed, Verb, read_button
from bot.engine.for_today import LOOK_TODAY
from bot.engine.heard_today import chosen_signs, known_signs, look, open_emergency
from bot.engine.model import Ask, Book, Emergency
from bot.engine.session import Visit
from bot.engine.show import ABOUT_URGENT, CHECK_INS
from bot.engine.silence import OVER
from bot.engine.steps import EMERGENCY, URGENT, is_pending
from bot.engine.visits import FLOW, days_since, open_visit

SIGNS = "signs"
"""The table whose rows a check-in's questions name."""
SAYS_URGENT = frozenset({"urgent", "cant"})
"""Options that say so under every question that has them; `cant`: "I can't ring"."""


def is_serious(draft: Draft, event: Pressed) -> bool:
    """Take a press of an earlier question for what it says, where that is serious.

    Returns:
        Whether it was, and is answered.
    """
    button = read_button(event.data)
    if button is None or button.verb not in {Verb.CHOOSE, Verb.SET, Verb.CHOSE}:
        return False
    chosen = event.options if button.verb is Verb.CHOSE else (button.option,)
    says_urgent = URGENT in draft.book.flows and not SAYS_URGENT.isdisjoint(chosen)
    signs = tuple(option for option in chosen if _is_sign(draft.book, button.verb, option))
    if not (says_urgent or signs) or not press.is_behind(draft, button):  # which takes a walk: most say neither
        return False
    if not says_urgent:
        return _told(draft, event, button, signs)
    if _is_answered(draft):
        return False
    press.open_pinned(draft, event, URGENT)
    return True


def _is_sign(book: Book, verb: Verb, wanted: str) -> bool:
    """Whether a question of a check-in has such a button, and it names a sign."""
    flow = book.flows.get(FLOW)
    if flow is None or wanted not in book.tables.get(SIGNS, {}):
        return False
    asks = (state for state in flow.states.values() if isinstance(state, Ask))
    found = ((find_option(ask, wanted), ask.choose) for ask in asks)
    return any(option and (verb is Verb.CHOSE or press.fits(verb, option, kind)) for option, kind in found)


def _is_answered(draft: Draft) -> bool:
    """Whether what stands in front is the answer to something urgent: it is shown again."""
    front = draft.current()
    return front is not None and (front.flow in ABOUT_URGENT or draft.has_red(front))


def _told(draft: Draft, event: Pressed, button: Button, signs: tuple[str, ...]) -> bool:
    """Weigh the signs of a check-in that a button names; whether that came to something."""
    session = draft.session(button.session)
    visit = open_visit(draft) or next(reversed(draft.visits), None)
    if visit is None or (session is not None and session.flow not in CHECK_INS):
        return False
    front = addressed(draft)
    position = draft.derive(front) if front is not None else None
    day = days_since(draft, visit.treated_at)
    known = known_signs(draft, visit, position)
    weighed = draft.book.weigh_signs((*_asked_about(draft), *signs), known, visit.treatment, day)
    is_of_it = not set(signs).isdisjoint(weighed.reasons)
    if not is_of_it or _is_told(draft, visit, position, weighed.level, signs):
        return False
    if weighed.level == "red" and EMERGENCY in draft.book.flows:
        draft.do(AnswerPress(event.press_id))
        open_emergency(draft, Emergency(weighed.reasons, weighed.family, certain=False), "")
        return True
    if weighed.level not in RINGS or LOOK_TODAY not in draft.book.flows:
        return False
    draft.do(AnswerPress(event.press_id))
    return look(draft, weighed, "")


def _asked_about(draft: Draft) -> tuple[str, ...]:
    """The signs of a press before this one, about which the question is open."""
    found = (each for each in draft.waiting() if each.flow == EMERGENCY and is_pending(draft, each))
    named = [str(each.context["emergency.signs"]) for each in found]
    return tuple(sign for signs in named for sign in signs.split(",") if sign in draft.book.tables[SIGNS])


def _is_told(draft: Draft, visit: Visit, position: Position | None, level: str, signs: tuple[str, ...]) -> bool:
    """Whether staff have each sign already, as serious as that, or the check-in that is open has it."""
    told = {
        sign
        for alert in draft.alerts
        if alert.visit == visit.id
        and alert.status not in OVER
        and draft.now - alert.raised_at < SAME_MATTER
        and LEVELS.index(alert.level) >= LEVELS.index(level)
        for sign in alert.signs
    }
    return told.union(chosen_signs(position)).issuperset(signs)
