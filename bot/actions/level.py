"""`level`: how urgent the answers of a check-in are, and everything that is said and done about it.

Fixed rules decide (bot.clinic.levels). A clinic with `levels: report_only` gives no verdict: its staff read the
answers, and the person gets the advice that everybody gets.

Source: data/recovery.yaml, `levels`, `course` and `plan` (reviewed_on inside).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast
from zoneinfo import ZoneInfo

from bot.actions.next_asked import next_asked
from bot.actions.reached import REACHES, reached
from bot.actions.staff_hours import instant_of, who_reads, zone_of
from bot.actions.standing import ids, standing, text
from bot.actions.texts import general, name_of_sign, name_of_treatment
from bot.actions.treated import READS, course_of, on_day, treated_in
from bot.clinic.catalogue import Catalogue
from bot.clinic.levels import FAMILIES, LEVELS, LevelResult, levels_of_days
from bot.clinic.recovery import SCALES, TRENDS, CheckInAnswers, Scale, asks_further
from bot.clinic.rows import Level
from bot.clinic.usual_words import says_only_usual
from bot.engine.model import Action, Outcome, Standing
from bot.engine.value import Value, Values

QUESTIONS: tuple[Scale, ...] = ("overall", "short", "redness", "swelling", "pain")
COURSE = ("course.treatment", "course.asked_day", *(f"course.last_{trend}" for trend in TRENDS))
"""What `check_in_day` has set."""
LATELY = "visit.lately"
"""Ids of signs that were said of this visit within a day before, separated by commas."""
GIVEN = ("level.given_at", "last_given_at", "contact.time_zone", "visit.treated_on")
"""What tells the day of the answers. `level` keeps when they were given: words that follow make them no later."""
ANSWERS = (*QUESTIONS, "signs", "lump", "clarified", "clarified_growing", "told.more", "told.left", "told")
OUTCOMES = frozenset({*LEVELS, "report"})
INJECTED = frozenset({"mesotherapy", "combined"})
"""After these a blood vessel can be blocked."""
TEXTS = (
    *("on_day", "by", "told", "listed", "treatment", "treated_on", "signs", "vessel"),
    *("usual", "do", "avoid", "call", "next"),
)
DETAILS: tuple[Scale, ...] = ("redness", "swelling", "pain")
"""What is asked when something is off, in this order."""
UNKNOWN_DAY = 7
"""By then everything should have settled: the day on which most is asked of the skin."""
GROWING = frozenset({"spreading_slowly", "rising"})
NEXT = ("next.fine_at", "next.off_at", "next.report_at", "present_on")
"""When the next question comes, by what the answers come to, and the present day."""
WORDS_KEPT = 1000
"""Characters of a person's own words that are kept with a check-in."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The answers as the rules read them, and what came of them; `day` is the one on which they were given."""

    answers: CheckInAnswers
    treatment: str
    day: int
    result: LevelResult


def level_actions(catalogue: Catalogue) -> tuple[Action, ...]:
    """`weigh_answers`: which way on. `level`: the level, and what it asks for. `level_words`: what is said.

    `tell_more`: something else is the matter than what is asked about.
    """
    report_only = catalogue.clinic is not None and catalogue.clinic.levels == "report_only"

    def weigh(values: Values) -> Outcome:
        found = _judge(values, catalogue)
        way = _way(found, is_told=not values.get("told.more") or text(values, "told") is not None)
        said: dict[str, Value] = {"weigh.way": way, "weigh.quiet": found.result.level == "green"}
        # Whoever goes away in the middle of the details has said enough to be rung.
        early = way in DETAILS and found.result.level == "amber_today" and not report_only
        return Outcome(said, (_alert(found, catalogue, _words(values)),) if early else ())

    def run(values: Values) -> Outcome:
        found = _judge(values, catalogue)
        level = found.result.level
        wanted = [_check_in(found, values, report_only=report_only)]
        given_at = values.get("level.given_at") or values.get("last_given_at")
        said: dict[str, Value] = {"level.given_at": given_at} if given_at else {}
        if report_only:
            wanted.append(_report(found, _words(values)))
            return Outcome({**said, "level.outcome": "report"}, tuple(wanted))
        wanted.append(_result(found, catalogue))
        if level == "green":
            return Outcome({**said, "level.outcome": level}, tuple(wanted))
        wanted.append(_alert(found, catalogue, _words(values)))
        said |= {"level.outcome": level, "level.family": found.result.families[0]}
        return Outcome(said, tuple(wanted))

    def more(_values: Values) -> Outcome:
        return Outcome({"told.more": True})

    def words(values: Values) -> Outcome:
        said = _said(_judge(values, catalogue), values, catalogue, report_only=report_only)
        return Outcome({name: value for name, value in said.items() if value is not None})

    ways: dict[str, frozenset[str] | None] = {
        "weigh.way": frozenset({"red", "tell", *DETAILS, "clarify", "clarify_growing", "enough"}),
        "weigh.quiet": frozenset({"true", "false"}),
    }
    sets: dict[str, frozenset[str] | None] = {"level.outcome": OUTCOMES, "level.family": frozenset(FAMILIES)}
    sets["level.given_at"] = None
    texts: dict[str, frozenset[str] | None] = {f"level.{name}": None for name in TEXTS}
    texts["level.reach"] = REACHES
    reads = (*ANSWERS, *COURSE, *GIVEN, LATELY)
    reads_more = (
        *READS,
        *NEXT,
        "phone",
        "answered_at",
        "clinic.staffed",
        "contact.phone",
    )
    return (
        Action("tell_more", (), {"told.more": frozenset({"true"})}, frozenset(), more),
        Action("weigh_answers", reads, ways, frozenset({"alert"}), weigh),
        Action("level", (*reads, "words"), sets, frozenset({"result", "course", "alert"}), run),
        Action("level_words", (*reads, *reads_more), texts, frozenset(), words),
    )


