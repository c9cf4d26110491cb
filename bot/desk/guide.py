"""The desk guide, for whoever sits at the desk: made of the same data as the desk itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from bot.desk.alerts import REASONS
from bot.desk.entry import DEVICES, TIMES, TREATMENTS
from bot.desk.practice import IDLE
from bot.desk.roles import COMMANDS, MAY, ROLE_NAMES, Right, Role
from bot.desk.tickets import GOOD_FOR
from bot.engine.clocks import GROUP, ON_CALL, OWNER, Clock

CARDS = (
    ("🔴 URGENT", "Somebody may be in danger. They were told which number to ring; ring them now all the same"),
    ("🟠 Look at this today", "Somebody qualified should look at it today. They were told by when you ring"),
    ("🟡 in the daily list", "Within a working day. It never rings; `/take CODE` makes it yours"),
    ("Please ring, Wants to talk to a person", "No worry was told. Ring when you can"),
    ("New aftercare visit", "A patient says they were treated here. `/find CODE`, look into your books, press"),
    ("DRILL", "Practice for all of you: take it as if it were one"),
)
"""What a card says on top, and what it means."""
BUTTONS: Mapping[str, tuple[str, str]] = {
    "have_it": ("Take it", "It is yours, and the patient hears that you have read it. The rest comes in private"),
    "take_over": ("Take over", "It becomes yours; whoever had it is told"),
    "called": ("Called", "You have rung them. They are asked whether you reached them; their No rings all of you"),
    "no_answer": ("No answer", "You tried. They hear when you try again, and whom to ring"),
    "close": ("Close", f"It is over. You are asked why: {', '.join(REASONS.values())}"),
    "reopen": ("Undo", "Takes back what you closed, for ten minutes; `/reopen CODE` does at any time"),
    "course": ("Course", "A chart of how they have been healing, and photos if they sent any"),
    "ours": ("Ours", "The visit stands in your books"),
    "not_ours": ("Not ours", "It doesn't: no more check-ins, and the patient is told"),
}
"""By what they carry: label and meaning."""
RIGHTS: Mapping[Right, str] = {
    Right.ALERTS: "take alerts, ring, close what is not urgent",
    Right.VISITS: "enter and confirm visits",
    Right.CLOSE_RED: "close urgent alerts",
    Right.COURSES: "see how somebody has been healing",
    Right.OWN: "close the clinic for days, call a drill, say who may do what",
}
LEVELS: Mapping[str, str] = {"red": "🔴", "amber_today": "🟠"}
PLACES: Mapping[str, str] = {GROUP: "the group", ON_CALL: "those on call", OWNER: "the owner"}


def guide(clocks: Mapping[str, Clock]) -> str:
    """The page's tables, as Markdown.

    Args:
        clocks: Of the levels that ring.
    """
    names = ", ".join(name.lower() for name in TREATMENTS.values())
    hours = int(GOOD_FOR.total_seconds() // 3600)
    parts = [
        "## What a card means",
        _table(("it says", "and means"), CARDS),
        "## The buttons",
        _table(("button", "does"), ((f"*{label}*", does) for label, does in BUTTONS.values())),
        "## The clocks",
        *(f"- {LEVELS[level]} {clock_words(clocks[level])}" for level in LEVELS if level in clocks),
        "## After a treatment: `/visit`",
        f"1. In your private chat with the bot: `/visit`, then {names}; {_or(DEVICES.values())};"
        f" {_or(TIMES.values())}.\n"
        "2. *Show the code*, and hold the tablet out. The patient scans it with the phone's camera, presses Start,"
        " and is enrolled with three more taps.\n"
        f"3. It works once, for {hours} hours. Needling with heat (RF) gets none: the practitioner says what they"
        " need.",
        "## Playing patient: `/practice`",
        "In your private chat: `/practice`. From then on you are a patient there, through consultation and"
        " recovery, and get what the team would get. Nobody else sees it, nothing of it is counted or kept, and"
        " all of it says PRACTICE on top; what doesn't is real. `/next` goes to what comes next, be it days later."
        f" `/practice` ends it, as do {_minutes(IDLE)} without you, and `/visit`: what you enter is always real.",
        "## What you can write",
        _table(("write", "it does", "who may"), _commands()),
        "## Who may do what",
        _table(("role", "may"), ((ROLE_NAMES[role], _may(role)) for role in Role)),
    ]
    return "\n\n".join(parts).replace("\n\n- ", "\n- ").replace("clocks\n- ", "clocks\n\n- ")


def clock_words(clock: Clock) -> str:
    """When a level rings, in one sentence."""
    rungs = sorted(clock.rungs, key=lambda rung: (rung.after, rung.only_closed))
    rings = [
        f"{_after(rung.after)} {' and '.join(PLACES[place] for place in PLACES if place in rung.to)}"
        f"{' (while closed)' if rung.only_closed else ''}"
        for rung in rungs
    ]
    return (
        f"rings {', '.join(rings)}; then at twice the wait each time, {clock.rings} times in all. Whoever takes it"
        f" rings the patient within {_minutes(clock.uncalled)}, or it goes back to everybody."
    )


def _commands() -> Iterable[tuple[str, str, str]]:
    for command in COMMANDS:
        words = f" {command.words}" if command.words else ""
        does = command.does + (" (in private)" if command.is_private else "")
        able = [ROLE_NAMES[role] for role in Role if command.right in MAY[role]]
        yield f"`/{command.name}{words}`", does, "everybody" if len(able) == len(Role) else ", ".join(able)


def _may(role: Role) -> str:
    below = MAY[list(Role)[list(Role).index(role) - 1]] if role is not Role.RECEPTION else frozenset()
    more = "; ".join(RIGHTS[right] for right in Right if right in MAY[role] - below)
    return f"all of the above, and: {more}" if below else more


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _or(words: Iterable[str]) -> str:
    return " or ".join(word.lower() if word != "With heat (RF)" else "with heat (RF)" for word in words)


def _after(wait: timedelta) -> str:
    return f"after {_minutes(wait)}" if wait else "at once"


def _minutes(wait: timedelta) -> str:
    return f"{int(wait.total_seconds() // 60)} minutes"
