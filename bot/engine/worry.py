"""Worry, or how the skin looks, in words that are no sign and no question we have an answer to.

With a visit under way and no question of ours open they open "Is this normal?": whoever is worried is never only
asked what they would like. At an open question they are read as ever.
"""

from __future__ import annotations

import re

from bot.engine import phrases, show
from bot.engine.draft import Draft
from bot.engine.for_today import is_checking_in
from bot.engine.hear import hear_answer, unread
from bot.engine.heard import Expected, HeardQuestion, words_of
from bot.engine.model import Choose
from bot.engine.session import ContextValue, Session, Visit
from bot.engine.steps import AFTER_END, NORMAL, begin, leave_detours
from bot.engine.told import TOLD, WORDS_CHARACTERS
from bot.engine.usual_news import is_usual
from bot.engine.visits import open_visit
from bot.engine.wishes import is_label

_WORRY = """
worried worry worries worrying concerned concerning concern scared scary frightened frightening afraid anxious
nervous panic panicking unsure wrong weird odd strange awful terrible horrible worse worst worsening allergic
reaction infected infection hurts hurt hurting pain painful aches aching burning burns stinging stings
throbbing bleeding help
"""
_LOOK = """
skin face cheek cheeks forehead chin nose neck eye eyes eyelid lip lips red redness reddish pink sore swollen
swelling swell puffy bruise bruised bruises bruising lump lumps lumpy bump bumps bumpy itchy itch itches itching
peeling peel dry dryness flaky flaking blotchy blotches patch patches patchy spot spots spotty pimples rash
marks tight tender hot warm scab scabs scabby crust crusty weeping oozing leaking bigger spreading spread
growing lines hard numb numbness tingling funny bad ugly
"""
_COLOUR = "dark darker brown purple yellow green white grey pale blue black pink"
"""Said of many things: only beside a part of the skin, or "it", is it how the skin looks."""
_SKIN = """
skin face cheek cheeks forehead chin nose neck eye eyes eyelid lip lips jaw temple it its spot spots area
bruise mark marks lump bump
"""
_OF_THINGS = re.compile(r"\bpatch(?: |-)?tests?\b|\b(?:paint|dye|decorat|wear|bought|buy)\w*\b.*")
"""A test before a treatment, and what is coloured by hand."""
_PRAISED = """
thanks thank thankyou thx cheers great good lovely amazing love brilliant fantastic wonderful perfect happy
pleased better beautiful glowing gorgeous fine
"""
WORRIES, LOOKS, _PRAISE, _COLOURS, _SKINS = (
    frozenset(words.split()) for words in (_WORRY, _LOOK, _PRAISED, _COLOUR, _SKIN)
)
_USUAL = frozenset(["normal", "usual", "ok", "okay", "alright", "right"])
_ASKS = frozenset(["is", "should", "will", "would", "does", "are", "isnt", "shouldnt"])
_NO_OPTIONS = Expected(Choose.ONE, ())


def hear(draft: Draft, text: str) -> bool:
    """Open "Is this normal?" where the words of a text are of worry or of skin, and nothing else is open.

    Returns:
        Whether it was opened.
    """
    if NORMAL not in draft.book.flows or not is_idle(draft, text) or not _is_meant(draft, text):
        return False
    context: dict[str, ContextValue] = {}
    # More than is said of skin that heals well: it reaches a person.
    if unread(text, _NO_OPTIONS) and not is_usual(draft, text):
        context[TOLD] = text[:WORDS_CHARACTERS]
    leave_detours(draft)
    show.send(draft, draft.words(phrases.ASKS_FIRST))
    begin(draft, NORMAL, context)
    return True


def is_idle(draft: Draft, text: str) -> bool:
    """Whether a visit is under way, and nothing is open but what they would like, or the plan that was shown."""
    visit, session = open_visit(draft), draft.current()
    if visit is None or session is None:
        return visit is not None
    is_free = session.flow == AFTER_END or is_shown_plan(draft, session, visit)
    return is_free and not is_label(draft, text)


def is_shown_plan(draft: Draft, session: Session, visit: Visit) -> bool:
    """Whether a conversation has come to its end but for the plan, which stays on show for a while."""
    return session.id == visit.session and not draft.has_red(session) and not is_checking_in(draft, session)


def _is_meant(draft: Draft, text: str) -> bool:
    words = words_of(_OF_THINGS.sub("", text.casefold()))
    said = frozenset(words)
    if not said.isdisjoint(_COLOURS) and not said.isdisjoint(_SKINS):
        said |= {"skin"}
    is_asking = "?" in text or not _ASKS.isdisjoint(words[:1])
    asked = hear_answer(text, _NO_OPTIONS, draft.book.questions)
    if isinstance(asked, HeardQuestion):  # of their own skin only "is it normal that …"; the rest has its answer
        question = next(each for each in draft.book.questions if each.id == asked.id)
        return question.sign is None and not said.isdisjoint(_USUAL) and not said.isdisjoint(LOOKS)
    if not said.isdisjoint(WORRIES):
        return True
    if not said.isdisjoint(LOOKS):
        return is_asking or said.isdisjoint(_PRAISE)
    return is_asking and not said.isdisjoint(_USUAL)