def _judge(values: Values, catalogue: Catalogue) -> _Found:
    """By the rules of the day on which it was answered and of the one on which it was asked, where they differ."""
    asked = values.get("course.asked_day")
    asked = asked if isinstance(asked, int) else UNKNOWN_DAY
    day = max(asked, _given_day(values, catalogue) or 0)
    treatment = text(values, "course.treatment") or "combined"
    answers = _answers(values, catalogue)
    before: dict[str, Any] = {trend: _known(trend, text(values, f"course.last_{trend}")) for trend in TRENDS}
    lately = catalogue.signs.keys() & (text(values, LATELY) or "").split(",")
    last = CheckInAnswers(**before)
    result = levels_of_days(answers, treatment, (asked, day), catalogue, last, frozenset(lately))
    said = _told(values)
    is_told = said is not None and not says_only_usual(said, treatment, day, catalogue)
    return _Found(answers, treatment, day, _at_least(result, _unclear(answers, values, is_told=is_told)))


def _given_day(values: Values, catalogue: Catalogue) -> int | None:
    """Days from the treatment to the last answer, by the person's clock; None where either isn't known."""
    at, on = instant_of(values.get(GIVEN[0]) or values.get(GIVEN[1])), text(values, "visit.treated_on")
    if at is None or on is None:
        return None
    name = text(values, "contact.time_zone")
    here = at.astimezone(ZoneInfo(name) if name else zone_of(catalogue))
    return (here.date() - date.fromisoformat(on)).days


def _at_least(result: LevelResult, other: LevelResult) -> LevelResult:
    """The more urgent of two."""
    return other if LEVELS.index(other.level) > LEVELS.index(result.level) else result


def _unclear(answers: CheckInAnswers, values: Values, *, is_told: bool) -> LevelResult:
    """What isn't understood goes up: a person looks today at what contradicts itself and wasn't cleared up.

    `is_told`: more was typed than what is usual on that day.
    """
    if is_told and values.get("told.left"):  # asked once more, and no answer came
        noted = tuple(("signs", sign) for sign in sorted(answers.signs))
        return LevelResult("amber_today", noted, ("unread",), ("clinic",))
    details = [getattr(answers, detail) for detail in DETAILS]
    cleared = {text(values, "clarified"), text(values, "clarified_growing")}
    is_open = _contradicts(answers) and None not in details and "like_today" not in cleared
    if is_open or "more_than_this" in cleared:
        return LevelResult("amber_today", (_off(answers),), ("unclear",), ("clinic",))
    if answers.short == "more_than_this" and None in details:  # went away before saying what is more
        return LevelResult("amber_soon", (("short", "more_than_this"),), ("unfinished",), ("clinic",))
    if answers.signs and None in details:  # went away before saying how it is
        signs = tuple(("signs", sign) for sign in sorted(answers.signs))
        return LevelResult("amber_soon", signs, ("unfinished",), ("clinic",))
    if values.get("told.more") and (
        is_told or _told(values) is None
    ):  # no question asks about it: a person reads it
        return LevelResult("amber_today" if is_told else "amber_soon", (), ("told",), ("clinic",))
    if is_told:  # typed to a question, and not understood
        return LevelResult("amber_soon", (), ("unread",), ("clinic",))
    return LevelResult("green")


def _off(answers: CheckInAnswers) -> tuple[str, str]:
    """The answer that the others contradict."""
    growing = next((scale for scale in TRENDS if getattr(answers, scale) in GROWING), None)
    return ("short", "more_than_this") if growing is None else (growing, str(getattr(answers, growing)))


def _contradicts(answers: CheckInAnswers) -> bool:
    """More than usual, and nothing is; or better, and something grows."""
    if answers.overall == "better" and not GROWING.isdisjoint((answers.redness, answers.swelling)):
        return True
    details = {answers.redness, answers.swelling, answers.pain}
    return answers.short == "more_than_this" and not answers.signs and details == {"none"}


