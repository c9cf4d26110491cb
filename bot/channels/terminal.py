"""`chat` for people: the conversation in a terminal, with both the patient's and the staff's side."""

from __future__ import annotations

import os
import sys

from bot.channels.terminal_action import (
    Action,
    Press,
    SendContact,
    SendPhoto,
    Talk,
    Unreadable,
    Wait,
    read_duration,
)
from bot.channels.terminal_menu import Picked, Typed, ask
from bot.channels.terminal_paint import Painter, extra_keys
from bot.channels.terminal_room import STAFF_VERBS, Clinic, Message, NotPossible, Room, read_lines
from bot.limits import TYPED_CHARACTERS

HELP = (
    "Type, or choose a number. /wait 1d moves the clock, /staff 1 have_it presses a button of staff card 1"
    " (/staff say … writes there), /quit leaves."
)


async def run_terminal(room: Room, clinic: Clinic) -> None:
    """Talk until the person leaves (`/quit`, Ctrl-C, Ctrl-D) or the input ends."""
    is_screen = sys.stdin.isatty() and sys.stdout.isatty()
    painter = Painter(room, sys.stdout, shows_options=not is_screen)
    painter.hint(HELP)
    painter.entries()
    if is_screen:
        await _talk_on_screen(room, clinic, painter)
        return
    async for line in read_lines(sys.stdin.buffer):
        if line.strip() == "/quit":
            return
        if line.strip():
            painter.said(line.strip())
            await _do_line(room, clinic, painter, line.strip())


async def _talk_on_screen(room: Room, clinic: Clinic, painter: Painter) -> None:
    while True:
        await clinic.settle()
        painter.entries()
        question = open_question(room)
        options = [button for button in question.buttons if button.kind == "option"] if question else []
        extras = [button for button in room.pressable() if button.kind == "extra" and button.data]
        many = question is not None and question.effect.choose == "many"
        taken = await ask(options, extras, many=many, without_colour=bool(os.environ.get("NO_COLOR")))
        match taken:
            case None | Typed("/quit"):
                return
            case Typed(text):
                painter.said(text)
                await _do_line(room, clinic, painter, text)
            case Picked(buttons, exactly):
                painter.said(", ".join(button.label for button in buttons))
                press = Press(
                    tuple(button.id for button in buttons),
                    exactly=exactly,
                    on=question.id if exactly and question else None,
                )
                await _do(room, clinic, painter, press)


async def _do_line(room: Room, clinic: Clinic, painter: Painter, line: str) -> None:
    try:
        action = read_typed(room, line)
    except (Unreadable, NotPossible) as error:
        painter.hint(str(error))
        return
    await _do(room, clinic, painter, action)


async def _do(room: Room, clinic: Clinic, painter: Painter, action: Action) -> None:
    try:
        await room.act(clinic, action)
    except NotPossible as error:
        painter.hint(str(error))
    painter.entries()
    if isinstance(action, Wait):
        painter.hint(f"  it is now {room.clock.now():%A %d %B %Y, %H:%M} UTC")


def open_question(room: Room) -> Message | None:
    """The patient's newest message that can still be answered."""
    for message in room.newest():
        if message.effect.is_question and not message.is_mark:
            return message
    return None


def read_typed(room: Room, line: str) -> Action:
    """What a typed line means: a command of this terminal, the letter of an extra, else text for the bot.

    Raises:
        Unreadable: A command of this terminal that is not complete.
        NotPossible: There is no such card.
    """
    command, _, rest = line.partition(" ")
    rest = rest.strip()
    match command:
        case "/wait":
            return Wait(read_duration(rest))
        case "/staff":
            return _read_staff(room, rest)
        case "/press" if rest:
            return Press((rest,))
        case "/photo" if rest:
            return SendPhoto(rest)
        case "/contact" if rest:
            return SendContact(rest)
        case _:
            button = extra_keys(room).get(line) if not _takes_text(room) else None
            text = line.encode("utf-8", "replace").decode().replace("\0", "")
            return Press((button.id,)) if button is not None else Talk(text[:TYPED_CHARACTERS])


def _takes_text(room: Room) -> bool:
    question = open_question(room)
    return question is not None and question.effect.choose == "text"


def _read_staff(room: Room, rest: str) -> Action:
    first, _, second = rest.partition(" ")
    second = second.strip()
    if first == "say" and second:
        return Talk(second, as_staff=True)
    if not (first.isascii() and first.isdigit() and len(first) < 6 and second):
        raise Unreadable(f"Write /staff 1 have_it (or {', '.join(STAFF_VERBS[1:])}), or /staff say and words.")
    return Press((second,), as_staff=True, target=room.card_target(int(first)))
