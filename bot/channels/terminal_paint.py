"""How the chat looks in a terminal: bubbles where there is a screen, plain lines in a pipe."""

from __future__ import annotations

import re
from typing import TextIO

from rich.align import Align
from rich.box import HEAVY, ROUNDED
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from bot.channels.terminal_room import Document, Entry, Message, Note, Picture, Report, Room, plain_text
from bot.engine.effect import ButtonSpec, ReportAlert, ReportLead, ReportResult

WIDEST_BUBBLE = 76
NARROWEST_BUBBLE = 20
_TAG = re.compile(r"(</?[bi]>)")
_STYLES = {"<b>": "bold", "<i>": "italic"}
LETTERS = "bcdefghjklmnopqrstuvwxyz"


class Painter:
    """Writes entries to `out`.

    Args:
        room: For the numbers of staff cards and the keys of extras.
        out: The terminal, or a pipe: then nothing but text is written.
        shows_options: Whether a question's answers are listed with it (else a menu shows them).
    """

    def __init__(self, room: Room, out: TextIO, *, shows_options: bool) -> None:
        self._room = room
        self._is_screen = out.isatty()
        self._shows_options = shows_options
        self.console = Console(file=out, highlight=False, markup=False, emoji=False, soft_wrap=not self._is_screen)

    def entries(self) -> None:
        """Everything that has happened since the last time."""
        for entry in self._room.take_entries():
            self._entry(entry)

    def hint(self, words: str) -> None:
        """A quiet line of the program's own."""
        self.console.print(Text(words, style="dim"))

    def said(self, words: str) -> None:
        """What the person in front of the terminal has done."""
        if not self._is_screen:
            self.console.print(Text(f"\n> {words}\n"))
            return
        bubble = Panel(Text(words), box=ROUNDED, border_style="green", expand=False, width=self._fitting(words))
        self.console.print(Align.right(bubble))

    def _entry(self, entry: Entry) -> None:
        match entry:
            case Message(is_edit=True) if entry.is_mark and not entry.to_staff:
                return
            case Message(is_edit=True) if entry.effect.only_buttons and not entry.to_staff:
                marked = [button.label for button in entry.buttons if button.marked]
                self.hint(f"  marked: {', '.join(marked) or 'nothing'}")
            case Message():
                self._message(entry)
            case Picture(_, effect, path):
                self._bubble(Text(f"[picture: {effect.alt}]"), "Bot")
                self.hint(f"  {path}")
            case Document(_, _, effect):
                self._bubble(Text(f"{effect.caption}\n\n{effect.name}\n{effect.content}".strip()), "Bot")
            case Note(_, _, text):
                self.console.print(Text(f"  ({text})", style="italic"))
            case Report(_, effect):
                self.hint(f"  · {_in_words(effect)}")

    def _message(self, message: Message) -> None:
        body = styled(message.effect.html)
        if message.to_staff:
            number = self._room.card_number(message.id)
            body.append("".join(f"\n[{button.id}] {button.label}" for button in message.buttons), style="dim")
            self._bubble(body, f"Staff chat, card {number}", is_staff=True)
            return
        if self._shows_options:
            options = [button for button in message.buttons if button.kind == "option"]
            lines = "".join(f"\n  {number}) {button.label}" for number, button in enumerate(options, 1))
            body.append(f"\n{lines}" if lines else "")
        extras = self._extras(message)
        if extras:
            body.append(f"\n\n{extras}", style="dim")
        self._bubble(body, "Bot")

    def _extras(self, message: Message) -> str:
        links = [f"{button.label}: {button.url}" for button in message.buttons if button.url]
        keys = [
            f"{key} {button.label.removeprefix('‹ ')}"
            for key, button in extra_keys(self._room).items()
            if self._shows_options and button in message.buttons
        ]
        return "\n".join(links + ([" · ".join(keys)] if keys else []))

    def _bubble(self, body: Text, title: str, *, is_staff: bool = False) -> None:
        if not self._is_screen:
            mark = "[staff] " if is_staff else ""
            lines = f"{title}: {body.plain}".splitlines()
            self.console.print(Text("\n".join(mark + line for line in lines)))
            return
        box, style = (HEAVY, "yellow") if is_staff else (ROUNDED, "cyan")
        panel = Panel(
            body,
            box=box,
            border_style=style,
            title=title if is_staff else None,
            title_align="left",
            expand=False,
            width=self._fitting(body.plain),
        )
        self.console.print(Padding(panel, (0, 0, 0, 2 if is_staff else 0)))

    def _fitting(self, words: str) -> int:
        longest = max((len(line) for line in words.splitlines()), default=0) + 4
        widest = min(WIDEST_BUBBLE, self.console.width - 2)
        return max(min(longest + 2, widest), min(NARROWEST_BUBBLE, self.console.width))


def extra_keys(room: Room) -> dict[str, ButtonSpec]:
    """A letter for each button that is no answer, newest message first; `b` is *back* where there is one."""
    extras = [button for button in room.pressable() if button.kind in {"extra", "done"} and button.data]
    keys: dict[str, ButtonSpec] = {}
    for button in sorted(extras, key=lambda button: button.id != "back"):
        wanted = [*button.id[:1], *LETTERS[1:]] if button.id != "back" else ["b"]
        free = next((letter for letter in wanted if letter.isalpha() and letter not in keys), None)
        if free is not None:
            keys[free] = button
    return keys


def styled(html: str) -> Text:
    """A message's HTML as text with bold and italic."""
    text = Text()
    style = ""
    for part in _TAG.split(html):
        if _TAG.fullmatch(part):
            style = _STYLES.get(part, "")
        else:
            text.append(plain_text(part), style=style or None)
    return text


def _in_words(effect: ReportAlert | ReportLead | ReportResult) -> str:
    match effect:
        case ReportAlert():
            return (
                f"alert {effect.id}: {effect.level} {effect.status} ({', '.join(effect.signs) or effect.reason})"
            )
        case ReportLead():
            return f"request {effect.id}, code {effect.code}: {effect.status}"
        case ReportResult():
            because = ", ".join(f"{reason.state}: {reason.answer}" for reason in effect.reasons)
            return f"{effect.action}: {effect.outcome}" + (f" (because {because})" if because else "")
