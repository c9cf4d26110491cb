"""Hears the red list in typed words. When in doubt it hears: `certain` says whether to ask first.

Fixed phrases from reviewed rows are heard first. What stands around a phrase can take it back ("no fever") or
leave it in doubt: bot.clinic.context. A second listener knows how often words stood in earlier emergencies and in
harmless messages (bot.clinic.likeness): it asks where no phrase was heard, and tips the scale between asking and
ringing. What a phrase has heard it never makes unheard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from bot.clinic.context import NEGATIONS, NOT_NEGATED, read_context, sentence_of
from bot.clinic.context_except import EXCEPTED_WORDS, is_excepted
from bot.clinic.context_today import is_not_told
from bot.clinic.cues import TREATED
from bot.clinic.cues_now import BREATHES_WELL, FINE_BREATH, NOT_ONLY_WELL
from bot.clinic.likeness import Likeness
from bot.clinic.measures import mark_growth
from bot.clinic.phrases import FILLERS, Found, Phrase, compile_phrase, find, keys_of, one_word, read_message
from bot.clinic.rows import Sign
from bot.clinic.spelling import STEM, Spelling, Word, read_words

Family = Literal["ambulance", "crisis", "skin_colour", "clinic"]
_FIRST_SPOKEN_TO: tuple[Family, ...] = ("crisis", "ambulance", "skin_colour", "clinic")
"""The crisis card names the ambulance too; the ambulance card alone is no answer to somebody who wants to die."""


BESIDE_WORDS = 10
"""So far before and after a phrase the words of `unless_beside` and `asked_beside` count."""
MENTIONS_AT_MOST = 20
"""Of one phrase in one message: nobody in need says it oftener, and looking around each takes time."""
ALIKE = 3.0
"""From this likeness on a message is asked about in which no phrase was heard."""
DENIED_ALIKE = 6.0
"""The same, where a phrase was said and taken back: "my vision is fine"."""
ALIKE_BEYOND_DOUBT = 12.0
"""From here on it is not asked about first."""
CLEARLY = 9.0
"""A sign is named where the words are so much liker to its messages than to those of others, as a logarithm."""
TIPS_UP = 4.0
"""A doubtful phrase in a message that is so much like an emergency is meant."""
TIPS_DOWN = -2.0
"""A phrase in a message that is so much like a harmless one is asked about first."""


@dataclass(frozen=True, slots=True)
class EmergencyHeard:
    """What of the red list a message says."""

    signs: tuple[str, ...]
    """In the order of the rows."""
    family: Family
    """Of several the one whose words come first: whom to ring."""
    certain: bool
    """False: heard in a question, in the past or in doubtful words; ask at once, and show the numbers."""
    is_guess: bool = False
    """No phrase was heard: the words are like those of earlier emergencies; where none is clear, without signs."""
    if_treated: bool = False
    """Certain only of somebody who has had a treatment: else it is asked about first."""


@dataclass(frozen=True, slots=True)
class Ears:
    """The compiled red list; made once by `compile_signs`, never changed."""

    signs: Mapping[str, Sign]
    by_word: Mapping[str, tuple[tuple[str, Phrase], ...]]
    unless: Mapping[str, frozenset[str]]
    """By sign: words of a sentence beside which it is not meant."""
    asked: Mapping[str, frozenset[str]]
    """By sign: words of a sentence beside which it is asked about first."""
    spelling: Spelling
    stems: frozenset[str]
    is_red: bool = True
    """The red list, of which a question is asked back; of others it says nothing."""
    likeness: Likeness | None = None
    calmed: frozenset[str] = frozenset()
    """Signs of which some phrase is not meant where breathing is said to be well."""
    always_asked: frozenset[str] = frozenset()
    """Signs of which each phrase is doubtful: asked about first, whatever else the message says."""

    def knows(self, word: str) -> bool:
        """Whether a word belongs to some phrase."""
        return not self.by_word.keys().isdisjoint(keys_of(word, self.stems))


def compile_signs(
    signs: Iterable[Sign],
    named: Mapping[str, Sequence[str]] = MappingProxyType({}),
    likeness: Likeness | None = None,
) -> Ears:
    """Make the rows' phrases ready for hearing; `named` are the lists of words that phrases name with a $.

    Without `likeness` the phrases decide alone.

    Raises:
        ValueError: A line can't be heard.
    """
    ears = _compile(signs, named, is_red=True, lines_of=lambda sign: sign.heard)
    return replace(ears, likeness=likeness)


def compile_today(signs: Iterable[Sign], named: Mapping[str, Sequence[str]] = MappingProxyType({})) -> Ears:
    """Make the phrases ready by which somebody says what a person should look at today.

    Raises:
        ValueError: A line can't be heard.
    """
    return _compile(
        (sign for sign in signs if sign.heard_today), named, is_red=False, lines_of=lambda sign: sign.heard_today
    )


def _compile(
    signs: Iterable[Sign],
    named: Mapping[str, Sequence[str]],
    *,
    is_red: bool,
    lines_of: Callable[[Sign], Sequence[str]],
) -> Ears:
    rows = {sign.id: sign for sign in signs}
    by_word: dict[str, tuple[tuple[str, Phrase], ...]] = {}
    vocabulary: set[str] = set()
    foreign: set[str] = set()
    as_written: set[str] = set()
    for sign in rows.values():
        for line in lines_of(sign):
            phrase = compile_phrase(line, named)
            vocabulary |= phrase.words if is_red else phrase.words - phrase.unless
            as_written |= phrase.unless
            _file(by_word, sign.id, phrase)
        for language, lines in sign.heard_abroad.items() if is_red else ():
            for line in lines:
                phrase = compile_phrase(line, abroad=language)
                foreign |= phrase.words
                _file(by_word, sign.id, phrase)
    unless = {row.id: frozenset(map(one_word, row.unless_beside)) for row in rows.values()}
    asked = {row.id: frozenset(map(one_word, row.asked_beside)) for row in rows.values()}
    as_written.update(foreign, *unless.values(), *asked.values())
    stems = frozenset(word for word in vocabulary | foreign if word.endswith(STEM))
    spelling = Spelling((vocabulary - stems) | FILLERS | NEGATIONS | NOT_NEGATED, as_written - stems)
    doubted = frozenset(row.id for row in rows.values() if all(line.startswith("?") for line in lines_of(row)))
    calmed = frozenset(sign for pairs in by_word.values() for sign, phrase in pairs if phrase.unless_well)
    return Ears(rows, by_word, unless, asked, spelling, stems, is_red, calmed=calmed, always_asked=doubted)


def _file(by_word: dict[str, tuple[tuple[str, Phrase], ...]], sign: str, phrase: Phrase) -> None:
    for word in phrase.anchor:
        by_word[word] = (*by_word.get(word, ()), (sign, phrase))


def hear_emergency(text: str, ears: Ears) -> EmergencyHeard | None:
    """Whether a message says something of the red list; None: nothing heard.

    Args:
        text: As typed, of any length and script.
        ears: From `compile_signs`.

    Source: data/recovery.yaml, `signs`.
    """
    words = read(text, ears)
    said = _hear(words, ears)
    heard = _gather({sign: certain for sign, certain in said.items() if certain is not None}, ears)
    if heard is None:
        mark = DENIED_ALIKE if None in said.values() else ALIKE
        guess = None if ears.likeness is None else _alike(words, ears, ears.likeness, mark=mark)
        is_calmed = any(sign in ears.calmed for sign in said) and _breathes_well(words)
        return replace(guess, certain=False) if guess is not None and is_calmed else guess
    if ears.likeness is not None:
        heard = _weighed(heard, words, ears, ears.likeness)
    return replace(heard, if_treated=heard.certain and _tells_of_looks(words, ears))


def read(text: str, ears: Ears) -> tuple[Word, ...]:
    """The words of a message as phrases and counts know them: slips mended, growth marked."""
    return mark_growth(ears.spelling.mend(read_words(text)))


def hear_today(text: str, ears: Ears) -> tuple[str, ...]:
    """The signs that a message says beyond doubt, in the order of the rows; what is asked or long over is none.

    Args:
        text: As typed, of any length and script.
        ears: From `compile_today`.

    Source: data/recovery.yaml, `signs` (`heard_today`).
    """
    heard = _hear(read(text, ears), ears)
    return tuple(sign for sign in ears.signs if heard.get(sign))


def _tells_of_looks(words: tuple[Word, ...], ears: Ears) -> bool:
    """Whether all that is said may be how skin looks at any time: "my skin looks grey"."""
    told = _hear(words, ears, is_treated=False)
    is_said = _gather({sign: certain for sign, certain in told.items() if certain is not None}, ears)
    return is_said is None and not TREATED.search(" ".join(word.text for word in words))


def _hear(words: tuple[Word, ...], ears: Ears, *, is_treated: bool = True) -> dict[str, bool | None]:
    """Signs that are said, and whether beyond doubt; None: said, and not meant."""
    breathes_well = _breathes_well(words)
    words = _without_breath(words)
    message = read_message(words, ears.stems)
    phrases = dict.fromkeys(pair for key in message.at for pair in ears.by_word.get(key, ()))
    heard: dict[str, bool | None] = {}
    for sign, phrase in phrases:
        if phrase.if_treated and not is_treated:
            continue
        for found in find(phrase, message)[:MENTIONS_AT_MOST]:
            if heard.get(sign):
                break
            is_calmed = phrase.unless_well and breathes_well
            certain = None if is_calmed else _certainty(sign, found, words, ears)
            heard[sign] = heard.get(sign) if certain is None else certain
    return heard


def _breathes_well(words: tuple[Word, ...]) -> bool:
    """Whether it is said outright that breathing is well, and nothing that could take that back."""
    text = " ".join(word.text for word in words)
    return BREATHES_WELL.search(text) is not None and NOT_ONLY_WELL.search(text) is None


def _without_breath(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words but for "breathing is fine", which says of no sign beside it that it is over."""
    text = " ".join(word.text for word in words)
    said = FINE_BREATH.search(text)
    if said is None:
        return words
    first = text.count(" ", 0, said.start())
    before, rest = words[:first], words[first + 1 + said[0].count(" ") :]
    if rest and words[first].after == "end":
        rest = (rest[0]._replace(after="end"), *rest[1:])
    return before + rest


