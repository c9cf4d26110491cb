"""The second listener: how much the words of a message are like those of earlier emergencies.

It weighs counts, nothing else: in how many emergencies, and in how many harmless messages, each word and each pair
of neighbouring words stood. It can ask where no phrase was heard, and tip the scale where a phrase was; it never
makes a phrase unheard (bot.clinic.hearing).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.clinic.spelling import Word

HALF_A_MESSAGE = 0.5
"""Added to each count, so that a word that stood in none is unlikely there, not impossible."""
OF_ANY_SIGN = 20.0
"""So many messages of emergencies of any kind are mixed into those of a sign, lest the rarest win by chance."""
WORDS_AT_LEAST = 4
"""A name, a number or a label is an answer: fewer words than this are like nothing by themselves."""
COMMON_AT_LEAST = 0.5
"""Of the words of a message, so many must be everyday words: else it is in another language, or a name."""
COMMON_MESSAGES = 5
"""An everyday word has stood in so many harmless messages."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Compiled counts; made by `read_counts`, never changed.

    `weights`: by word or pair, the logarithm of how many times oftener it stands in an emergency; below 0, in a
    harmless message. `of_signs`: by word or pair, the emergencies that it stood in, and of which signs they
    were, as in the table; by "" how many there were of each. `common`: everyday words.
    """

    weights: Mapping[str, float]
    of_signs: Mapping[str, tuple[int, str]]
    common: frozenset[str]

    def score(self, words: Sequence[Word]) -> float:
        """Of the message, or of its most alarming sentence if that is higher: politeness around it lowers nothing.

        0: as like an emergency as not; 3: about twenty times likelier in one.
        """
        parts = [_features(sentence) for sentence in _sentences(words)]
        whole = frozenset().union(*parts)
        return max(sum(self.weights.get(each, 0.0) for each in part) for part in (whole, *parts))

    def is_known(self, words: Sequence[Word]) -> bool:
        """Whether there are words enough, and enough everyday ones among them, to say anything."""
        common = sum(word.text in self.common for word in words)
        return len(words) >= WORDS_AT_LEAST and common >= COMMON_AT_LEAST * len(words)

    def signs(self, words: Sequence[Word], among: Collection[str]) -> list[tuple[str, float]]:
        """The signs of `among` whose messages these words are like, the likest first, each with its logarithm."""
        emergencies, messages = self.of_signs[""]
        scores = {
            sign: math.log(number / emergencies) for sign, number in _by_sign(messages).items() if sign in among
        }
        sizes = _by_sign(messages)
        for said in features(words) & self.of_signs.keys():
            red, counts = self.of_signs[said]
            by_sign, expected = _by_sign(counts), OF_ANY_SIGN * red / emergencies
            for sign in scores:
                share = (by_sign.get(sign, 0) + expected) / (sizes[sign] + OF_ANY_SIGN)
                scores[sign] += math.log(share)
        return sorted(scores.items(), key=lambda pair: -pair[1])


def read_counts(lines: Iterable[str]) -> Likeness:
    """Read the table of counts.

    Args:
        lines: ``emergencies TAB harmless TAB sign:messages,… TAB words``; the first has no words: how many there
            were of each. Lines that begin with # say nothing.

    Raises:
        ValueError: A line is none of these.
    """
    weights: dict[str, float] = {}
    of_signs: dict[str, tuple[int, str]] = {}
    # Thousands of words have the same few counts: one object for each saves a megabyte.
    same_weight: dict[tuple[str, str], float] = {}
    same_signs: dict[tuple[int, str], tuple[int, str]] = {}
    common: set[str] = set()
    emergencies = others = 0
    for line in lines:
        if line.startswith("#"):
            continue
        red, harmless, signs, words = line.rstrip("\n").split("\t")
        if int(red):
            pair = int(red), signs
            of_signs[words] = same_signs.setdefault(pair, pair)
        if int(harmless) >= COMMON_MESSAGES:
            common.add(words)
        if words:
            weight = _log_share(int(red), emergencies) - _log_share(int(harmless), others)
            weights[words] = same_weight.setdefault((red, harmless), weight)
        else:
            emergencies, others = int(red), int(harmless)
    return Likeness(weights, of_signs, frozenset(common))


def _log_share(count: int, messages: int) -> float:
    return math.log((count + HALF_A_MESSAGE) / (messages + 2 * HALF_A_MESSAGE))


def _by_sign(counts: str) -> dict[str, int]:
    pairs = (each.split(":") for each in counts.split(",") if each)
    return {sign: int(messages) for sign, messages in pairs}


def features(words: Sequence[Word]) -> frozenset[str]:
    """What is counted of a message: its words, and its pairs of neighbours within a sentence."""
    return frozenset().union(*map(_features, _sentences(words)))


def _sentences(words: Sequence[Word]) -> list[list[str]]:
    sentences: list[list[str]] = [[]]
    for word in words:
        if word.after == "end" and sentences[-1]:
            sentences.append([])
        sentences[-1].append(word.text)
    return sentences


def _features(sentence: Sequence[str]) -> frozenset[str]:
    return frozenset((*sentence, *map(" ".join, pairwise(sentence))))
