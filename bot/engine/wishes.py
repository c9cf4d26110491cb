"""Wishes that are a whole message: to be left alone, asked at another hour, rung or asked again; or it is urgent.

Inside a longer story the same words mean something else ("it won't stop", "they didn't call me back"), so that
only a message which says nothing else is heard, small words of politeness apart.
"""

from __future__ import annotations

import re

from bot.engine import phrases, press
from bot.engine.derive import Position, find_option
from bot.engine.draft import Draft
from bot.engine.expected import expect
from bot.engine.hear import hear_answer
from bot.engine.heard import HeardAnswer, words_of
from bot.engine.model import Choose
from bot.engine.session import Session
from bot.engine.show import draft_plain
from bot.engine.steps import EMERGENCY, detour
from bot.engine.visits import FLOW

STOP, HUMAN, RESUME, URGENT = "stop", "human", "resume", "urgent"
DELETE = "delete"
TIMES, QUIETER = "times", "quieter"
"""Flows of common.yaml, and the ids of options that mean the same."""
_POLITE = frozenset(
    ["please", "pls", "plz", "kindly", "just", "thanks", "thank", "hi", "hello", "hey", "sorry", "ok"]
)
_PLEASE = frozenset(["please", "pls", "plz", "kindly"])
_THINGS = r"(?:messages?|texts?|reminders?|questions?|check ?ins?|notifications?|things?|stuff)"
_WHICH = r"(?:all |any |more |the |these |those |this |your |so many |of )*"
_PEOPLE = (
    r"(?:someone|somebody|anyone|anybody|(?:a |the )?(?:real )?"
    r"(?:person|human|nurse|doctor|clinic|practitioner|receptionist|team))"
)
_YOU_TO = r"(?:i want you to |can you |could you |will you |would you )?"
_WANT = r"(?:i want|i need|i would like|id like|i wish|let me)"
_RINGING = r"(?:ring|call|phone|telephone)"
_WHEN = r"(?: (?:back|now|today|tomorrow|soon|asap|as soon as possible|again|in the morning|this afternoon))*"


