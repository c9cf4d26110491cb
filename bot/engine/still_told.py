"""Words that take something urgent back: they lower nothing, and get a warm answer."""

from __future__ import annotations

from bot.engine import phrases
from bot.engine.draft import Draft
from bot.engine.heard import words_of

TAKEN_BACK = tuple(
    words_of(text)
    for text in """
        nothing / fine / better / ok / okay / alright / all right / all good / all well / false alarm / mistake
        by accident / joke / joking / went away / its gone / never mind / nevermind / forget it
    """.replace("\n", "/").split("/")
    if text.strip()
)


def still_told(draft: Draft, text: str) -> str:
    """What is said, as HTML, to whoever says it is nothing while their urgent alert is open; "" for all else."""
    if not draft.facts()["contact.red_open"] or not draft.book.clinic.get("clinic.staffed"):
        return ""
    said = words_of(text)
    is_meant = any(
        said[start : start + len(phrase)] == phrase for phrase in TAKEN_BACK for start in range(len(said))
    )
    return draft.words(phrases.STILL_TOLD) if is_meant else ""
