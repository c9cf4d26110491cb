"""Texts: marks that hold a name, a name that is set, and lengths that Telegram takes with the longest values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.authoring.checks.world import World
from bot.authoring.declaration import (
    AskDeclared,
    EndDeclared,
    OptionDeclared,
    PictureDeclared,
    PluralText,
    SayDeclared,
    StateDeclared,
    TextOfValue,
)
from bot.authoring.folder import FlowSource
from bot.authoring.issue import did_you_mean, listing, nearest
from bot.authoring.names import CONTEXT, Holds, Var, choices_of
from bot.authoring.node import Kind, Node, Path, Place
from bot.authoring.scope import Scope, Scopes
from bot.engine.event import Verb, button_data
from bot.engine.wording import FORMATS, Mark, parse
from bot.ids import ContactId, session_id
from bot.limits import (
    BUTTON_DATA_BYTES,
    BUTTON_LABEL_CHARACTERS,
    CAPTION_CHARACTERS,
    KEYBOARD_BUTTONS,
    MESSAGE_CHARACTERS,
    NAME_CHARACTERS,
)

_BRACES = re.compile(r"\{\{|\}\}|\{[^{}]*\}")
_MARK = re.compile(r"\{\s*([a-z][a-z0-9_.]*)\s*(?::([^{}|]*))?(?:\|[^{}]*)?\}\Z")
_OWN_BUTTONS = 3
"""Done, back and one of the engine's own."""
_TYPED_CHARACTERS = 300
"""So much of a typed answer is reckoned with where a text repeats it."""
_CONTEXT_CHARACTERS = {"clinic.address": 200, "clinic.hours": 400, "clinic.booking_link": 300}
"""The longest that these can be, or are likely to be; the others have 60 at most."""
_SHOWN_KEYS = frozenset({"label", "text", "note", "heads_up", "brief", "usual", "do", "avoid", "call", "name"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A text that people see. `limit`: characters it may grow to; None where it is part of another."""

    words: str
    path: Path
    limit: int | None = None


def check_texts(world: World, scopes: Scopes) -> None:
    """Every text of every flow, and those of the data files."""
    for source in world.names.sources.values():
        visible = world.names.visible(source.id)
        before = scopes.before(source)
        for name, state in source.declared.states.items():
            _State(world, source, name, state, visible, before.get(name)).check()
        for path in [("title",)]:
            _braces(world, source.file, source.node.nearest(*path), source.declared.title)
    for file in world.data.files.values():
        if file.root is not None and not file.is_ours:
            _data_texts(world, file.file, file.root)


def _data_texts(world: World, file: str, node: Node, key: str = "") -> None:
    if node.kind is Kind.SCALAR and isinstance(node.scalar, str) and key in _SHOWN_KEYS:
        if _braces(world, file, node, node.scalar):
            for mark in _marks(node.scalar):
                _data_mark(world, file, node.within("{" + mark.name), mark)
        if key == "label" and len(node.scalar) > BUTTON_LABEL_CHARACTERS:
            _label_too_long(world, file, node.place, node.scalar)
        elif len(node.scalar) > MESSAGE_CHARACTERS:
            message = f"this has {len(node.scalar):,} characters"
            mend = f"Telegram takes {MESSAGE_CHARACTERS:,}; make it shorter"
            world.issues.add(file, node.place, "text:too_long", message, mend)
    for item in node.items:
        _data_texts(world, file, item, "")
    for name, child in node.entries.items():
        _data_texts(world, file, child, name)


def _data_mark(world: World, file: str, place: Place, mark: Mark) -> None:
    var = CONTEXT.get(mark.name)
    if var is None or not mark.name.startswith("clinic."):
        known = [name for name in CONTEXT if name.startswith("clinic.")]
        mend = did_you_mean(mark.name, known, "a text of the data can name clinic.phone and the like")
        world.issues.add(file, place, "name:unknown", f"`{{{mark.name}}}` is not known in a row's text", mend)


def _braces(world: World, file: str, node: Node, words: str) -> bool:
    """Report braces that don't match or hold no name; True when all do."""
    rest = _BRACES.sub("", words)
    if "{" in rest or "}" in rest:
        sign = "{" if "{" in rest else "}"
        alone = next((line for line in node.lines if sign in _BRACES.sub("", line)), "").strip()
        place = node.within(alone)
        world.issues.add(file, place, "text:braces", f"a `{sign}` stands alone", "close it, or write it twice")
        return False
    fine = True
    for found in _BRACES.findall(words):
        if found in ("{{", "}}"):
            continue
        matched = _MARK.match(found)
        if matched is None:
            mend = "write {name}, {name|fallback} or {name:list}; a brace itself is {{"
            message = f"`{found[:40]}` holds no name"
            world.issues.add(file, node.within(found), "text:braces", message, mend)
            fine = False
        elif (matched[2] or "").strip() not in FORMATS:
            known = sorted(FORMATS - {""})
            mend = did_you_mean(matched[2].strip(), known, f"there is {listing(known)}")
            message = f"`{matched[2]}` is no format"
            world.issues.add(file, node.within(found), "text:format", message, mend)
            fine = False
    return fine


def _marks(words: str) -> list[Mark]:
    return [part for part in parse(words) if isinstance(part, Mark)]


def _label_too_long(world: World, file: str, place: Place, label: str) -> None:
    message = f"a button's label has {len(label)} characters"
    world.issues.add(file, place, "text:label_too_long", message, f"at most {BUTTON_LABEL_CHARACTERS} fit")


class _State:
    """The texts of one state. `scope` is None where no way leads: that is reported elsewhere."""

    def __init__(
        self,
        world: World,
        source: FlowSource,
        name: str,
        state: StateDeclared,
        visible: Mapping[str, Var],
        scope: Scope | None,
    ) -> None:
        self.world = world
        self.source = source
        self.name = name
        self.state = state
        self.visible = visible
        self.scope = scope

    def _at(self, path: Path) -> Place:
        return self._node(path).place

    def _node(self, path: Path) -> Node:
        return self.source.node.nearest("states", self.name, *path)

    def _report(self, path: Path, code: str, message: str, mend: str = "", words: str = "") -> None:
        """At the value of `path`; in a text of several lines, where `words` stand in it."""
        self.world.issues.add(self.source.file, self._node(path).within(words), code, message, mend)

    def check(self) -> None:
        if isinstance(self.state, EndDeclared):
            return
        total = 0
        limits: dict[Path, int] = {}
        for shown in self._shown():
            if not _braces(self.world, self.source.file, self._node(shown.path), shown.words):
                continue
            for mark in _marks(shown.words):
                self._mark(mark, shown.path)
            length = self._longest(shown.words)
            if shown.limit == BUTTON_LABEL_CHARACTERS:
                if length > BUTTON_LABEL_CHARACTERS:
                    _label_too_long(self.world, self.source.file, self._at(shown.path), shown.words[:length])
            elif shown.limit is not None:
                limits[shown.path] = length
                if length > shown.limit:
                    self._too_long(shown.path, length, shown.limit)
            else:
                total += length + 2
        key = "ask" if isinstance(self.state, AskDeclared) else "say"
        if total > MESSAGE_CHARACTERS:
            self._too_long((key,), total, MESSAGE_CHARACTERS)
        if isinstance(self.state, AskDeclared):
            self._buttons(self.state)
        if isinstance(self.state, AskDeclared | SayDeclared):
            self._links_and_picture(self.state)

    def _too_long(self, path: Path, length: int, limit: int) -> None:
        message = f"with the longest values this has {length:,} characters"
        self._report(path, "text:too_long", message, f"Telegram takes {limit:,}; make it shorter or two messages")

    def _shown(self) -> Iterator[Shown]:
        state = self.state
        match state:
            case SayDeclared():
                yield from self._text(state.say, ("say",))
                for number, pinned in enumerate(state.pin):
                    yield Shown(pinned.label, ("pin", number, "label"), BUTTON_LABEL_CHARACTERS)
            case AskDeclared():
                yield from self._text(state.ask, ("ask",))
                if state.short:
                    yield Shown(state.short, ("short",), BUTTON_LABEL_CHARACTERS)
                if state.remind is not None:
                    yield from self._text(state.remind.say, ("remind", "say"), MESSAGE_CHARACTERS)
                for key in ("none", "not_sure"):
                    if label := getattr(state, key):
                        yield Shown(label, (key,), BUTTON_LABEL_CHARACTERS)
                for choice in choices_of(state, self.world.names.tables):
                    if isinstance(choice.declared, OptionDeclared):
                        path = (*choice.path, "label")
                        yield from self._text(choice.declared.label, path, BUTTON_LABEL_CHARACTERS)
            case _:
                return
        for number, link in enumerate(state.links):
            yield Shown(link.label, ("links", number, "label"), BUTTON_LABEL_CHARACTERS)
        if state.picture is not None:
            yield from self._text(state.picture.alt, ("picture", "alt"), CAPTION_CHARACTERS)

    def _text(self, text: object, path: Path, limit: int | None = None) -> Iterator[Shown]:
        match text:
            case str():
                yield Shown(text, path, limit)
            case list():
                for number, part in enumerate(text):
                    yield from self._text(part, (*path, number), limit)
            case PluralText():
                yield Shown(text.one, (*path, "one"), limit)
                yield Shown(text.other, (*path, "other"), limit)
                self._name(text.by, (*path, "by"))
            case TextOfValue():
                self._name(text.from_, (*path, "from"))

    def _mark(self, mark: Mark, path: Path) -> None:
        if not self._name(mark.name, path) or mark.fallback is not None or self.scope is None:
            return
        var = self.visible[mark.name]
        if not var.always and mark.name not in self.scope.must and self.source.is_whole:
            message = f"`{{{mark.name}}}` may be unset here"
            mend = f"write what stands in for it: {{{mark.name}|…}}"
            self._report(path, "name:maybe_unset", message, mend, "{" + mark.name)

    def _name(self, name: str, path: Path) -> bool:
        """Report a name that nothing sets, or nothing can have set yet."""
        if name not in self.visible:
            if self.source.is_whole or nearest(name, self.visible):
                mend = did_you_mean(name, self.visible, "save: it in a question, or set it by an action")
                self._report(path, "name:unknown", f"nothing sets `{name}`", mend, "{" + name)
            return False
        if self.scope is not None and name not in self.scope.may and self.source.is_whole:
            mend = "ask or do what sets it earlier"
            self._report(path, "name:not_yet_set", f"`{name}` can't have been set before this", mend, "{" + name)
            return False
        return True

    def _longest(self, words: str) -> int:
        """Characters of a text with the longest values that are known for its names."""
        length = 0
        for part in parse(words):
            length += len(part) if isinstance(part, str) else self._longest_value(part)
        return length - 4 * words.count("**") // 2

    def _longest_value(self, mark: Mark) -> int:
        var = self.visible.get(mark.name)
        if mark.name == "first_name":
            return NAME_CHARACTERS
        if mark.name in CONTEXT or var is None:
            return _CONTEXT_CHARACTERS.get(mark.name, 60)
        if var.ids is not None and var.holds in (Holds.ONE, Holds.SET):
            names = [
                len(row.name)
                for table in var.tables
                for row in self.world.names.tables.get(table, {}).values()
                if row.id in var.ids
            ] or [len(each) for each in var.ids]
            joined = sum(names) + 2 * len(names) if var.holds is Holds.SET else max(names, default=0)
            return min(joined, 1500)
        if self._is_from_action(mark.name):
            return 0
        return _TYPED_CHARACTERS if var.holds is Holds.TEXT else 30

    def _is_from_action(self, name: str) -> bool:
        """Texts of actions are held to their own lengths by tests."""
        return any(name in action.sets for action in self.world.names.actions.values())

    def _buttons(self, ask: AskDeclared) -> None:
        choices = [choice for choice in choices_of(ask, self.world.names.tables) if choice.shown]
        buttons = len(choices) + len(ask.links) + _OWN_BUTTONS
        if buttons > KEYBOARD_BUTTONS:
            message = f"{buttons} buttons, the bot's own included"
            self._report(("options",), "text:too_many_buttons", message, f"Telegram takes {KEYBOARD_BUTTONS}")
        for choice in choices:
            data = button_data(session_id(ContactId(9_999_999_999), 999_999), 999_999, Verb.CHOOSE, choice.id)
            over = len(data.encode()) - BUTTON_DATA_BYTES
            if over > 0:
                path = (*choice.path, "id") if choice.declared else choice.path
                message = f"the id `{choice.id}` does not fit into a button"
                self._report(path, "text:data_too_long", message, f"make it {over} letters shorter")

    def _links_and_picture(self, state: AskDeclared | SayDeclared) -> None:
        for number, link in enumerate(state.links):
            path: Path = ("links", number, "url")
            if link.url in self.visible:
                continue
            if re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*", link.url) and not link.url.startswith("www."):
                self._name(link.url, path)
            elif not re.fullmatch(r"https://[^\s{}/]+\.[^\s{}]+", link.url):
                message = f"`{link.url[:60]}` is no https address"
                self._report(path, "link:not_https", message, "begin it with https://, or name a value")
        if state.picture is not None:
            self._picture(state.picture)

    def _picture(self, picture: PictureDeclared) -> None:
        if (picture.path is None) == (picture.from_ is None):
            self._report(("picture",), "picture:which", "a picture has either path: or from:", "write one of them")
        if picture.from_ is not None:
            self._name(picture.from_, ("picture", "from"))
        if picture.path is None:
            return
        folder = self.world.data.folder.resolve()
        try:
            found = (folder / picture.path).resolve()
            inside, exists = found.is_relative_to(folder), found.is_file()
        except (OSError, ValueError, RuntimeError):
            inside, exists = True, False
        if not inside:
            message = f"`{picture.path[:60]}` leads out of the data folder"
            self._report(("picture", "path"), "picture:outside", message, "put the picture there")
        elif not exists:
            message = f"there is no picture `{picture.path[:60]}` in the data folder"
            self._report(("picture", "path"), "picture:missing", message, "add it, or mend the path")