def _whole(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_STOPS = _whole(
    rf"{_YOU_TO}stop(?: it| this| that| {_WHICH}{_THINGS})?",
    rf"{_YOU_TO}stop (?:messaging|texting|contacting|asking|reminding|writing"
    rf"|bothering|pestering|bugging|spamming|sending)(?: to)?(?: me)?(?: {_WHICH}{_THINGS}| these| this| it)?",
    r"leave me (?:alone|be|in peace)",
    rf"no more {_WHICH}{_THINGS}",
    r"(?:dont|do not) (?:message|text|contact|bother|write to) me",
    r"(?:dont|do not) (?:ask|remind) me (?:anymore|any more|again)",
    rf"i (?:dont|do not) want {_WHICH}{_THINGS}",
    r"unsubscribe(?: me)?|opt out|go away",
)
_ENDS = re.compile(r"(?: (?:now|anymore|any more|again|ever again|from now on|at all|altogether|you))+$")
_RINGS = _whole(
    rf"(?:(?:can|could|will|would) )?(?:you |{_PEOPLE} )?{_RINGING} me{_WHEN}",
    rf"{_WANT} (?:you |{_PEOPLE} )?to {_RINGING} me{_WHEN}",
    rf"(?:(?:can|could) you )?(?:have|get|ask|let|tell) {_PEOPLE} (?:to )?{_RINGING} me{_WHEN}",
    rf"(?:(?:can|could|will) )?(?:you |{_PEOPLE} )?give me a (?:ring|call|call ?back|bell){_WHEN}",
    rf"(?:{_WANT} |(?:can|could|may) i (?:have|get) )?a (?:call ?back|phone call){_WHEN}",
    rf"(?:{_WANT}|can i|could i|may i) (?:to )?(?:talk|speak) (?:to|with) {_PEOPLE}{_WHEN}",
    rf"{_WANT} to be (?:rung|called|phoned){_WHEN}",
    rf"(?:talk|speak) (?:to|with) {_PEOPLE}|call ?back",
)
_RESUMES = _whole(
    r"(?:start|begin)(?: asking| messaging| reminding)?(?: me)? again",
    r"(?:ask|message|remind|write to) me again",
    rf"(?:start|send)(?: me)? {_WHICH}{_THINGS} again",
    r"resume",
)
_TO_ME = r"(?: to)?(?: me)?"
_PARTS = (
    r"(?:the |in the |at |during the |during |on )*"
    r"(?:mornings?|afternoons?|evenings?|nights?|nighttime|daytime|day|work|lunch(?:time)?|weekends?"
    r"|(?:so )?(?:late|early))"
)
_WRITE = rf"(?:ask|text|message|write|contact|ping|remind|send|check){_TO_ME}(?: in)?(?: {_THINGS})?"
_WRITING = rf"(?:asking|texting|messaging|writing|pinging|bothering){_TO_ME}"
_ASKS_THEN = _whole(
    rf"(?:(?:can|could|will|would) you )?(?:only )?{_WRITE} (?:only )?{_PARTS}(?: only| instead| from now on)*",
    rf"{_PARTS} (?:instead|from now on)",
    rf"(?:i (?:would )?prefer|i like|id prefer|id rather|rather|better) {_PARTS}",
    rf"(?:dont|do not|never|no|not) (?:{_WRITE}|{_THINGS}) {_PARTS}",
    rf"{_YOU_TO}stop {_WRITING} {_PARTS}",
    r"(?:(?:its|this is|that is|thats) )?too (?:early|late)(?: for me)?(?: in the \w+| at night)?",
    rf"(?:ask|text|message|write){_TO_ME} (?:later|earlier|(?:at )?another time)(?: in the day)?",
)
_ONLY_THEN = _whole(rf"only {_PARTS}", rf"{_PARTS} only", rf"not {_PARTS}")
"""In a check-in it may be the answer, "only at night", unless there is a please in it."""
_SO_LONG = (
    r"(?:for |till |until )?(?:now|today|tonight|tomorrow|(?:the )?rest of the day"
    r"|(?:a|the|this) (?:day|week|weekend|while|bit|moment|evening|morning))(?: or two)?"
)
_OFTEN = r"(?:far |way )?(?:too|so) (?:much|often)"
_QUIETS = _whole(
    rf"(?:(?:its|this is|thats|there are|youre sending|you send|you are sending) )?(?:me )?(?:far |way )?too many"
    rf" {_THINGS}(?: for me)?",
    rf"(?:you |u )?(?:ask|text|message|write){_TO_ME} {_OFTEN}",
    rf"(?:fewer|less) {_THINGS}",
    rf"(?:(?:can|could) you )?(?:ask|text|message|write){_TO_ME} less(?: often)?",
    rf"(?:dont|do not) (?:ask|text|message|write|bother){_TO_ME} (?:{_OFTEN}|{_SO_LONG})",
    rf"stop {_WRITING} (?:{_OFTEN}|{_SO_LONG})",
    rf"leave me (?:alone|be|in peace) {_SO_LONG}",
    rf"give me (?:a break|some peace)(?: {_SO_LONG})?",
)
_DELETES = _whole(
    rf"{_YOU_TO}(?:delete|erase|remove|wipe) (?:all |of |everything |about )*"
    r"(?:me|(?:my|the) (?:data|details|answers|account|information|info|chat|photos))",
    rf"{_YOU_TO}(?:delete|erase) everything(?: you (?:have|know|hold)(?: about me| on me)?)?",
    r"i want (?:all )?my (?:data|details|account) (?:deleted|erased|removed)|forget (?:all about )?me",
)
_URGES = _whole(
    r"(?:this |it )?(?:is |feels |its )?(?:very |really |so )?urgent", r"(?:its |this is )?an emergency"
)


def is_label(draft: Draft, text: str) -> bool:
    """Whether the text is an answer of the open question: then it answers."""
    session = draft.current()
    if session is None:
        return False
    position = draft.derive(session)
    return position.ask is not None and isinstance(
        hear_answer(text, expect(draft, session, position, position.ask)), HeardAnswer
    )


def hear(draft: Draft, text: str) -> bool:
    """Do what a message wishes that wishes nothing else.

    Returns:
        Whether it was such a one.
    """
    wish = _wish(draft, text)
    if wish is None or wish not in draft.book.flows:
        return False
    session = draft.current()
    if session is None:
        detour(draft, wish)
        return True
    if session.flow == wish or is_label(draft, text):
        return False  # the open question hears it
    if not _chosen(draft, session, draft.derive(session), wish):
        detour(draft, wish, keep_below=session.flow == EMERGENCY)
    return True


def _wish(draft: Draft, text: str) -> str | None:
    said = " ".join(word for word in words_of(text) if word not in _POLITE)
    if said == " ".join(words_of(draft_plain(draft, phrases.URGENT))) or _URGES.fullmatch(said):
        return URGENT
    if (_ASKS_THEN.fullmatch(said) or _ONLY_THEN.fullmatch(said)) and _is_no_answer(draft, text, said):
        return TIMES
    if _QUIETS.fullmatch(said) and not _STOPS.fullmatch(_ENDS.sub("", said)):
        return QUIETER
    if _STOPS.fullmatch(said) or _STOPS.fullmatch(_ENDS.sub("", said)):
        return STOP
    if _RINGS.fullmatch(said):
        return HUMAN
    if _DELETES.fullmatch(said):
        return DELETE  # where it is asked first
    return RESUME if draft.contact.stopped_at is not None and _RESUMES.fullmatch(said) else None


def _is_no_answer(draft: Draft, text: str, said: str) -> bool:
    """Whether when something should be asked is what is meant, and not when something is felt."""
    session = draft.current()
    position = draft.derive(session) if session is not None else None
    if position is None or position.ask is None:
        return True
    if position.ask.choose is Choose.TEXT:
        return False
    is_told = position.flow == FLOW and _PLEASE.isdisjoint(words_of(text))
    return not (is_told and _ONLY_THEN.fullmatch(said))


def _chosen(draft: Draft, session: Session, position: Position, wish: str) -> bool:
    """Whether the open question has a button for the wish: then it is pressed."""
    option = {HUMAN: "person"}.get(wish, wish)
    if press.moved(session, position) or position.ask is None or find_option(position.ask, option) is None:
        return False
    press.choose(draft, session, position, press.with_marks(session, position, (option,)))
    return True
