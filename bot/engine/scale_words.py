"""What may stand beside an answer that is a degree, and what turns it: "better today", "better was expected"."""

from __future__ import annotations

from itertools import product

from bot.engine.small_words import words

Phrase = tuple[str, ...]


def _phrases(text: str) -> frozenset[Phrase]:
    return frozenset(tuple(each.split()) for each in text.split("/") if each.split())


_POLITE = """
please pls plz thanks thank thankyou thx ty cheers ta hi hello hey hiya dear yes yeah yep yup ya aye ok okay
right sure roughly just oh ah aw um hmm er uh so and tbh
"""
_POINTING = """
a an the my mine it its is are am im ive i me we this that these those here there them they one all everything
has have got getting gotten going looks looking look feels feel feeling seems seem appears staying stays
stayed keeps remains coming doing everythings
"""
_POSITIVE = """
nicely lovely great fine good happy glad pleased well perfect perfectly brilliant wonderful fantastic amazing
beautifully fab nice calm calmer calming smooth smoother
"""
_HOW_MUCH = """
very much lot lots loads way far bit little slightly slight tiny tad quite pretty fairly somewhat considerably
noticeably clearly definitely certainly absolutely really truly totally completely entirely fully exactly
actually honestly basically overall generally even steadily gradually slowly quickly
"""
_WHEN = "already now today tonight currently again still daily"
_SYMPTOMS = """
redness swelling pain soreness tenderness puffiness bruising dryness flaking flakes peeling tightness itch
"""
_PLACES = "skin face cheek cheeks forehead chin nose neck area areas treatment colour color"
_AS_IT_HEALS = "dry flaky peel tight itchy pink healing"
POSITIVE, SYMPTOMS, PLACES = (words(each) for each in (_POSITIVE, _SYMPTOMS, _PLACES))
PLAIN = words(f"{_POLITE} {_POINTING} {_POSITIVE} {_HOW_MUCH} {_WHEN} {_SYMPTOMS} {_PLACES} {_AS_IT_HEALS}")
"""Words that say nothing more than the answer beside them."""
DOWNTONERS = words("""
bit little slightly slight tiny tad somewhat fairly pretty quite much really lot
""")
"""Beside "none" they turn it: "none much", "not red, a bit"."""
INTENSIFIERS = words("""
very really so extremely quite pretty much lot too super incredibly terribly
""")
"""Before a word of how it feels they make it worse: "very tender"."""
OF_FEELING = words("""
red sore tender painful achy ache aching hurts hurting stinging tingling throbbing swollen puffy warm hot
bruised inflamed angry raw stiff uncomfortable sensitive discomfort sting
""")
"""Harmless only where the word before it makes them little: "a little sore", "less red"."""
LITTLE = frozenset(["less", "little", "bit", "mild", "mildly", "slight", "slightly", "tad", "only"])

_THAN = ("than", "then", "as", "since", "from", "like", "to")
_BEFORE = """
yesterday / before / last time / the last time / last night / this morning / it was / it was yesterday / it
was before / i was / i was yesterday / the day before / the other day / day one / usual / ever / always /
expected / i expected / i thought / i hoped / i feared / that / this / these / you said / you say / you
describe / you described / described / shown / the picture / in the picture / the description / earlier /
earlier today
"""
_FIXED = """
thank you / thank goodness / thank god / of course / for sure / to be honest / to be fair / on the whole / in
general / more or less / at all / at the moment / right now / so far / by now / by the day / by the hour / day
by day / every day / each day / bit by bit / little by little / this morning / this evening / this afternoon /
i think / i guess / i suppose / i believe / id say / i would say / i must say / i have to say / i can say /
happy to say / glad to say / pleased to say / touch wood / fingers crossed / for asking / for checking / for
checking in / for your help / no problem / no problems / no worries / no complaints / no issues / no trouble /
been getting / been going / been healing / been fading / been fine / been good / been the same / i can see / i
can feel / that i can see / that i can feel / that i know of / to me / quite a bit / quite a little / and all
/ good morning / good evening / good afternoon / hi there / hello there / the same way / than that / or so i
think / as far as i can see / as far as i can tell / when i touch it / if i touch it / when touched / to touch
/ to the touch / when i press it / if i press it / in the mirror / with it / about it / with that / any more /
anymore / how are you / how are things / hope you are well
"""
_IN_PLACES = product(words(_AS_IT_HEALS), _phrases("in places / here and there"))
PLAIN_PHRASES = _phrases(_FIXED) | frozenset(
    (first, *rest) for first, rest in (*product(_THAN, _phrases(_BEFORE)), *_IN_PLACES)
)
"""Word by word some of them would turn the answer; as they stand they don't."""

DENIERS = words("""
hardly barely scarcely nothing nobody neither aint couldnt wouldnt shouldnt less least un non rarely
""")
"""Beside plain negations: what comes after them is not so."""
DENYING_PHRASES = _phrases(
    "far from / nothing like / anything but / nowhere near / no longer / a long way from / away from / short of"
)
CONTRASTS = words("""
but though tho although however except yet then otherwise unless apart besides instead whereas while until
till only despite
""")
"""What follows these counts more than the answer. "Only" and "just" before it make it smaller: "only mild"."""
BEFORE_THE_ANSWER = frozenset(["only", "just"])
TURNS = words("""
if when whenever once after before with without because cos could would should might may can will must shall
ought supposed meant want wanted wish wished wishes wishing hope hoped hopes hoping hopefully expect expected
expecting need needs was were had did used been being be yesterday earlier previously last id ill wonder
wondering why how what which who where whether too almost nearly mostly partly partially practically
""")
"""A wish, a condition, the past, a question, or nearly so: the answer in it is not what is."""
TURNING_PHRASES = _phrases("a bit much / a bit of a / better off / on and off / up and down / down my / down to")
_LIKING = ["i", "we", "you", "they", "id", "to", "dont", "really"]
TURNING_BEFORE_LIKE = frozenset((word, "like") for word in _LIKING)
"""There "like" is what somebody likes, and compares nothing."""
ASKS = frozenset(
    product(
        ("is", "are", "am", "has", "have", "do", "does"),
        ("it", "this", "that", "these", "they", "there", "my", "i", "you"),
    )
)
"""A text that begins so is a question."""
YES_OR_NO = frozenset(["yes", "yeah", "yep", "yup", "no", "nope", "nah"])
"""As an answer's words these count only where no other answer is named."""
KIND_SIGNS = frozenset("👍👌🙏❤💛💚💙💜🧡🤍💕💖💗🙂😊😀😃😄😁☺😌🥰😍😘🤗✨🌸🌷🌹💐🎉✅✔🌞☀😇🙌👏💪🤞♥😎")
"""Emoji that say nothing against what stands beside them."""
