"""`/visit`: a member of staff enters a treatment in a few presses. Pure: the caller keeps it in between."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.actions.aftercare import DAYS_SINCE, treated_at
from bot.desk.cards import Rows, escape, staff_data
from bot.engine.effect import ButtonSpec

TREATMENTS: Mapping[str, str] = {
    "microneedling": "Microneedling",
    "mesotherapy": "Mesotherapy",
    "combined": "Both",
}
DEVICES: Mapping[str, str] = {"needles": "Plain needles", "heat": "With heat (RF)"}
TIMES: Mapping[str, str] = {"just_now": "Just now", "earlier_today": "Earlier today", "yesterday": "Yesterday"}
LAST: Mapping[str, str] = {
    "show": "Show the code",
    "note": "Product note",
    "other": "Somebody else treated",
    "cancel": "Cancel",
}
NOTE_KEPT, NAME_KEPT = 200, 60
"""Characters that are kept of what is typed."""
HEAT = (
    "Needling with heat (RF) is not microneedling: my advice and questions don't fit it, so there is no code."
    " The practitioner who treated them says what they need, and when to look again."
)
CANCELLED = "Nothing was entered. /visit begins again."
OLD = "That is an older entry. /visit begins a new one."
TYPED = frozenset({"note", "other"})
"""Steps that are answered by typing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A visit being entered.

    `step`: treatment, device, when, place, ready, note, other; in the end done, cancelled or heat.
    """

    serial: int
    step: str
    practitioner: str
    message: int = 0
    treatment: str = ""
    device: str = ""
    when: str = ""
    treated_at: str = ""
    note: str = ""
    location: str = ""

    def as_json(self) -> str:
        """As text, for the store."""
        return json.dumps(asdict(self), ensure_ascii=False)


def entry_of(text: str) -> Entry:
    """The entry behind `Entry.as_json`."""
    return Entry(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Clinic:
    """What entering has to know of the clinic: its places (id → name) and its time zone."""

    places: Mapping[str, str]
    zone: ZoneInfo


def clinic_of(places: object, zone: str) -> Clinic:
    """From `clinic.locations` of the book, `number:id:name` each."""
    found = sorted(places) if isinstance(places, frozenset) else []
    parts = [place.split(":", 2) for place in found]
    return Clinic({name: label for _, name, label in parts}, ZoneInfo(zone))


def pressed(entry: Entry, choice: str, clinic: Clinic, now: datetime) -> Entry | None:
    """The entry after a button; None where the button doesn't belong to the open step.

    Args:
        choice: Of the step's buttons (`choices`), or `cancel`.
        now: Aware UTC.
    """
    if choice not in choices(entry, clinic):
        return None
    match entry.step:
        case _ if choice == "cancel":
            return replace(entry, step="cancelled")
        case "treatment":
            step = "when" if choice == "mesotherapy" else "device"
            return replace(entry, treatment=choice, step=step)
        case "device":
            return replace(entry, device="needles_only", step="when" if choice == "needles" else "heat")
        case "when":
            at = treated_at(choice, DAYS_SINCE[choice], now, clinic.zone)
            chosen = replace(entry, when=choice, treated_at=at.isoformat())
            if len(clinic.places) > 1:
                return replace(chosen, step="place")
            return replace(chosen, step="ready", location=next(iter(clinic.places), ""))
        case "place":
            place = list(clinic.places)["abcdefghijklmnopqrstuvwxyz".index(choice[-1])]
            return replace(entry, location=place, step="ready")
        case _:
            return replace(entry, step="done" if choice == "show" else choice)


def typed(entry: Entry, text: str) -> Entry:
    """The entry after something typed at a step of `TYPED`."""
    words = " ".join(text.split())
    if entry.step == "note":
        return replace(entry, note=words[:NOTE_KEPT], step="ready")
    return replace(entry, practitioner=words[:NAME_KEPT], step="ready")


def choices(entry: Entry, clinic: Clinic) -> Mapping[str, str]:
    """The buttons of the open step: choice → label."""
    cancel = {"cancel": LAST["cancel"]}
    match entry.step:
        case "treatment":
            return {**TREATMENTS, **cancel}
        case "device":
            return {**DEVICES, **cancel}
        case "when":
            return {**TIMES, **cancel}
        case "place":
            names = zip("abcdefghijklmnopqrstuvwxyz", clinic.places.values(), strict=False)
            return {**{f"place_{letter}": name for letter, name in names}, **cancel}
        case "ready":
            return LAST
        case "note" | "other":
            return cancel
        case _:
            return {}


def screen(entry: Entry, clinic: Clinic, contact: int) -> tuple[str, Rows]:
    """What the open step shows: HTML and buttons."""
    words = {
        "treatment": "A new visit. Which treatment was it?",
        "device": "Plain needles, or a device that also heats (radiofrequency)?",
        "when": "When was it?",
        "place": "Where?",
        "note": "Which product, how much? Write it in one message. Name no patient.",
        "other": "Who treated them? Write the name.",
        "cancelled": CANCELLED,
        "heat": HEAT,
    }
    html = words.get(entry.step) or _summary(entry, clinic)
    buttons = [
        ButtonSpec(f"v_{choice}", label, data=staff_data(f"v_{choice}", target(entry, contact)))
        for choice, label in choices(entry, clinic).items()
    ]
    return html, tuple((button,) for button in buttons)


def target(entry: Entry, contact: int) -> str:
    """What the entry's buttons carry: whose it is, and which one."""
    return f"D{contact}-{entry.serial}"


def _summary(entry: Entry, clinic: Clinic) -> str:
    lines: Sequence[str] = [
        f"<b>{TREATMENTS[entry.treatment]}</b>, {TIMES[entry.when].lower()}",
        f"Treated by {escape(entry.practitioner)}" if entry.practitioner else "",
        escape(clinic.places.get(entry.location, "")) if len(clinic.places) > 1 else "",
        f"Product: {escape(entry.note)}" if entry.note else "",
        "The code is below." if entry.step == "done" else "",
    ]
    return "\n".join(line for line in lines if line)


def visit_of(entry: Entry) -> dict[str, str]:
    """What the ticket brings to the patient's chat (`TicketScanned.visit`)."""
    names = ("treatment", "treated_at", "device", "note", "practitioner", "location")
    return {name: str(getattr(entry, name)) for name in names}
