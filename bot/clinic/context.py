"""What the words around a phrase make of it: said, doubtful (asked about first), or taken back.

A negation right before it ("no fever") and a settled sign ("the swelling has gone down") take it back, and so does
what is long past. A question about what could happen, a habit and a joke leave it in doubt. Nothing reaches past
the end of a sentence, a "but", or a comma before a new subject.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

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
_OWN_NEGATIONS = word_set("cant couldnt not isnt dont doesnt wont no hardly")
"""A phrase that begins so is not what a word before it denies: "don't feel well can't breathe"."""
_NEW_SUBJECT = word_set("i im ive my he she it now help there")
NEGATION_REACH_WORDS = 4
SENTENCE_WORDS = 30
"""People leave out the full stop; so far around a phrase its sentence reaches at most."""
NEAR_BEFORE, NEAR_AFTER = 10, 9
"""How many words before and after a phrase may put it in doubt."""


def _cues(lines: str) -> re.Pattern[str]:
    """One expression a line; any of them, from the start of a word to the end of one."""
    return re.compile(rf"\b(?:{'|'.join(line.strip() for line in lines.strip().splitlines())})\b")


_COULD_HAPPEN = _cues(r"""
    (?:can|could|does|do|did|will|would|might|may|has|have) (?:it|this|that|these|they|you|people|one|i|my|the)
    (?:can|could|does|do|did|will|would|might|may|has|have) (?:anyone|anybody|someone|women|patients)
    (?:can|could|does|do|did|will|would|might|may) (?:microneedling|mesotherapy|fillers?|treatments?|needling)
    (?:can|could|does|do|did|will|would|might|may) (?:injections?|cream)
    (?:could|can|might|may|would) (?:\w+ )?(?:cause|lead|make|give|happen|get|turn|swell|faint|go)
    what (?:if|happens|are|is|does|do you do)
    whats
    in case
    suppose
    imagine
    how (?:do|would|will|can) (?:i|you)
    how (?:common|often|likely|high)
    side effects?
    risks?
    chances?
    possib\w*
    likel\w*
    common
    prevent
    avoid
    allergic to
    scared (?:of|i)
    afraid
    fear
    frightened
    terrified of
    (?:worried|scared|anxious) (?:it|this|that it|about)
    heard
    read
    saw an?
    video
    article
    film
    told me
    signs of
    symptoms of
    watch for
    look out for
    tend to
""")
_NOT_ABOUT_CHANCE = _cues(r"""
    (?:can|could|will|would) (?:you|someone|anyone|somebody|one)(?: please)? (?:tell|help|call|ring|come|say)
    (?:can|could|will|would) (?:you|someone|anyone|somebody|one)(?: please)? (?:phone|see|check)
    do (?:you|i) (?:know|think|mind|need|have)
    do i
    did i
    what (?:do|should|can|must|shall) i do
    (?:read|know|heard|see|tell)\w* (?:if|whether|why|that i|that my)
    have (?:i|you)
    it(?: is)? possible
    what (?:is|are) (?:happening|wrong|going|this)
    whats (?:happening|wrong|going|this)
""")
"""Questions about what is: taken out before looking for those about what could be."""
_BEFORE_IF = [
    "know",
    "sure",
    "wonder",
    "wondering",
    "ask",
    "tell",
    "see",
    "check",
    "bad",
    "normal",
    "ok",
    "okay",
    "fine",
    "worse",
    "serious",
    "as",
]
_IF = re.compile(
    "".join(f"(?<!{word} )" for word in _BEFORE_IF)
    + r"\b(?:if|when|whenever|should (?=i (?:get|have|feel|start|notice))) ?"
    + r"(?!i press|this|that|it (?:is )?(?:normal|ok|okay|fine|serious|bad|important|matters))"
)
_FIRST_ASKS = re.compile(r"^(?:is|are|does|do|can|could|will|would|may|might|any)$")
_ASKED_AFTER = _cues(r"""
    side effects?
    known
    risk
    common
    rare
    possible
    likely
    happens?
    often
    afterwards
    with needles
    who (?:do|should|would|can) i
    when(?:ever)? i (?:see|saw|climb|run|walk|exercise|swim|drink|eat|smoke|cry|laugh|think|hear|have|train|rush)
    when(?:ever)? (?:im|i am|it is|its|it) (?:nervous|cold|tired|stressed|anxious|excited|hot|running|upset)
""")
_HABIT = _cues(r"""
    (?<!at )once
    sometimes
    usually
    always
    every (?:morning|night|winter|spring|summer|year|month|time|so often)
    in (?:the )?(?:mornings|winter|summer|spring)
    (?:many|several|some|ten|\d+|two|three|four|five|for|of) years
    with age
    chronic\w*
    last (?:week|month|time)
    a few weeks ago
    months? ago
    after my last
    since (?:i was|an?|my) \w*
    whenever
    tend to
    used to
""")
_LONG_AGO = _cues(r"""
    (?:years?|yrs|decades?) (?:ago|back)
    last year
    as an? (?:toddler|child|kid|teenager|teen|baby|girl|boy|student)
    when i was (?:a|an|in|\d+|pregnant|young|younger|little|small|ten|twelve)
    in (?:19|20)\d\d
    since (?:19|20)\d\d
    in the past
    history of
    born with
    in my (?:teens|twenties|youth|childhood)
    long ago
    used to
    runs? in
