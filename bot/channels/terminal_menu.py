"""The question's answers under the cursor: arrow keys, space to mark, or simply typing."""

from __future__ import annotations

from dataclasses import dataclass

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import HSplit, Layout, VSplit, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.output import ColorDepth

from bot.engine.effect import ButtonSpec


@dataclass(frozen=True, slots=True)
class Typed:
    text: str


@dataclass(frozen=True, slots=True)
class Picked:
    """Buttons taken from the menu; `exactly` these of a choose-many."""

    buttons: tuple[ButtonSpec, ...]
    exactly: bool = False


async def ask(
    options: list[ButtonSpec], extras: list[ButtonSpec], *, many: bool, without_colour: bool = False
) -> Typed | Picked | None:
    """Let the person choose or type; None when they leave (Ctrl-C, Ctrl-D)."""
    return await _Menu(options, extras, many=many, without_colour=without_colour).run()


class _Menu:
    def __init__(
        self, options: list[ButtonSpec], extras: list[ButtonSpec], *, many: bool, without_colour: bool
    ) -> None:
        self.options = options
        self.buttons = options + extras
        self.many = many
        self.place = 0
        self.marked = [button.id for button in options if button.marked]
        self.typed = Buffer(multiline=False)
        rows = FormattedTextControl(self._rows, show_cursor=False)
        line = VSplit([Window(FormattedTextControl("› "), width=2), Window(BufferControl(self.typed), height=1)])
        menu = Window(rows, dont_extend_height=True)
        self.app: Application[Typed | Picked | None] = Application(
            layout=Layout(HSplit([menu, line]), focused_element=self.typed),
            key_bindings=self._keys(),
            erase_when_done=True,
            color_depth=ColorDepth.DEPTH_1_BIT if without_colour else None,
        )

    async def run(self) -> Typed | Picked | None:
        return await self.app.run_async()

    def _rows(self) -> StyleAndTextTuples:
        rows: StyleAndTextTuples = []
        for number, button in enumerate(self.buttons):
            is_option = number < len(self.options)
            mark = ("◼ " if button.id in self.marked else "◻ ") if self.many and is_option else ""
            count = f"{number + 1:>2} " if is_option else "   "
            here = number == self.place and not self.typed.text
            style = "bold" if here else "" if is_option else "ansibrightblack"
            rows.append((style, f"{'❯' if here else ' '}{count}{mark}{button.label}\n"))
        hint = (
            "space marks, enter confirms" if self.many else "arrows and enter" if self.buttons else "enter sends"
        )
        rows.append(("ansibrightblack", f"{hint}, or type"))
        return rows

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        nothing_typed = Condition(lambda: not self.typed.text)

        @keys.add("up", filter=nothing_typed)
        def _up(_: KeyPressEvent) -> None:
            self.place = (self.place - 1) % max(1, len(self.buttons))

        @keys.add("down", filter=nothing_typed)
        def _down(_: KeyPressEvent) -> None:
            self.place = (self.place + 1) % max(1, len(self.buttons))

        @keys.add("space", filter=nothing_typed & Condition(lambda: self.many))
        def _mark(_: KeyPressEvent) -> None:
            if self.place < len(self.options):
                wanted = self.options[self.place].id
                self.marked = [one for one in self.marked if one != wanted] + (
                    [] if wanted in self.marked else [wanted]
                )

        @keys.add("enter")
        def _take(event: KeyPressEvent) -> None:
            taken = self._taken()
            if taken is not None:
                event.app.exit(result=taken)

        @keys.add("c-c")
        @keys.add("c-d")
        def _leave(event: KeyPressEvent) -> None:
            event.app.exit(result=None)

        return keys

    def _taken(self) -> Typed | Picked | None:
        """What Enter means now; None when it means nothing."""
        if self.typed.text.strip():
            return Typed(self.typed.text.strip())
        if not self.buttons:
            return None
        here = self.buttons[self.place]
        if not self.many or self.place >= len(self.options):
            return Picked((here,))
        chosen = tuple(button for button in self.options if button.id in self.marked)
        return Picked(chosen or (here,), exactly=True)
