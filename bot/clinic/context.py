"""What the words around a phrase make of it: said, doubtful (asked about first), or taken back.

A negation right before it ("no fever") and a settled sign ("the swelling has gone down") take it back, and so does
what is long past. A question about what could happen, a habit and a joke leave it in doubt. Nothing reaches past
the end of a sentence, a "but", or a comma before a new subject.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from bot.clinic import cues, cues_now, cues_past
from bot.clinic.context_abroad import asks_abroad, is_denied_abroad, was_long_ago_abroad
from bot.clinic.phrases import Found
from bot.clinic.spelling import Word, word_set

Said = Literal["said", "doubtful", "taken back"]

NEGATIONS = word_set(
    "no not isnt arent wasnt werent dont doesnt didnt havent hasnt hadnt aint wont never without neither nor zero"
    " none"
)
NOT_NEGATED = word_set(
    "sure only just normal good right well great ok okay better getting going improving stopping stopped working"
    " know understand idea matter longer sleeping wait joking fine felt bad worse think normally warning like"
    " believe clue sleep slept stand helping"
)
"""After these a negation says nothing about what follows: "not sure", "don't know", "not feeling well"."""
_CANNOT = cues.one_of("cant|couldnt|no can|no could|not can|wont")
"""Of these "well" says nothing good: "can't speak well", "no can move the leg good"."""
_RATHER = word_set("more rather")
"""At the head of a clause they say what it is instead: "no pus, more a yellow crust"."""
_OWN_NEGATIONS = word_set("cant couldnt not isnt dont doesnt wont no hardly")
"""A phrase that begins so is not what a word before it denies: "don't feel well can't breathe"."""
_NEW_SUBJECT = word_set("well i im ive my he she it now help there")
NEGATION_REACH_WORDS = 4
SENTENCE_WORDS = 30
"""People leave out the full stop; so far around a phrase its sentence reaches at most."""
NEAR_BEFORE, NEAR_AFTER = 10, 12
"""How many words before and after a phrase may put it in doubt."""
SETTLED_WITHIN_WORDS = 4


def read_context(found: Found, words: tuple[Word, ...], knows: Callable[[str], bool]) -> Said:
    """How far a phrase that was found is meant.

    Args:
        found: Where the phrase stands among `words`.
        words: Of the message.
        knows: Whether a word belongs to some phrase; a denied list ("no fever, swelling") is made of such.
    """
    if found.phrase.abroad and is_denied_abroad(found, words):
        return "taken back"
    negated = [] if found.phrase.abroad else [_negation(start, found, words, knows) for start in found.starts]
    if "taken back" in negated:
        return "taken back"
    around = _Around(found, words)
    if found.phrase.abroad and around.long_ago_abroad():
        return "taken back"
    if around.settled() or around.long_ago() or around.of_a_thing() or around.as_ever():
        return "taken back"
    certain = "doubtful" not in negated and not found.phrase.doubtful and not around.in_doubt()
    return "said" if certain else "doubtful"


class _Around:
    """The sentence of a phrase, in the pieces that the rules look at."""

    def __init__(self, found: Found, words: tuple[Word, ...]) -> None:
        first, last = min(found.starts), max(found.starts)
        begins, ends = sentence_of(first, words)
        ends = max(ends, last + 1)
        self.sentence = _text(words[begins:ends])
        near = max(begins, first - NEAR_BEFORE)
        for at in range(first, near, -1):
            if words[at].after and words[at].text in _NEW_SUBJECT:
                near = at
                break
        far = min(ends, last + NEAR_AFTER)
        for at in range(last + 1, far):
            if words[at].after and words[at].text in _NEW_SUBJECT:
                far = at
                break
        self.before = _text(words[near:first])
        self.opening = words[begins].text
        self.first = self.opening if first - begins <= 1 < ends - begins and first > begins else ""
        self.answered = _is_answered(last, words)
        self.later = _text(words[last + 1 : last + 1 + NONE_WITHIN_WORDS])
        self.inside = _text(words[first : last + 1])
        self.after = _text(words[last + 1 : far])
        self.wide = cues.COMPARED.sub("", f"{self.before} {self.inside} {self.after}")

    def in_doubt(self) -> bool:
        """Whether it is a question about what could happen, a habit, of the family, a joke, or of what is well."""
        if cues.JOKE.search(self.sentence):
            return True
        if cues.CERTAINLY_NOW.search(self.sentence):
            return False
        before = cues.NOT_ABOUT_CHANCE.sub("", self.before)
        return bool(
            cues.COULD_HAPPEN.search(f"{before} {self.inside}")
            or cues.IF.search(f"{before} ")
            or cues.FIRST_ASKS.match(self.first)
            or cues_past.WELL_THERE.match(self.inside)
            or cues.ASKED_AFTER.search(f"{self.inside} {self.after}")
            or self.of_a_habit()
            or cues_past.LONG_AGO.search(self.wide)
            or self.of_a_relative()
            or (cues.OTHERS.search(f"{self.before} ") and not cues.TREATED.search(self.sentence))
            or asks_abroad(self.sentence)
            or self.answered
            or cues.NONE_OF_IT.search(self.later)
            or cues.TOLD_IN.search(self.before)
            or self.over_later()
            or (cues.REARRANGED.search(self.sentence) and cues.THIRD.search(self.sentence))
        )

    def of_a_habit(self) -> bool:
        """Whether it comes and goes as ever, or was there before: and is not back, nor grows from day to day."""
        if cues_now.NOW_TOO.search(self.sentence):
            return False
        wide = cues_now.SINCE_THEN.sub("", self.wide)
        if cues_now.NEVER_USUAL.search(self.inside) or cues_now.GROWS.search(f"{self.inside} {self.after}"):
            wide = cues_now.DAILY.sub("", wide)
        lasts = bool(cues_now.LASTS.search(self.inside))
        if lasts or cues_now.NEVER_USUAL.search(self.inside):
            told = cues_now.TREATED_AGO.sub("", wide)
            if not cues_now.WAS_THERE.search(told):
                wide = cues_now.SOME_TIME_AGO.sub("", told) if lasts else told
        return bool(cues.HABIT.search(wide))

    def over_later(self) -> bool:
        """Whether it was, and the words after it say that it is over: "I felt faint. It passed"."""
        was = cues_past.WAS_OR_WHEN.search(f"{self.before} {self.inside} {self.after}")
        if not was or cues_past.RETURNED.search(self.later):
            return False
        return bool(
            cues_past.OVER_LATER.search(self.later) or cues_past.STOPPED_SOON.search(f"{self.inside} {self.later}")
        )

    def of_a_relative(self) -> bool:
        """Whether it is an illness in the family."""
        return bool(cues.RELATIVE.search(cues.HAD_TREATMENT.sub("", f"{self.before} {self.inside}")))

    def of_a_thing(self) -> bool:
        """Whether an animal or a thing has it: "the wifi collapsed"."""
        return bool(cues.THINGS.search(cues.WHERE.sub("", f"{self.before} ")))

    def as_ever(self) -> bool:
        """Whether somebody is only sorry ("I feel awful about it"), it is as every day, or only words."""
        told = f"{self.inside} {self.after}"
        return bool(cues.REGRET.search(told) or cues.AS_EVER.search(told))

    def long_ago(self) -> bool:
        """Whether it is over for long, or was somebody else's: nothing in the sentence says that it is now."""
        past = cues_past.LONG_AGO.search(self.wide)
        if past and self.over_later():
            return True
        if cues_past.NOW.search(self.sentence):
            return False
        if cues_past.EVER_SINCE.search(self.wide):
            return True
        return bool((past or self.of_a_relative()) and cues_past.WAS.search(self.wide))

    def long_ago_abroad(self) -> bool:
        """The same, in another language."""
        return not cues_past.NOW.search(self.sentence) and was_long_ago_abroad(
            f"{self.before} {self.inside} {self.after}"
        )

    def settled(self) -> bool:
        """Whether it is said to be over or on the way: "the swelling has gone down"."""
        cannot = _CANNOT.match(f"{self.inside} {self.after}")
        if cues_past.WELL.match(self.after) and not cannot:
            return True
        over = cues_past.SETTLED.search(self.after)
        if (
            over
            and not (cannot and cues_past.WELL.match(over[0]))
            and not cues_past.FALLS.search(self.inside)
            and len(self.after[: over.start()].split()) < SETTLED_WITHIN_WORDS
        ):
            return not cues_past.AGAIN.search(self.after) and not cues.FIRST_ASKS.match(self.opening)
        return bool(cues_past.STOPPED_BEFORE.search(self.before))