def _certainty(sign: str, found: Found, words: tuple[Word, ...], ears: Ears) -> bool | None:
    """True, False (ask first), or None: not meant."""
    first, last = min(found.starts), max(found.starts)
    begins, ends = sentence_of(first, words)
    beside = {word.text for word in words[max(begins, first - BESIDE_WORDS) : min(ends, last + BESIDE_WORDS)]}
    if not beside.isdisjoint(ears.unless[sign]):
        return None
    meant = read_context(found, words, ears.knows)
    if meant == "taken back" and is_excepted(
        words[first : min(len(words), last + 1 + EXCEPTED_WORDS)], last - first
    ):
        return not ears.is_red
    if meant == "taken back" or (not ears.is_red and is_not_told(words[begins:first], words[first:ends])):
        return None
    return meant == "said" and beside.isdisjoint(ears.asked[sign])


def _gather(heard: Mapping[str, bool], ears: Ears) -> EmergencyHeard | None:
    red: dict[str, bool] = {}
    for sign, row in ears.signs.items():
        if sign in heard:
            beside = [heard[other] for other in row.red_with if other in heard]
            if row.red:
                red[sign] = heard[sign]
            elif beside:
                red[sign] = heard[sign] and any(beside)
    if not red:
        return None
    certain = any(red.values())
    families = {ears.signs[sign].family for sign, sure in red.items() if sure or not certain}
    return EmergencyHeard(signs=tuple(red), family=min(families, key=_FIRST_SPOKEN_TO.index), certain=certain)


