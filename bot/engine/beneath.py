"""The question beneath a global flow that leads back to it: what plainly answers it is its answer.

Only flows that ask nothing of their own, but whether to go on, let words through; `human`, `delete`, `times` and
the like want an answer themselves, and an emergency is above all. Heard first, as everywhere, are an emergency,
signs for today and commands; then the answers of the flow in front. What only agrees or declines is said to the
flow in front; numbers count its buttons, and "none of these" may mean them.
"""

from __future__ import annotations

from itertools import pairwise, takewhile

from bot.engine import press, show
from bot.engine.derive import Position
from bot.engine.draft import Draft
from bot.engine.expected import expect
from bot.engine.hear import hear_answer, says_whole
from bot.engine.heard import Expected, HeardAnswer, HeardDone, HeardUnclear, words_of
from bot.engine.model import Choose
from bot.engine.session import Session
from bot.engine.standing import cancel_timers
from bot.engine.steps import EMERGENCY
from bot.engine.typed_value import read_value

LOST = "lost"
LEADS_BACK = frozenset({LOST, "start", "privacy"})
AGREES = frozenset(
    words_of("yes y yeah yep yup ok okay k sure please fine good great right alright all correct exactly i agree")
)
DECLINES = frozenset(words_of("no n nope nah not now dont thanks thank you"))


def addressed(draft: Draft) -> Session | None:
    """The session that words are about: the one in front or, where that only leads back, the one beneath."""
    front = draft.current()
    below = _beneath(draft, front)
    return below[-1][0] if below else front


def meant(draft: Draft, front: Session, position: Position, text: str) -> Session:
    """The session whose open question `text` answers: the one in front, or one beneath that comes to the front."""
    below = _beneath(draft, front)
    said = set(words_of(text))
    if not below or said <= AGREES | DECLINES:
        return front
    assert position.ask is not None
    expected = expect(draft, front, position, position.ask)
    rest = " ".join(word for word in words_of(text) if word not in AGREES | DECLINES)
    own = hear_answer(rest, expected)
    if says_whole(text, expected) or isinstance(own, HeardAnswer | HeardUnclear):
        return front
    for session, its in below:
        if _answers(draft, session, its, text, is_lost=front.flow == LOST):
            return step_down(draft, session)
    return front


def only_agrees(draft: Draft, front: Session, text: str) -> bool:
    """Whether a text only says yes to a flow that leads back."""
    said = words_of(text)
    return bool(said) and set(said) <= AGREES and bool(_beneath(draft, front))


def step_down(draft: Draft, session: Session) -> Session:
    """Leave what leads back to `session`, so that it is in front."""
    for other in takewhile(lambda each: each.id != session.id, _stack(draft, draft.current())):
        show.mark_chosen(draft, other, "")
        draft.drop(cancel_timers(draft, other))
    draft.front = session.id
    return session


def _stack(draft: Draft, front: Session | None) -> list[Session]:
    """What waits, from the one in front down."""
    return [*filter(None, [front]), *(other for other in draft.waiting() if other != front)]


def _beneath(draft: Draft, front: Session | None) -> list[tuple[Session, Position]]:
    """The sessions beneath, from the top down to the first that leads nowhere; none of an emergency."""
    found: list[tuple[Session, Position]] = []
    for above, session in pairwise(_stack(draft, front)):
        if not above.is_detour or above.flow not in LEADS_BACK or session.flow == EMERGENCY:
            break
        position = draft.derive(session)
        if press.moved(session, position):
            break
        found.append((session, position))
    return found


def _answers(draft: Draft, session: Session, position: Position, text: str, *, is_lost: bool) -> bool:
    ask = position.ask
    assert ask is not None
    expected = expect(draft, session, position, ask)
    match hear_answer(text, expected, draft.book.questions):
        case HeardAnswer(options) | HeardUnclear(options):
            return bool(options) and not _counts(text) and not _stand_alone(expected, options)
        case HeardDone():
            return bool(session.marks)
        case _:
            return (is_lost and ask.choose is Choose.TEXT) or read_value(draft, ask, text) is not None


def _counts(text: str) -> bool:
    return all(word.isdigit() for word in words_of(text))


def _stand_alone(expected: Expected, options: tuple[str, ...]) -> bool:
    """Whether one of the options is "none of these" or "not sure"."""
    return any(choice.exclusive and choice.id in options for choice in expected.choices)
