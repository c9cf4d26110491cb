"""Whether a message says no more than what is usual on its day: "just flaking, no fever, nothing else".

Every word must be known: of what is usual that day (`heard_usual`), of what is denied, or a small one. A contrast,
a question, a measure ("very"), a number or any other word, and it is for somebody to read. What is denied as over
("no fever any more") was there, so it is read too, but for what everybody has.

Source: data/recovery.yaml, `course` (reviewed_on inside).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from bot.clinic.catalogue import TREATMENTS, Catalogue
from bot.clinic.spelling import word_set

_SMALL = word_set("""
a an the my mine it its is are am i im ive have has got there theres this that here we me im on in of for with
also and still just only bit little slightly slight mild mildly tiny small touch tad some light lightly all
everything feel feels feeling look looks looking seem seems now today tonight already skin face cheek cheeks
forehead chin nose jaw jawline temple temples area around round along near by few couple better fine good great
ok okay well lovely happy pleased calm calmer calming settling settled healing healed improving normal usual
expected fading faded fades gone going down hi hello thanks thank you cheers
""")
_PRAISE = word_set("better fine good great ok okay well lovely happy pleased")
"""Beside these in one breath nothing is only usual: "good and swollen", "great swelling"."""
_LESSER = word_set("paler shrinking smaller")
"""What is usual and good: to deny it says more."""
_HAD_BY_ALL = word_set("""
redness red swelling swollen puffy bruise bruises bruising bumps marks dots soreness sore tightness tight
tenderness tender flaking flakes peeling dryness dry itch itching itchy stinging tingling pain
""")
_DENIED = _HAD_BY_ALL | word_set("""
fever temperature chills shivers lump lumps bump pus crust crusts crusting blister blisters blistering hives
rash itchiness pains hurting painful discharge weeping oozing leaking bleeding spots pimples breakout
breakouts burning infection dizziness heat warmth
""")
_GROWS = word_set("growing grown bigger larger spreading spread worse hotter")
"""Whoever denies these alone has not said of what: of a lump it would be no good news."""
_OF = word_set("i ive im its it is my the have has got there theres and still also skin face they theyre are")
"""What may stand before a denial, beside what is usual then: "the bruise isn't growing"."""
_FIXED = re.compile(
    r"\b(?:no (?:problems?|complaints?|issues|worries|concerns)|not bad|so far|at all|as (?:expected|described)"
    r"|(?:(?<=flaky )|(?<=itchy )|(?<=dry )|(?<=pink )|(?<=flaking )|(?<=peeling ))(?:in places|here and there)"
    r"|(?<!i )(?:like|as) (?:in )?the picture(?: says| shows| said)?"
    r"|as you (?:said|described)|like you (?:said|described)|back to normal|touch wood|thank (?:god|goodness)"
    r"|(?<=or )anything(?: (?:else|of the kind|like (?:that|those)))?"
    r"|nothing (?:else|more|new|bad|unusual|wrong|special|to report)(?: to (?:report|say|add|mention))?"
    r"|(?:cant|couldnt|could not) be (?:better|happier)|(?:much|a lot|lots|way|far) (?=better|paler|calmer))\b"
)
"""Word by word some of them would say more than they do."""
_NOR_THE_LIKE = re.compile(
    r"(?:and |or )?(?:nothing (?:else )?(?:of the (?:kind|sort)|like (?:that|those|it))"
    r"|none of (?:that|those|these|them))"
)
"""Behind a denial it denies the rest; alone it may deny the picture: "nothing like that"."""
_LONE_NO = re.compile(r"^(?:no|nope|nah)(?: (?=(?:its|it is|im|i am|ive|i have|just|only|all|everything)\b)|$)")
_DENIAL = re.compile(
    r"^(?P<of>(?:[a-z]+ )*?)(?P<no>no|not|isnt|arent|dont|doesnt|havent|hasnt|without|less|fewer)\b"
    r"(?P<fill>(?: (?:a|an|any|have|got|more|new|other|real|signs?|of|longer|feel|getting|gotten))*) (?P<what>.+)$"
)
_ASKS = re.compile(r"^(?:is|are|am|has|have)\b")
_MORE_THAN_USUAL = re.compile(
    r"\b(?:good|nice) and\b|(?s:(?=.*\bnose\b)(?=.*\b(?:bruis|purpl|blu|swoll|swell|puff)))"
)
"""Good and swollen; and a nose that is more than red or dry, where a blocked vessel shows first."""
_OVER = re.compile(r"(?: (?:any more|anymore|now|today|left))+$")
_ENDS = re.compile(r"[,.;:!)\n…–—]+|\b(?:and|plus|also)\b")
_READABLE = re.compile(r"[a-z\s,.;:!)'’`\-…–—👍🙏🙂😊❤\ufe0f☺]+")


def says_only_usual(text: str, treatment: str, day: int, catalogue: Catalogue) -> bool:
    """Whether a message holds nothing that a person must read on that day of a course.

    Args:
        text: As typed.
        treatment: `microneedling` or `mesotherapy`; of anything else what is usual after either.
        day: Whole days since the treatment, from 0.
        catalogue: The clinic's rows.
    """
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter)
    )
    if not _READABLE.fullmatch(plain) or _MORE_THAN_USUAL.search(plain):
        return False
    had = (treatment,) if treatment in TREATMENTS else TREATMENTS
    rows = [row for each in had if (row := catalogue.day_of_course(each, day))]
    plain = re.sub(r"['’`]", "", plain).replace("-", " ")
    usual = _usual(plain, (line for row in rows for line in row.heard_usual))
    return _tells_only(plain, usual)


def _usual(plain: str, lines: Iterable[str]) -> frozenset[str]:
    """The words that are usual then; of a line of several only where all of them stand in the message."""
    said = frozenset(re.findall(r"[a-z]+", plain))
    return frozenset(word for line in lines if said.issuperset(line.split()) for word in line.split())


def _tells_only(plain: str, usual: frozenset[str]) -> bool:
    tells, after_denial = False, False
    for clause in _ENDS.split(plain):
        words = _LONE_NO.sub("", " ".join(re.findall(r"[a-z]+", clause)))
        if after_denial and _NOR_THE_LIKE.fullmatch(words):
            continue
        rest = " ".join(_FIXED.sub(" ", words).split())
        tells |= rest != words
        if not rest:
            continue
        is_list = after_denial and re.search(r"(?:^| )n?or ", rest) is not None
        denied = _DENIAL.match(f"no {rest}" if is_list else rest)
        after_denial = denied is not None
        if denied is not None:
            if not _denies(denied, usual):
                return False
            tells |= _says_of_what(denied, usual)
        elif _ASKS.match(rest):
            return False
        elif not usual.isdisjoint(rest.split()) and set(rest.split()) <= (_SMALL - _PRAISE) | usual:
            tells = True
        elif not set(rest.split()) <= _SMALL:
            return False
    return tells


def _says_of_what(denied: re.Match[str], usual: frozenset[str]) -> bool:
    return not set(_OVER.sub("", denied["what"]).split()) <= _GROWS or not usual.isdisjoint(denied["of"].split())


def _denies(denied: re.Match[str], usual: frozenset[str]) -> bool:
    """Whether all that a clause denies is something that one may only be glad to be without."""
    what = _OVER.sub("", denied["what"])
    if not set(denied["of"].split()) <= _OF | usual:
        return False
    is_over = what != denied["what"] or not {"more", "longer"}.isdisjoint(denied["fill"].split())
    is_less = denied["no"] in {"less", "fewer"}
    may_be = (_HAD_BY_ALL if is_over or is_less else _DENIED | _GROWS) | (usual - _LESSER)
    items = [word for word in what.split() if word not in {"or", "nor", "any", "new", "no"}]
    return bool(items) and set(items) <= may_be
