"""Counts the words of the known messages of tests/corpus: ``python -m tests.likeness`` writes them for the bot.

The unseen messages are left out, so that they still show what the counts promise.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import yaml

from bot.clinic.hearing import Ears, compile_signs, hear_emergency, read
from bot.clinic.likeness import features
from tests.clinic_data import DATA, committed

CORPUS = Path(__file__).parent / "corpus"
TABLE = DATA.parent / "bot/authoring/defaults/likeness.tsv"
KNOWN = ("emergencies_known", "harmless_known", "today")
MESSAGES_AT_LEAST = 2
"""What stood in a single message says nothing of the next."""


@cache
def phrases_alone() -> Ears:
    """The listener without the counts."""
    return compile_signs(committed().signs.values(), committed().words)


def groups(name: str) -> dict[str, list[str]]:
    """The messages of a file of the corpus, by group."""
    text = yaml.load((CORPUS / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {group: lines.splitlines() for group, lines in text.items()}


def _messages(name: str) -> Iterator[tuple[str, str]]:
    return ((group, message) for group, messages in groups(name).items() for message in messages)


def harmless() -> Iterator[str]:
    """Known messages that are no emergency, those for the same day among them, unless a phrase rings for them."""
    yield from (message for _, message in _messages("harmless_known"))
    for group, message in _messages("today"):
        if not group.endswith("_unseen") and hear_emergency(message, phrases_alone()) is None:
            yield message


def table(emergencies: Iterable[str], others: Iterable[str]) -> str:
    """The counts, in the form that `read_counts` reads."""
    ears = phrases_alone()
    red: Counter[str] = Counter()
    none: Counter[str] = Counter()
    signs: dict[str, Counter[str]] = {}
    for message in emergencies:
        said = ["", *features(read(message, ears))]
        red.update(said)
        heard = hear_emergency(message, ears)
        for sign in heard.signs if heard is not None else ():
            signs.setdefault(sign, Counter()).update(said)
    for message in others:
        none.update(["", *features(read(message, ears))])
    lines = []
    for words in sorted(red.keys() | none.keys()):
        if red[words] + none[words] >= MESSAGES_AT_LEAST:
            of_signs = [f"{sign}:{counts[words]}" for sign, counts in sorted(signs.items()) if counts[words]]
            lines.append(f"{red[words]}\t{none[words]}\t{','.join(of_signs)}\t{words}\n")
    return "".join(lines)


def made_of() -> str:
    """The line that says what the counts were made of: the messages, and the phrases that mend their slips."""
    files = [CORPUS / f"{name}.yaml" for name in KNOWN] + [DATA / "recovery.yaml"]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return f"# made by python -m tests.likeness of {digest}\n"


def known_table() -> str:
    """The counts of all known messages."""
    return made_of() + table((message for _, message in _messages("emergencies_known")), harmless())


if __name__ == "__main__":
    TABLE.write_text(known_table(), encoding="utf-8")
    sys.stdout.write(f"{TABLE.name}: {TABLE.stat().st_size // 1024} KiB\n")
