"""Who may do what. `staff` in clinic.yaml gives a role; being in the staff group at this moment makes it count.

Rules:
1. Out of the group, no role, whatever clinic.yaml says: who leaves the team leaves the group.
2. With nobody in clinic.yaml the group's admins are owners, its other members practitioners.
3. With somebody there, whoever is not listed has no role; but those whom alerts ring in private (`on_call`,
   `crisis_contact`) are practitioners.
4. What can't be found out counts as no. Only when the group itself is gone do people whom clinic.yaml names keep
   their role: alerts then go to their private chats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.desk import who
from bot.engine.model import Book


class Membership(StrEnum):
    """How somebody stands to the staff group."""

    ADMIN = "admin"
    MEMBER = "member"
    OUT = "out"
    GROUP_GONE = "group_gone"  # nobody can be looked up in it
    UNKNOWN = "unknown"


class Role(StrEnum):
    """From the one who may least to the one who may most."""

    RECEPTION = "reception"
    PRACTITIONER = "practitioner"
    OWNER = "owner"


class Right(StrEnum):
    """Something a role may do."""

    ALERTS = "alerts"  # take, call, close what is not urgent; find, lift, today, help
    VISITS = "visits"  # enter visits, say whose they are
    CLOSE_RED = "close_red"
    COURSES = "courses"  # how somebody has been healing
    OWN = "own"  # closed days, drills, who may do what


_RECEPTION = frozenset({Right.ALERTS, Right.VISITS})
_PRACTITIONER = _RECEPTION | {Right.CLOSE_RED, Right.COURSES}
MAY: Mapping[Role, frozenset[Right]] = {
    Role.RECEPTION: _RECEPTION,
    Role.PRACTITIONER: _PRACTITIONER,
    Role.OWNER: _PRACTITIONER | {Right.OWN},
}


@dataclass(frozen=True, slots=True)
class Command:
    """A staff command: what may be written behind it, what it does, and the right it takes."""

    name: str
    right: Right
    does: str
    words: str = ""
    is_private: bool = False


COMMANDS = (
    Command("today", Right.ALERTS, "Who is asked today, who is silent, what is open"),
    Command("take", Right.ALERTS, "Makes a person's most urgent open alert yours, with or without a card", "CODE"),
    Command("find", Right.ALERTS, "Sends you a person's notes in private", "CODE"),
    Command(
        "course", Right.COURSES, "Sends you a chart of a person's recovery in private, if you have them", "CODE"
    ),
    Command("reopen", Right.ALERTS, "Opens again what was closed, or called not ours, by mistake", "CODE"),
    Command("note", Right.ALERTS, "Keeps a remark with that person's alert", "CODE and your words"),
    Command("lift", Right.ALERTS, "Undoes “under 18” when somebody pressed it by mistake", "CODE"),
    Command("visit", Right.VISITS, "Enters a treatment and shows the patient's code", is_private=True),
    Command("practice", Right.ALERTS, "Lets you play patient; nothing of it counts", is_private=True),
    Command("who", Right.ALERTS, "Which role you have, and what it may do"),
    Command("closed", Right.OWN, "Days on which the clinic is closed: to list, add or take back", "24 Dec-2 Jan"),
    Command("drill", Right.OWN, "Sends a marked alert of nobody, to see who takes it"),
    Command("help", Right.ALERTS, "What I do here"),
)
BY_NAME: Mapping[str, Command] = {command.name: command for command in COMMANDS}
ROLE_NAMES: Mapping[Role, str] = {
    Role.OWNER: "owner",
    Role.PRACTITIONER: "practitioner",
    Role.RECEPTION: "reception",
}
CANT_TELL = "I can't find out just now whether you are in the team's chat. Please try again in a minute."
NOT_STAFF = "That is for the clinic's team. If you belong to it, ask to be added to its chat."
NO_ROLE = "You have no role here yet. An owner adds your number, {user}, to staff in clinic.yaml."


def listed(book: Book) -> Mapping[int, Role]:
    """The roles of clinic.yaml, by Telegram id; of two for one person the one that may less."""
    held = book.clinic.get("clinic.staff")
    entries = held if isinstance(held, frozenset) else frozenset()
    found: dict[int, Role] = {}
    order = list(Role)
    for entry in sorted(entries):
        number, _, name = entry.partition(":")
        role = Role(name)
        found[int(number)] = min(role, found.get(int(number), role), key=order.index)
    return found


def role_of(book: Book, user: int, membership: Membership) -> Role | None:
    """The role that counts at this moment; None: no rights."""
    roles = listed(book)
    is_on_call = user in {*who.on_call(book), who.crisis_contact(book)}
    own = roles.get(user, Role.PRACTITIONER if is_on_call else None)
    match membership:
        case Membership.OUT | Membership.UNKNOWN:
            return None
        case Membership.GROUP_GONE:
            return own
        case _ if roles:
            return own
        case Membership.ADMIN:
            return Role.OWNER
        case _:
            return Role.PRACTITIONER


def may(role: Role | None, right: Right) -> bool:
    """Whether a role has a right; without a role nobody has any."""
    return role is not None and right in MAY[role]


def sees_courses(book: Book, user: int) -> bool:
    """Whether notes for this member may hold how somebody has been healing: all but listed reception."""
    role = listed(book).get(user)
    return role is None or Right.COURSES in MAY[role]


def refusal(user: int, membership: Membership) -> str:
    """Why somebody without a role can't do it, as a sentence."""
    if membership is Membership.UNKNOWN:
        return CANT_TELL
    return NO_ROLE.format(user=user) if membership in {Membership.ADMIN, Membership.MEMBER} else NOT_STAFF


def lacks(role: Role, right: Right) -> str:
    """Why a role can't do it, as a sentence."""
    able = [ROLE_NAMES[each] for each in Role if right in MAY[each]]
    return f"That takes the role {' or '.join(able)}; yours is {ROLE_NAMES[role]}."


def named(book: Book) -> tuple[int, ...]:
    """Everybody to whom clinic.yaml gives something to do with patients."""
    contact = who.crisis_contact(book)
    found = (*listed(book), *who.on_call(book), *(() if contact is None else (contact,)))
    return tuple(dict.fromkeys(found))


def menu(role: Role | None, *, in_group: bool = False) -> tuple[tuple[str, str], ...]:
    """The commands of a role with what they do, for Telegram's menu: of a private chat, or of the group."""
    mine = (command for command in COMMANDS if may(role, command.right) and not (in_group and command.is_private))
    return tuple((command.name, command.does) for command in mine)


def who_am_i(role: Role) -> str:
    """What `/who` answers, as HTML."""
    commands = " ".join(f"/{command.name}" for command in COMMANDS if may(role, command.right))
    red = "You may close urgent alerts." if may(role, Right.CLOSE_RED) else "A practitioner closes urgent alerts."
    return f"Your role: <b>{ROLE_NAMES[role]}</b>. {red}\n{commands}"


def help_lines(role: Role) -> str:
    """The commands of a role, a line each, as HTML."""
    return "\n".join(_help_line(command) for command in COMMANDS if may(role, command.right))


def _help_line(command: Command) -> str:
    words = f" {command.words}" if command.words else ""
    where = " (in private)" if command.is_private else ""
    return f"/{command.name}{words}: {command.does[0].lower()}{command.does[1:]}{where}"