""")
_EVER_SINCE = _cues(r"""
    since (?:birth|childhood|an accident|my accident)
    all my life
    i was born
""")
_WAS = _cues("had|was|were|fainted|lost|harmed|got|went|used|died|suffered|swelled")
_RELATIVE = _cues(r"""
    my (?:\w+ )?(?:mum|mom|mother|dad|father|uncle|aunt|auntie|brother|sister|cousin) (?:had|has|died|suffered|got)
    (?:mum|mom|mother|dad|father|grand\w+|gran|nan|uncle|aunt|auntie|brother|sister|parents?|family|cousin) had
    (?:grand\w+|gran|nan|uncle|aunt|auntie|cousin) (?:went|goes|gets?|lost)
    (?:mum|mom|mother|dad|father|grand\w+|gran|nan|uncle|aunt|auntie|brother|sister|cousin) (?:has|died|is|s)
    (?:family|parents?) (?:has|have|got)
    grand\w+ (?:suffered|got)
""")
_NOW = _cues(r"""
    now
    today
    tonight
    again
    suddenly
    started
    just
    minutes?
    hours?
    help
    still
    yesterday
    morning
    evening
    afternoon
    at the moment
    worse
    getting
    injections?
    cream
    session
    needling
    jabs?
    since the
""")
_CERTAINLY_NOW = _cues("right now|help me|please help|at the moment|is it (?:normal|ok|okay)|started")
_SETTLED = _cues(r"""
    (?:gone|going|went|come|came) down(?! my| the| to| in| into| his| her)
    gone away
    went away
    (?:is|are|has|have|all|nearly|almost|mostly|completely) gone(?: now| away| completely| and| thankfully|$)
    better (?:now|today)
    much better
    settl\w+
    subsid\w+
    improv\w+
    cleared
    disappeared
    under control
    well controlled
    (?:fine|ok|okay|normal|good)(?: now| again)?$
    back to normal
    wearing
    wore off
    over now
""")
SETTLED_WITHIN_WORDS = 4
_AGAIN = _cues(r"again|back(?! to)|return\w*|worse|then|not|isnt|hasnt|arent|havent|wont|never|no")
_STOPPED_BEFORE = re.compile(r"\b(?:stopped|stops|less|no more|no longer|instead of|not even)$")
_JOKE = re.compile(r"\b(?:lol|lmao|rofl|(?:ha){2,}h?|(?:he){2,}|hihi|jk|kidding|joking|joke)\b")


def read_context(found: Found, words: tuple[Word, ...], knows: Callable[[str], bool]) -> Said:
    """How far a phrase that was found is meant.

    Args:
        found: Where the phrase stands among `words`.
        words: Of the message.
        knows: Whether a word belongs to some phrase; a denied list ("no fever, swelling") is made of such.
    """
    negated = [_negation(start, found, words, knows) for start in found.starts]
    if "taken back" in negated:
        return "taken back"
    around = _Around(found, words)
    if around.settled():
        return "taken back"
    if around.long_ago():
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
        self.inside = _text(words[first : last + 1])
        self.after = _text(words[last + 1 : far])

    def in_doubt(self) -> bool:
        """Whether it is a question about what could happen, a habit, of the family, or a joke."""
        if _JOKE.search(self.sentence):
            return True
        if _CERTAINLY_NOW.search(self.sentence):
            return False
        before = _NOT_ABOUT_CHANCE.sub("", self.before)
        wide = f"{self.before} {self.inside} {self.after}"
        return bool(
            _COULD_HAPPEN.search(f"{before} {self.inside}")
            or _IF.search(f"{before} ")
            or _FIRST_ASKS.match(self.first)
            or _ASKED_AFTER.search(f"{self.inside} {self.after}")
            or _HABIT.search(wide)
            or _LONG_AGO.search(wide)
            or _RELATIVE.search(f"{self.before} {self.inside}")
        )

    def long_ago(self) -> bool:
        """Whether it is over for long, or was somebody else's: nothing in the sentence says that it is now."""
        if _NOW.search(self.sentence):
            return False
        wide = f"{self.before} {self.inside} {self.after}"
        if _EVER_SINCE.search(wide):
            return True
        past = _LONG_AGO.search(wide) or _RELATIVE.search(f"{self.before} {self.inside}")
        return bool(past and _WAS.search(wide))

    def settled(self) -> bool:
        """Whether it is said to be over or on the way: "the swelling has gone down"."""
        over = _SETTLED.search(self.after)
        if over and len(self.after[: over.start()].split()) < SETTLED_WITHIN_WORDS:
            return not _AGAIN.search(self.after) and not _FIRST_ASKS.match(self.opening)
        return bool(_STOPPED_BEFORE.search(self.before))


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
        if at in found.starts or words[at].text in _NEW_SUBJECT or words[at].text in NOT_NEGATED:
            break
        if words[at].text in NEGATIONS:
            if "or" in joined or (not joined and start - at <= NEGATION_REACH_WORDS):
                return "taken back"
            denied = words[at + 1 : first_break] if joined else ()
            # "no fever, swelling": the list may go on; "no, swelling" denies nothing.
            return "doubtful" if any(knows(word.text) for word in denied) else "said"
    return "said"
