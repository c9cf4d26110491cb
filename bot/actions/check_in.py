"""Around the answers of a check-in: its day, silence, worry. What the answers come to stands in `level`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.actions.reached import REACH_READS, REACHES, reached
from bot.actions.standing import standing, text
from bot.actions.texts import general
from bot.actions.treated import READS, Treated, course_of, on_day, treated_in
from bot.clinic.catalogue import TREATMENTS, Catalogue
from bot.clinic.recovery import SCALES, TRENDS
from bot.engine.model import Action, Outcome
from bot.engine.value import Phrase, Value, Values

KINDS = frozenset({"full", "one_tap_lump", "asked", "last_call"})
DAYS_OF_WEEK = 7
PRESENT = tuple(
    f"course.{each}" for each in ("day", "on_day", "since", "ago", "opening", "usual", "do", "avoid", "call")
)
"""What `check_in_day` says of the day on which it is read, also where the question is of an earlier one."""
LATER_FROM_DAY = 7
"""From here on the question is compared with the last time, not with yesterday."""


def check_ins(catalogue: Catalogue) -> tuple[Action, ...]:
    """`check_in_day`, `note_silence` and `note_worry`, over one clinic's rows."""

    def day(values: Values) -> Outcome:
        found = treated_in(values)
        if found is None:
            return Outcome({"course.found": False})
        kind = text(values, "visit.kind")
        present = _at_present(found, values)
        later = "since_last" if present.day >= LATER_FROM_DAY else "since_yesterday"
        asked_before = text(values, "last.overall") is not None
        if present.day >= LATER_FROM_DAY and not asked_before:
            later = "since_before"
        since = "since_visit" if present.day == 0 else later
        said: dict[str, Value] = {
            "course.found": True,
            "course.kind": kind if kind in KINDS else "asked",
            "course.asked_day": found.day,
            "course.day": present.day,
            "course.on_day": on_day(present.day),
            "course.since": general(catalogue, since),
            "course.ago": how_long_ago(present.day),
            "course.opening": general(catalogue, "after_urgent") if values.get("contact.red_open") else None,
        }
        said["course.treatment"] = found.treatment if found.treatment in TREATMENTS else "combined"
        for trend in TRENDS:
            last = text(values, f"last.{trend}")
            said[f"course.last_{trend}"] = last if last in SCALES[trend] else None
        said |= {f"course.{part}": phrase for part, phrase in course_of(present, catalogue).items()}
        return Outcome({name: value for name, value in said.items() if value is not None})

    def silence(values: Values) -> Outcome:
        essential = _is_essential(text(values, "visit.treatment"), text(values, "visit.occasion"), catalogue)
        return Outcome({}, (standing("silence", "silence", essential=essential),))

    def worry(values: Values) -> Outcome:
        found = treated_in(values)
        alert = standing(
            "alert",
            "worried",
            level="amber_today",
            reason="worried",
            signs=["worried"],
            treatment=found.treatment if found else None,
            day=found.day if found else None,
        )
        usual = course_of(_at_present(found, values), catalogue).get("usual") if found else None
        heading = general(catalogue, "usual_now")
        reach, by = reached(values, catalogue)
        said: dict[str, Value] = {
            "worry.reach": reach,
            "worry.by": by,
            "worry.listed": general(catalogue, "alert_listed") if values.get("clinic.staffed") else None,
        }
        if usual is not None and heading is not None:
            said["worry.usual"] = Phrase(
                "care.usual_now", "{heading} {usual}", {"heading": heading, "usual": usual}
            )
        return Outcome({name: value for name, value in said.items() if value is not None}, (alert,))

    sets: dict[str, frozenset[str] | None] = dict.fromkeys(("course.asked_day", *PRESENT))
    sets["course.found"], sets["course.kind"] = frozenset({"true", "false"}), KINDS
    sets["course.treatment"] = frozenset({*TREATMENTS, "combined"})
    sets |= {f"course.last_{trend}": frozenset(SCALES[trend]) for trend in TRENDS}
    worries: dict[str, frozenset[str] | None] = dict.fromkeys(("worry.usual", "worry.by", "worry.listed"))
    worries["worry.reach"] = REACHES
    reads = (
        *READS,
        "present_on",
        "visit.kind",
        "contact.red_open",
        "last.overall",
        *(f"last.{trend}" for trend in TRENDS),
    )
    return (
        Action("check_in_day", reads, sets, frozenset(), day),
        Action("note_silence", ("visit.treatment", "visit.occasion"), {}, frozenset({"silence"}), silence),
        Action("note_worry", (*READS, *REACH_READS, "present_on"), worries, frozenset({"alert"}), worry),
    )


def how_long_ago(days: int) -> Phrase:
    """How long ago the visit was: in weeks from two on, as people count."""
    if days % DAYS_OF_WEEK == 0 and days >= 2 * DAYS_OF_WEEK:
        return Phrase("recovery.ago.weeks", "{weeks} weeks", {"weeks": days // DAYS_OF_WEEK})
    if days > 2 * DAYS_OF_WEEK:
        return Phrase("recovery.ago.about", "about {weeks} weeks", {"weeks": round(days / DAYS_OF_WEEK)})
    return Phrase("recovery.ago.days", "{days} days", {"days": days})


def _at_present(found: Treated, values: Values) -> Treated:
    """The treatment on the day on which a text about it is read: a question may stand open over night."""
    today = values.get("present_on")
    if found.on is None or not isinstance(today, date):
        return found
    return replace(found, day=max(found.day, (today - found.on).days))


def _is_essential(treatment: str | None, occasion: str | None, catalogue: Catalogue) -> bool:
    """Whether silence on this occasion is told to staff."""
    wanted = (treatment,) if treatment in TREATMENTS else TREATMENTS
    return any(
        row.essential and occasion == (f"day_{row.day}" if row.hours_after is None else f"hours_{row.hours_after}")
        for row in catalogue.plan
        if row.treatment in wanted
    )
