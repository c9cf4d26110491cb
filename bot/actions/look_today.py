"""What is said and done about typed words: an answer to who asks about a sign, and a person who looks that day.

They stand in the visit's course too, unless the check-in that is open keeps them itself (`today.kept`).

Source: data/recovery.yaml, `signs` (reviewed_on inside); data/clinic.yaml (hours).
"""

from __future__ import annotations

from bot.actions.reached import REACH_READS, REACHES, reached
from bot.actions.standing import standing, text
from bot.actions.texts import general, name_of_sign
from bot.actions.treated import READS, treated_in
from bot.actions.typed_record import typed_record
from bot.clinic.catalogue import Catalogue
from bot.engine.model import Action, Outcome
from bot.engine.value import Phrase, Value, Values

HEARD = ("emergency.signs", "emergency.family", "emergency.words", "emergency.guessed", "emergency.unticked")
HIVES = "hives_all_over"
"""Asked about with what it is an emergency beside, since in a place it is none."""
NAMED_AT_MOST = 3
"""More signs than these are not read out to somebody in a hurry."""
QUOTED = 160
"""Characters of somebody's words that are read out."""
NOTED = ("today.reason", "today.signs", "today.words", "today.kept")
ASKED = (*NOTED, *REACH_READS, *READS)


def look_today(catalogue: Catalogue) -> tuple[Action, ...]:
    """`answer_about`: the words that it is about, and what holds of a sign that is perhaps only asked about.

    `look_today`: somebody looks. Of self-harm nothing is read out, nor what is only guessed. The words are the
    person's own: a sign that was heard beside what they meant would be said to whoever answers the call.
    """

    def answer(values: Values) -> Outcome:
        signs = _ids(values, "emergency.signs") if text(values, "emergency.family") != "crisis" else []
        said: dict[str, Value] = {}
        if signs == [HIVES]:
            said["emergency.hives"] = True
        names = tuple(name for sign in signs if (name := name_of_sign(catalogue, sign)) is not None)[
            :NAMED_AT_MOST
        ]
        if names and values.get("emergency.unticked"):
            said["emergency.ticked"] = Phrase("emergency.ticked", "You had ticked {signs:list}.", {"signs": names})
        elif names and not values.get("emergency.guessed") and (words := text(values, "emergency.words")):
            said["emergency.told"] = Phrase("emergency.told", "You wrote: “{words}”", {"words": _shortened(words)})
        rows = (catalogue.signs.get(sign) for sign in signs)
        found = next((row for row in rows if row is not None and row.answer), None)
        if found is not None and found.answer is not None and not values.get("emergency.unticked"):
            said["emergency.answer"] = Phrase(f"signs.{found.id}.answer", found.answer)
        return Outcome(said)

    def look(values: Values) -> Outcome:
        reach, by = reached(values, catalogue)
        said: dict[str, Value] = {
            "today.by": by,
            "today.reach": reach,
            "today.listed": general(catalogue, "alert_listed") if values.get("clinic.staffed") else None,
        }
        found, signs = treated_in(values), _ids(values, "today.signs")
        alert = standing(
            "alert",
            "today",
            level="amber_today",
            reason=text(values, "today.reason") or "unclear",
            signs=signs,
            treatment=found.treatment if found else None,
            day=found.day if found else None,
            words=text(values, "today.words") or "",
        )
        wanted = [alert]
        if found is not None and not values.get("today.kept"):
            wanted.append(typed_record(found, "amber_today", signs, text(values, "today.words"), catalogue))
        return Outcome({name: value for name, value in said.items() if value is not None}, tuple(wanted))

    about: dict[str, frozenset[str] | None] = dict.fromkeys(
        ("emergency.answer", "emergency.told", "emergency.ticked")
    )
    about["emergency.hives"] = frozenset({"true"})
    sets: dict[str, frozenset[str] | None] = {"today.reach": REACHES, "today.by": None, "today.listed": None}
    return (
        Action("answer_about", HEARD, about, frozenset(), answer),
        Action("look_today", ASKED, sets, frozenset({"alert", "course"}), look),
    )


def _shortened(words: str) -> str:
    whole = " ".join(words.split())
    return whole if len(whole) <= QUOTED else f"{whole[:QUOTED].rstrip()}…"


def _ids(values: Values, name: str) -> list[str]:
    """The ids of a list in the session's context."""
    return [each for each in (text(values, name) or "").split(",") if each]
