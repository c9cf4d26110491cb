"""`read_ticket`: the visit that staff have entered and whose code was scanned, or why the code is none."""

from __future__ import annotations

from bot.actions.standing import standing, text
from bot.actions.texts import name_of_treatment
from bot.clinic.catalogue import Catalogue
from bot.engine.model import Action, Outcome
from bot.engine.value import Value, Values

TICKET = tuple(f"ticket.{name}" for name in ("treated_at", "device", "note", "practitioner", "location"))
"""What staff have entered; nothing of it where the person speaks for themselves."""
STATES = frozenset({"good", "planned", "used", "expired", "unknown", "none"})
"""`planned`: the visit is known and has a plan. `none`: no code brought the person here."""


def entered_by_staff(values: Values) -> dict[str, object]:
    """What a visit holds besides, where staff have entered it."""
    if not text(values, "ticket.treated_at"):
        return {}
    kept = {name: text(values, f"ticket.{name}") for name in ("note", "practitioner", "location")}
    return {"entered_by": "staff", **kept}


def ticket(catalogue: Catalogue) -> Action:
    """The action, over one clinic's rows; the visit is recorded before anything is asked."""

    def run(values: Values) -> Outcome:
        state, treatment = text(values, "ticket.state"), text(values, "visit.treatment")
        treated_at = text(values, "ticket.treated_at")
        if state is None or state not in STATES:
            return Outcome({"scan.state": "none"})
        if state != "good" or treatment is None or treated_at is None:
            return Outcome({"scan.state": "unknown" if state == "good" else state})
        is_planned = values.get("ticket.is_planned") is True
        said: dict[str, Value] = {"scan.state": "planned" if is_planned else "good"}
        said["scan.treatment"] = name_of_treatment(catalogue, treatment)
        visit = standing(
            "visit",
            "visit",
            treatment=treatment,
            treated_at=treated_at,
            device=text(values, "ticket.device"),
            **entered_by_staff(values),
        )
        return Outcome({name: value for name, value in said.items() if value is not None}, (visit,))

    reads = ("ticket.state", "ticket.is_planned", "visit.treatment", *TICKET)
    sets: dict[str, frozenset[str] | None] = {"scan.state": STATES, "scan.treatment": None}
    return Action("read_ticket", reads, sets, frozenset({"visit"}), run)
