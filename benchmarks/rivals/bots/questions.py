"""The flow that all of them play: six questions with three answers each, a last word, and from the start again.

(*Enough* ends it; nobody presses it here.)
"""

from __future__ import annotations

TOKEN = "123456:benchmark"
LETTERS = ("a", "b", "c")
WORDS = {"a": "The first answer", "b": "The second answer", "c": "The third answer"}
QUESTIONS = tuple(f"Question {number} of 6: which of these three comes nearest to it?" for number in range(1, 7))
LAST = "That is all: thank you. It is noted."
AGAIN = "Once more"
ENOUGH = "Enough"
TEXTS = (*QUESTIONS, LAST)


def labels(place: int) -> tuple[str, ...]:
    """The buttons under a text."""
    return tuple(WORDS.values()) if place < len(QUESTIONS) else (AGAIN, ENOUGH)
