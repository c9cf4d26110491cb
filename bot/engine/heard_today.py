"""Signs in typed words that are no emergency alone, and words that nobody could make out: neither is lost.

With a visit under way they are weighed by the rules at the first message, whatever is open. What they make red
opens the emergency; what somebody should look at today goes to a person at once. In a check-in they count as
if they had been chosen.
"""

from __future__ import annotations

from dataclasses import replace

from bot.engine import phrases, show
from bot.engine.alerts import RINGS
from bot.engine.beneath import addressed, step_down
from bot.engine.derive import HEARD_SIGNS, Position
from bot.engine.draft import Draft
from bot.engine.expected import expect
from bot.engine.for_today import ASKED_ABOUT, KEPT, LOOK_TODAY, is_checking_in, is_of_check_in
from bot.engine.hear import hear_answer, unread
from bot.engine.heard import HeardAnswer
from bot.engine.lately import said_lately
from bot.engine.model import Ask, Choose, Emergency, Weighed
from bot.engine.session import ContextValue, Session, Visit
from bot.engine.small_words import is_laughing
from bot.engine.steps import EMERGENCY, NORMAL, begin, detour, leave_detours
from bot.engine.told import TOLD, TOLD_MORE, WORDS_CHARACTERS, note, with_told, with_unclear
from bot.engine.visits import days_since, open_visit
from bot.engine.worry import is_idle, is_shown_plan

AFTERCARE = "aftercare"
OF_THEIR_OWN = frozenset({"consult", "browse", AFTERCARE})
"""Flows whose questions take such words themselves."""
CRISIS = "crisis"
"""The family of self-harm."""
WORRIED = "worried"
"""The sign of whoever is worried, or unhappy with the result."""
SCALES = ("redness", "swelling", "pain")


def open_emergency(draft: Draft, heard: Emergency, text: str, *, is_unticked: bool = False) -> None:
    """Open the emergency's flow in front, with the words that were heard.

    `is_unticked`: no words, but signs that were ticked before "none of these" was pressed.

    What is only asked about may say a sign for today beyond doubt: then a *no* leads to a person the same day.
    """
    if heard.if_treated and not _is_treated(draft):
        heard = replace(heard, certain=False)
    if heard.family == CRISIS and _is_in_crisis(draft):  # what is said of it now is meant
        heard = replace(heard, certain=True, is_guess=False)
    today = None if heard.certain else weigh_today(draft, text)
    if today is not None and today.level == "red":
        heard, today = Emergency(today.reasons, today.family, certain=True), None
    context: dict[str, ContextValue] = {
        "emergency.family": heard.family,
        "emergency.certain": heard.certain,
        "emergency.named": bool(heard.signs),
        "emergency.signs": ",".join(heard.signs),
        "emergency.words": text[:WORDS_CHARACTERS],
        "emergency.guessed": heard.is_guess,
        "emergency.laughed": heard.is_guess and is_laughing(text),
        "emergency.unticked": is_unticked,
    }
    if today is not None and today.level in RINGS:
        context |= _for_today(today, text)
    detour(draft, EMERGENCY, context)


def _is_in_crisis(draft: Draft) -> bool:
    """Whether the open question is of self-harm, or stands under the numbers to ring for it."""
    session = draft.current()
    return session is not None and session.flow == EMERGENCY and session.context.get("emergency.family") == CRISIS


def _is_treated(draft: Draft) -> bool:
    """Whether they have had a treatment, or are just telling of one."""
    session = draft.current()
    return bool(draft.visits) or (session is not None and session.flow == AFTERCARE)


def hear_for_today(draft: Draft, text: str) -> bool:
    """Weigh the signs that a text says, while a visit is under way.

    Returns:
        Whether that is all that is to be made of the text.
    """
    heard, session = weigh_today(draft, text), addressed(draft)
    if heard is None:
        return False
    position = draft.derive(session) if session is not None else None
    if heard.level == "red" and EMERGENCY in draft.book.flows:
        open_emergency(draft, Emergency(heard.reasons, heard.family, certain=True), text)
        return True
    if session is None or position is None:
        return _idle(draft, heard, text)
    if position.ask is None or not is_of_check_in(position):
        return _idle(draft, heard, text) if is_idle(draft, text) else look(draft, heard, text)
    return _in_check_in(draft, session, position, position.ask, heard, text)


def weigh_today(draft: Draft, text: str) -> Weighed | None:
    """The signs that a text says and their level, while a visit is under way; None: it says none."""
    visit, front = open_visit(draft), draft.current()
    if visit is None or (front is not None and _takes_them_itself(draft, front, visit)):
        return None
    session = addressed(draft)
    position = draft.derive(session) if session is not None else None
    day = days_since(draft, visit.treated_at)
    return draft.book.hear_today(text, known_signs(draft, visit, position), visit.treatment, day)