NONE_WITHIN_WORDS = 25
_ANSWERS = word_set("no none nope never nil")


def _is_answered(last: int, words: tuple[Word, ...]) -> bool:
    """Whether a sentence of one word denies what was asked: "short of breath? No."."""
    _, ends = sentence_of(last, words)
    alone = ends + 1 >= len(words) or words[ends + 1].after == "end"
    return ends < len(words) and words[ends].text in _ANSWERS and alone


def _text(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


def sentence_of(at: int, words: tuple[Word, ...]) -> tuple[int, int]:
    """Where the sentence of a word begins and ends, among all words."""
    begins = at
    while words[begins].after != "end" and at - begins < SENTENCE_WORDS:
        begins -= 1
    ends = at + 1
    while ends < len(words) and words[ends].after != "end" and ends - at < SENTENCE_WORDS:
        ends += 1
    return begins, ends


def _says_instead(at: int, words: tuple[Word, ...]) -> bool:
    """Whether a clause begins there that corrects what was denied: "more of a yellow crust"."""
    if words[at].text not in _RATHER:
        return False
    return bool(words[at].after) or [word.text for word in words[at + 1 : at + 3]] in (["of", "a"], ["like", "a"])


def _negation(start: int, found: Found, words: tuple[Word, ...], knows: Callable[[str], bool]) -> Said:
    """Whether what begins at `start` is taken back: "no fever, swelling or blisters"."""
    joined: set[str] = set()
    first_break = start
    if words[start].text in _OWN_NEGATIONS:
        return "said"
    for at in range(start - 1, max(-1, start - SENTENCE_WORDS), -1):
        after = words[at + 1].after
        if after == "end":
            break
        if after:
            joined.add(after)
            first_break = at + 1
        anew = words[at].text in _NEW_SUBJECT and words[at - 1].text != "of"  # "neither of my eyes"
        if at in found.starts or anew or words[at].text in NOT_NEGATED or _says_instead(at, words):
            break
        if words[at].text in NEGATIONS:
            if "or" in joined or (not joined and start - at <= NEGATION_REACH_WORDS):
                return "taken back"
            denied = words[at + 1 : first_break] if joined else ()
            # "no fever, swelling": the list may go on; "no, swelling" denies nothing.
            return "doubtful" if any(knows(word.text) for word in denied) else "said"
    return "said"