def _answers(values: Values, catalogue: Catalogue) -> CheckInAnswers:
    """What was answered; the ids of other ways on (`urgent`, `not_now`) are no answers."""
    signs = ids(values, "signs") & catalogue.signs.keys()
    lump = text(values, "lump")
    if lump in catalogue.signs:
        signs |= {str(lump)}
    given: dict[str, Any] = {name: _known(name, text(values, name)) for name in QUESTIONS}
    return CheckInAnswers(**given, signs=signs)


def _known(question: str, answer: str | None) -> str | None:
    return answer if answer in SCALES[cast("Scale", question)] else None


def _way(found: _Found, *, is_told: bool) -> str:
    """What to ask next: nothing after a red, the details when something is off, once more when they contradict."""
    answers = found.answers
    if found.result.level == "red":
        return "red"
    if not is_told:
        return "tell"
    if asks_further(answers) or answers.signs:
        for detail in DETAILS:
            if getattr(answers, detail) is None:
                return detail
    if not _contradicts(answers):
        return "enough"
    return "clarify" if _off(answers)[0] == "short" else "clarify_growing"


def _said(found: _Found, values: Values, catalogue: Catalogue, *, report_only: bool) -> dict[str, Value]:
    at = instant_of(values.get("answered_at"))
    staffed = bool(values.get("clinic.staffed"))
    reach, by = reached(values, catalogue)
    listed = "alert_in_list" if found.result.level == "amber_soon" else "alert_listed"
    signs = [name_of_sign(catalogue, sign) for sign in _signs(found, catalogue)]
    said: dict[str, Value] = {
        "level.on_day": on_day(found.day),
        "level.by": by,
        "level.reach": reach,
        "level.told": who_reads(catalogue, at, staffed=staffed),
        "level.listed": general(catalogue, listed) if staffed else None,
        "level.treatment": name_of_treatment(catalogue, found.treatment),
        "level.signs": tuple(sign for sign in signs if sign is not None) or None,
        "level.vessel": general(catalogue, "check_vessel") if found.treatment in INJECTED else None,
    }
    treated = treated_in(values)
    if treated is not None:
        treated = replace(treated, day=found.day)
        said |= {f"level.{part}": phrase for part, phrase in course_of(treated, catalogue).items()}
        said["level.treated_on"] = treated.on
    is_fine = found.result.level == "green"
    next_at = values.get("next.report_at" if report_only else "next.fine_at" if is_fine else "next.off_at")
    said["level.next"] = next_asked(instant_of(next_at), values.get("present_on"), catalogue)
    return said


def _signs(found: _Found, catalogue: Catalogue) -> list[str]:
    """The answers on which the level rests, as ids of signs; answers that no sign stands for are left out."""
    return [answer for _, answer in found.result.reasons if answer in catalogue.signs]


def _alert(found: _Found, catalogue: Catalogue, words: str = "") -> Standing:
    level: Level = found.result.level
    reason = found.result.families[0] if level == "red" else found.result.rules[0]
    return standing(
        "alert",
        "level",
        level=level,
        reason=reason,
        signs=_signs(found, catalogue),
        treatment=found.treatment,
        day=found.day,
        **({"words": words} if words else {}),
    )


def _report(found: _Found, words: str) -> Standing:
    """Without a verdict: all that was answered goes to staff, in the order of the day."""
    return standing(
        "alert",
        "level",
        level="amber_today",
        reason="report",
        signs=sorted(found.answers.signs),
        treatment=found.treatment,
        day=found.day,
        **({"words": words} if words else {}),
    )


def _result(found: _Found, catalogue: Catalogue) -> Standing:
    reasons = found.result.reasons or tuple(_given(found.answers))
    says = {rule.id: rule.say for rule in catalogue.levels}
    return standing(
        "result",
        "level",
        action="level",
        outcome=found.result.level,
        treatment=found.treatment,
        day=found.day,
        reasons=[f"{question}={answer}" for question, answer in reasons],
        notes=[say for rule in found.result.rules if (say := says.get(rule)) is not None],
    )


def _given(answers: CheckInAnswers) -> list[tuple[str, str]]:
    scales = [(name, getattr(answers, name)) for name in QUESTIONS]
    return [(name, answer) for name, answer in scales if answer is not None]


def _check_in(found: _Found, values: Values, *, report_only: bool) -> Standing:
    answers: dict[str, list[str]] = {name: [answer] for name, answer in _given(found.answers)}
    answers["signs"] = sorted(found.answers.signs)
    words = _words(values)
    if words:
        answers["words"] = [words]
    level = "report" if report_only else found.result.level
    return standing("course", "check_in", day=found.day, level=level, answers=answers)


def _told(values: Values) -> str | None:
    """What the person has typed to a question; the button beside that box is no word of theirs."""
    said = text(values, "told")
    return None if said == "urgent" else said


def _words(values: Values) -> str:
    """What the person has typed beside the buttons."""
    said = (_told(values), text(values, "words"))
    return "\n".join(each for each in said if each is not None)[:WORDS_KEPT]
