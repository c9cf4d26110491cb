"""The listeners of a book: what a clinic's rows hear in typed words."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from bot.clinic.catalogue import Catalogue
from bot.clinic.hearing import compile_signs, compile_today, hear_emergency, hear_today
from bot.clinic.levels import levels
from bot.clinic.likeness import Likeness, read_counts
from bot.clinic.recovery import CheckInAnswers
from bot.engine.model import Emergency, Weighed


@cache
def likeness() -> Likeness:
    """How often words stood in earlier emergencies: the package's own counts, of its English messages."""
    table = files("bot.authoring") / "defaults" / "likeness.tsv"
    return read_counts(table.read_text(encoding="utf-8").splitlines())


def hears_emergency(catalogue: Catalogue) -> Callable[[str], Emergency | None]:
    """The red list of `catalogue`, as the engine asks for it.

    Raises:
        ValueError: A phrase can't be heard.
    """
    ears = compile_signs(catalogue.signs.values(), catalogue.words, likeness())

    def hear(text: str) -> Emergency | None:
        heard = hear_emergency(text, ears)
        if heard is None:
            return None
        return Emergency(tuple(heard.signs), heard.family, heard.certain, heard.is_guess, heard.if_treated)

    return hear


Weighing = Callable[[tuple[str, ...], frozenset[str], str, int], Weighed]


def weighs_signs(catalogue: Catalogue) -> Weighing:
    """What the rules of levels make of signs, beside those known before, as the engine asks for it.

    Signs that were known before count beside the new ones, as in a check-in.
    """

    def weigh(signs: tuple[str, ...], known: frozenset[str], treatment: str, day: int) -> Weighed:
        answers, lately = CheckInAnswers(signs=frozenset(signs)), known & catalogue.signs.keys()
        result = levels(answers, treatment, day, catalogue, lately=lately)
        reasons = tuple(answer for _, answer in result.reasons if answer in catalogue.signs)
        return Weighed(signs, result.level, result.families[0] if result.families else "", reasons)

    return weigh


def hears_today(
    catalogue: Catalogue, weigh: Weighing
) -> Callable[[str, frozenset[str], str, int], Weighed | None]:
    """What somebody should look at today, weighed by the rules of levels, as the engine asks for it.

    Raises:
        ValueError: A phrase can't be heard.
    """
    ears = compile_today(catalogue.signs.values(), catalogue.words)

    def hear(text: str, known: frozenset[str], treatment: str, day: int) -> Weighed | None:
        signs = hear_today(text, ears)
        return weigh(signs, known, treatment, day) if signs else None

    return hear
