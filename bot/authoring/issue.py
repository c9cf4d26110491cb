"""What is wrong with a file of an author, and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

from bot.authoring.codes import CODES, WARNINGS

_NEAR = 0.6  # share of letters that agree; a swap of neighbours counts once


@dataclass(frozen=True, slots=True, order=True)
class Issue:
    """One finding. `line` and `column` count from 1; `mend` says in one clause how to put it right.

    Warnings don't keep the bot from starting; everything else does.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    mend: str = ""
    is_warning: bool = False

    def __str__(self) -> str:
        mend = f" ({self.mend})" if self.mend else ""
        return f"{self.file}:{self.line}:{self.column}: {self.code} {self.message}{mend}"


@dataclass(slots=True)
class Issues:
    """Collects findings; the same finding is kept once, and of two of one code at one place the first."""

    found: dict[tuple[str, int, int, str, str], Issue] = field(default_factory=dict)

    def add(self, file: str, place: tuple[int, int], code: str, message: str, mend: str = "") -> None:
        """Report `code` at `place` (line, column).

        Raises:
            KeyError: The code is not in the register `CODES`: a bug.
        """
        _ = CODES[code]
        line, column = place
        issue = Issue(file, line, column, code, message, mend, code in WARNINGS)
        self.found.setdefault((file, line, column, code, message), issue)

    def has_errors(self) -> bool:
        return any(not issue.is_warning for issue in self.found.values())

    def sorted(self) -> tuple[Issue, ...]:
        """By file, line, column and code."""
        return tuple(sorted(self.found.values()))


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A mend that names the nearest of `known`, or `otherwise` when none is near."""
    near = nearest(word, known)
    return f"did you mean {near}?" if near else otherwise


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `word` was probably meant to be, or None."""
    ranked = [(OSA.normalized_similarity(word, each), -abs(len(each) - len(word)), each) for each in set(known)]
    best = max(ranked, default=(0.0, 0, ""))
    return best[2] if best[0] >= _NEAR else None


def listing(words: Sequence[str], most: int = 8) -> str:
    """`a, b or c`, cut after `most`."""
    shown = list(words[:most])
    if len(words) > most:
        return ", ".join(shown) + "…"
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