def _takes_them_itself(draft: Draft, front: Session, visit: Visit) -> bool:
    """Whether the open question is one at which such words mean something else, not the plan that was shown."""
    is_of_its_own = front.flow in OF_THEIR_OWN and not is_checking_in(draft, front)
    return is_of_its_own and not is_shown_plan(draft, front, visit)


def _for_today(heard: Weighed, text: str) -> dict[str, ContextValue]:
    return {
        "today.reason": "heard",
        "today.signs": ",".join(heard.signs),
        "today.words": text[:WORDS_CHARACTERS],
    }


def known_signs(draft: Draft, visit: Visit, position: Position | None) -> frozenset[str]:
    """Signs said before: in the open check-in, and of this visit within a day."""
    return chosen_signs(position).union(said_lately(draft, visit))


def chosen_signs(position: Position | None) -> frozenset[str]:
    """Signs that were chosen in the open check-in, and what was answered of redness, swelling and pain."""
    if position is None or not is_of_check_in(position):
        return frozenset()
    chosen = position.lookup("signs")
    details = (str(position.lookup(scale)) for scale in SCALES)
    return (chosen if isinstance(chosen, frozenset) else frozenset()).union(details)


def _idle(draft: Draft, heard: Weighed, text: str) -> bool:
    """No question is open: what is no matter for today is asked about as "is this normal?" would."""
    if look(draft, heard, text):
        return True
    if heard.level == "green" or NORMAL not in draft.book.flows:
        return False
    leave_detours(draft)
    show.send(draft, _noted(draft, heard))
    begin(draft, NORMAL, {HEARD_SIGNS: ",".join(heard.signs), TOLD: text[:WORDS_CHARACTERS]})
    return True


def look(draft: Draft, heard: Weighed, text: str, *, is_kept: bool = False) -> bool:
    """Let a person look today, if the rules say so. `is_kept`: the open check-in keeps the words."""
    if heard.level not in RINGS or LOOK_TODAY not in draft.book.flows:
        return False
    context: dict[str, ContextValue] = {**_for_today(heard, text), KEPT: is_kept}
    if (session := addressed(draft)) is not None:
        step_down(draft, session)
    front = draft.in_front()
    is_answer = front is not None and front.flow == ASKED_ABOUT  # "is that happening now?"
    detour(draft, LOOK_TODAY, context, keep_below=not is_answer)
    return True


def _in_check_in(draft: Draft, session: Session, position: Position, ask: Ask, heard: Weighed, text: str) -> bool:
    if session.is_judged:  # answered; what is typed now comes on top
        told = [each for each in draft.alerts if each.session == session.id and each.level in RINGS]
        if any(set(heard.signs) <= set(each.signs) for each in told):
            return False
        signs = _with_heard(session, heard)
        is_noted = bool(told) and note(draft, session, position, {HEARD_SIGNS: signs}) is not session
        return not is_noted and look(draft, heard, text)
    answered = hear_answer(text, expect(draft, session, position, ask))
    if isinstance(answered, HeardAnswer) and set(heard.signs) <= set(answered.options):
        return False
    more: dict[str, ContextValue] = {HEARD_SIGNS: _with_heard(session, heard)}
    if ask.choose is Choose.TEXT:  # the text is the answer
        note(draft, session, position, more)
        return False
    more[TOLD] = with_told(session, text)
    if heard.level in RINGS:
        more[TOLD_MORE] = True
    noted = note(draft, session, position, more)
    return look(draft, heard, text, is_kept=noted.context.get(TOLD) == more[TOLD])


def noted_words(draft: Draft, text: str) -> str:
    """What is said to words that name signs which a check-in has noted, and none for today; "" for others."""
    heard = weigh_today(draft, text)
    return "" if heard is None or heard.level in {*RINGS, "green"} else _noted(draft, heard)


def _noted(draft: Draft, heard: Weighed) -> str:
    return draft.words(phrases.UNHAPPY_NOTED if heard.signs == (WORRIED,) else phrases.SIGN_NOTED)


def _with_heard(session: Session, heard: Weighed) -> str:
    """Signs that were heard while a check-in is open, these included."""
    before = session.context.get(HEARD_SIGNS)
    signs = [*(before.split(",") if isinstance(before, str) else ()), *heard.signs]
    return ",".join(dict.fromkeys(signs))


def keep_unread(draft: Draft, session: Session, position: Position, text: str) -> Session:
    """Keep words that were not understood: they reach staff with the check-in, also if all else is fine.

    What holds no words but those of an answer says nothing more than the answer will, if one comes.
    """
    ask = position.ask
    session = draft.put(with_unclear(session, position.key, text))
    if ask is None or not unread(text, expect(draft, session, position, ask)):
        return session
    return note(draft, session, position, {TOLD: with_told(session, text)})
