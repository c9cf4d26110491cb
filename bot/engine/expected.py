"""What the open question can take, in the words that people type."""

from __future__ import annotations

from bot.engine import phrases, show
from bot.engine.derive import Position
from bot.engine.draft import Draft
from bot.engine.heard import Choice, Expected
from bot.engine.model import Ask, Option
from bot.engine.session import Session


def expect(draft: Draft, session: Session, position: Position, ask: Ask) -> Expected:
    """The open question as the listener needs it: words in the person's language and in the source's."""
    wording = draft.wording(position)
    choices = tuple(
        Choice(
            option.id,
            tuple(dict.fromkeys((wording.plain(option.label), *source_words(option)))),
            option.exclusive,
            show.is_shown(session, option),
        )
        for option in show.options_of(draft, ask)
    )
    done = show.draft_plain(draft, phrases.DONE)
    return Expected(ask.choose, choices, (done, "done", "ready", "finished"), ask.scale)


def source_words(option: Option) -> tuple[str, ...]:
    """What people type for an option, in the source language."""
    usual = phrases.USUAL_WORDS.get(option.id, ()) if option.exclusive else ()
    return (*option.label.plain_source, *option.also, *usual)