def _weighed(heard: EmergencyHeard, words: tuple[Word, ...], ears: Ears, likeness: Likeness) -> EmergencyHeard:
    """What is heard, with the likeness of the words in the scale."""
    if heard.certain:
        return replace(heard, certain=likeness.score(words) > TIPS_DOWN)
    if all(sign in ears.always_asked for sign in heard.signs):
        return heard
    return replace(heard, certain=likeness.score(words) >= TIPS_UP)


def _alike(words: tuple[Word, ...], ears: Ears, likeness: Likeness, *, mark: float) -> EmergencyHeard | None:
    if not likeness.is_known(words) or (score := likeness.score(words)) < mark:
        return None
    signs = likeness.signs(words, {row.id for row in ears.signs.values() if row.red})
    if not signs:
        return None
    certain, (sign, points) = score >= ALIKE_BEYOND_DOUBT, signs[0]
    is_crisis = ears.signs[sign].family == "crisis"
    others = [each for other, each in signs[1:] if not is_crisis or ears.signs[other].family != "crisis"]
    is_clear = not others or points - others[0] >= CLEARLY
    # What is asked about is seldom what it seems: then the whole red list is shown, and not one sign of it.
    if (certain or is_clear) if is_crisis else (certain and is_clear):
        return EmergencyHeard((sign,), ears.signs[sign].family, certain, is_guess=True)
    return EmergencyHeard((), "ambulance", certain, is_guess=True)
