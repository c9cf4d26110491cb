"""Nodes → declared models. Every mistake is reported at its place, in plain words, all of them in one run.

What is wrong is then taken out of the tree (or mended, where the meaning is plain), so that the checks can go on
with the rest and don't report the same mistake again by its consequences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Annotated, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from bot.authoring.declaration import STATE_KINDS
from bot.authoring.issue import Issues, did_you_mean, listing, nearest
from bot.authoring.node import Kind, Node, Path, scalar
from bot.clinic.rows import Precaution

M = TypeVar("M", bound=BaseModel)
_ROUNDS = 12
_STAND_INS: Mapping[str | int, str | int | None] = {
    "label": "…", "alt": "…", "title": "…", "say": "…", "ask": "…", "text": "…", "end": "completed",
    "after": "1d", "reviewed_by": None, "reviewed_on": None,
    "mode": "trial", "country": "GB", "time_zone": "UTC", "first_appointment_days": 0, "privacy_contact": "…",
    "name": "…", "phone": "…", "address": "…", "emergency_line": "…",
    "ambulance": "…", "urgent": "…", "crisis": "…", "crisis_name": "…",
}  # fmt: skip
_LEADING = frozenset({"next", "to", "options", "expire", "call", "do", "save", "add", "as", "from"})
_LISTS = frozenset({"next", "options"})
_PATTERNS = {
    "[mhdw]": ("a length of time", "write it like 30m, 4h, 7d or 2w"),
    r"\d-(": ("hours", 'write them like "09:00-18:00"'),
    "https": ("an address", "it begins with https:// and holds no spaces or braces"),
    "[A-Z]{2}$": ("a country", "two capital letters, such as GB"),
    "{2,3}(_": ("a language", "write it like en or pt_BR"),
    "^S(": ("a base fact", "S1 to S61"),
    "base|judgement": ("a source's code", "a capital letter and a number, base or judgement"),
    "A-Za-z0-9_-]{1,64}": ("a payload", "1 to 64 of A-Z a-z 0-9 _ -"),
    "[A-Z0-9_]*$": ("the name of a variable", "capital letters, digits and _"),
    "(\\.": ("a name", "lower-case letters, digits and _, joined by a dot"),
    "[a-z0-9_]": ("an id", "it begins with a lower-case letter and goes on with a-z, 0-9 and _"),
}


@dataclass(slots=True)
class Damage:
    """What had to be taken out of a file: `holes` are whole states, `states` those that lost a part.

    `wayless` are those that may have lost a way to another state, or a name that they set. `lost` counts what was
    taken out and not replaced.
    """

    holes: dict[Path, Node] = field(default_factory=dict)
    states: set[Path] = field(default_factory=set)
    wayless: set[Path] = field(default_factory=set)
    lost: int = 0

    def mark(self, path: Path) -> None:
        """Something at `path` is lost."""
        for length in (2, 4):
            if _is_state(path[:length]):
                self.states.add(path[:length])
                if _LEADING.intersection(map(str, path[length:][-1:])) or _LISTS.intersection(
                    map(str, path[-2:-1])
                ):
                    self.wayless.add(path[:length])


def read_shape(model: type[M], root: Node, file: str, issues: Issues) -> tuple[M | None, Damage]:
    """The model behind `root`, whose wrong parts are reported and taken out of the tree.

    Returns:
        The model, or None when too little was left to make it; and what was taken out.
    """
    damage = Damage()
    for number in range(_ROUNDS):
        try:
            return model.model_validate(root.plain()), damage
        except ValidationError as error:
            found = error.errors(include_url=False)
        pruning = _Pruning(model, root, file, issues if number == 0 else None, damage)
        for each in found:
            pruning.take(each)
        if not pruning.prune():
            break
    return None, damage


@dataclass(slots=True)
class _Pruning:
    """One round: errors are reported first, and their nodes taken out afterwards, so that paths stay valid."""

    model: type[BaseModel]
    root: Node
    file: str
    issues: Issues | None
    damage: Damage
    seen: set[Path] = field(default_factory=set)
    missing: dict[Path, set[str]] = field(default_factory=dict)
    unknown: dict[Path, list[str]] = field(default_factory=dict)
    wrong: set[Path] = field(default_factory=set)
    kinds: dict[Path, type[BaseModel]] = field(default_factory=dict)
    mended: dict[Path, tuple[str, str]] = field(default_factory=dict)

    def take(self, error: ErrorDetails) -> None:
        path, kind = self._resolve(error)
        if error["type"] == "missing":
            self.missing.setdefault(path, set()).add(str(error["loc"][-1]))
            self._remember(path, error)
        elif error["type"] == "extra_forbidden":
            self.unknown.setdefault(path[:-1], []).append(str(path[-1]))
            self._remember(path[:-1], error)
        elif path not in self.seen:
            self.seen.add(path)
            if kind == "key":
                self._report(self.root.key(*path), "shape:wrong_value", *_pattern_words(error, str(path[-1])))
            elif _is_state(path) and error["type"] == "union_tag_not_found":
                self._state_without_kind(path)
            else:
                self._report_value(path, error)
            self.wrong.add(path)

    def _remember(self, path: Path, error: ErrorDetails) -> None:
        found = model_at(self.model, error["loc"][:-1])
        if found is not None:
            self.kinds[path] = found

    def _resolve(self, error: ErrorDetails) -> tuple[Path, str]:
        """The path in the tree; labels of unions drop out."""
        path: list[str | int] = []
        node: Node | None = self.root
        for step in error["loc"]:
            if step == "[key]":
                return tuple(path), "key"
            if isinstance(step, str) and step.startswith("<") and step.endswith(">"):
                continue
            child = node.step(step) if node is not None else None
            if child is None:
                break
            path.append(step)
            node = child
        return tuple(path), "value"

    def _report(self, place: tuple[int, int], code: str, message: str, mend: str = "") -> None:
        if self.issues is not None:
            self.issues.add(self.file, place, code, message, mend)

    def _state_without_kind(self, path: Path) -> None:
        node = self.root.find(*path)
        assert node is not None
        if node.kind is not Kind.MAPPING:
            if not node.refused:
                self._report(node.place, "shape:wrong_kind", f"`{path[-1]}` must be a state, not {_what(node)}",
                             "write one of say, ask, do, call, end below it")  # fmt: skip
            return
        kinds = [key for key in node.entries if key in STATE_KINDS]
        if len(kinds) > 1:
            message = f"a state is one thing; this one has {listing(kinds).replace(' or ', ' and ')}"
            self._report(node.key(kinds[1]), "state:several_kinds", message, "make two states of it")
            return
        known = {_alias(kind, name) for kind in STATE_KINDS.values() for name in kind.model_fields}
        typos = [key for key in node.entries if key not in known]
        for key in typos:
            mend = did_you_mean(key, known, f"one of {listing(sorted(STATE_KINDS))} is needed")
            self._report(node.key(key), "shape:unknown_key", f"`{key}` has no meaning in a state", mend)
        meant = next((key for key in typos if nearest(key, known) in STATE_KINDS), None)
        if meant is not None:
            self.mended[path] = (meant, str(nearest(meant, known)))
        else:
            message = f"the state `{path[-1]}` is none of {listing(list(STATE_KINDS))}"
            self._report(node.place, "state:no_kind", message, "say what it does")

    def _report_value(self, path: Path, error: ErrorDetails) -> None:
        node = self.root.find(*path)
        assert node is not None
        if node.refused:
            return
        name = next((step for step in reversed(path) if isinstance(step, str)), "the file")
        code, message, mend = _value_words(name, node, error)
        self._report(node.place, code, message, mend)

    def prune(self) -> bool:
        """Take out what is wrong; False when nothing could be."""
        changed = self._mend_unknown()
        for path, names in self.missing.items():
            changed = self._report_missing(path, names) or changed
        for path in sorted(self.wrong, key=_depth_first, reverse=True):
            changed = self._remove(path) or changed
        return changed

    def _mend_unknown(self) -> bool:
        for path, keys in self.unknown.items():
            node = self.root.find(*path)
            model = self.kinds.get(path)
            if node is None:
                continue
            known = [_alias(model, name) for name in model.model_fields] if model else []
            for key in keys:
                free = [name for name in known if name not in node.entries]
                near = nearest(key, free)
                code, message = "shape:unknown_key", f"`{key}` has no meaning {_where(path)}"
                if model is Precaution and node.text(key) in {"stop", "wait", "tell", "none"} and near is None:
                    code, message = "treatment:unknown", f"`{key}` is no treatment"
                mend = did_you_mean(key, free, f"known here: {listing(known, 14)}" if known else "remove it")
                self._report(node.key(key), code, message, mend)
                value, place = node.entries[key], node.keys[key]
                node.remove(key)
                if near is not None:
                    node.entries[near], node.keys[near] = value, place
                    self.missing.get(path, set()).discard(near)
        return bool(self.unknown)

    def _report_missing(self, path: Path, names: set[str]) -> bool:
        node = self.root.find(*path)
        changed = False
        for name in sorted(names):
            if node is None:
                continue
            code, message, mend = _missing_words(name, path, self.kinds.get(path))
            self._report(node.place, code, message, mend)
            if name in _STAND_INS:
                node.entries[name] = scalar(_STAND_INS[name], node.place)
                self._damage((*path, name))
                changed = True
            elif name == "source":
                node.entries[name] = Node(Kind.LIST, node.place, items=[scalar("judgement", node.place)])
                changed = True
            elif name in ("microneedling", "mesotherapy"):
                node.entries[name] = scalar("none", node.place)
                changed = True
            elif name == "start" and (states := node.step("states")) and states.entries:
                node.entries[name] = scalar(next(iter(states.entries)), node.place)
                changed = True
            elif path:
                self.wrong.add(path)
        return changed

    def _damage(self, path: Path) -> None:
        self.damage.mark(path)

    def _remove(self, path: Path) -> bool:
        if not path:
            return False
        parent = self.root.find(*path[:-1])
        node = self.root.find(*path)
        if parent is None or node is None:
            return False
        if path in self.mended:
            typo, meant = self.mended[path]
            node.entries[meant], node.keys[meant] = node.entries[typo], node.keys[typo]
            node.remove(typo)
            return True
        if _is_state(path):
            self.damage.holes[path] = node
        self._damage(path)
        name = path[-1]
        if name in _STAND_INS and not _is_state(path) and node.scalar != _STAND_INS[name]:
            parent.entries[str(name)] = scalar(_STAND_INS[name], node.place)
        else:
            self.damage.lost += 1
            parent.remove(path[-1])
        return True


def _is_state(path: Path) -> bool:
    return len(path) in (2, 4) and path[-2] == "states" and isinstance(path[-1], str)


def _depth_first(path: Path) -> tuple[tuple[bool, str | int], ...]:
    return tuple((isinstance(step, str), step) for step in path)


def _alias(model: type[BaseModel], name: str) -> str:
    return model.model_fields[name].alias or name


def model_at(kind: object, steps: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The model that a place of `kind` is declared as, following pydantic's own steps."""
    tag: str | None = None
    while get_origin(kind) is Annotated:
        arguments = get_args(kind)
        tag = next((each.tag for each in arguments[1:] if isinstance(each, Tag)), tag)
        kind = arguments[0]
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        members = [member for member in get_args(kind) if member is not NoneType]
        if steps and isinstance(steps[0], str) and steps[0].startswith("<"):
            members, steps = [member for member in members if steps[0] in map(str, _tags(member))], steps[1:]
        found = (model_at(member, steps) for member in members)
        return next((each for each in found if each is not None), None)
    if isinstance(kind, type) and origin is None and issubclass(kind, BaseModel):
        if not steps:
            return kind
        for name, info in kind.model_fields.items():
            if _alias(kind, name) == steps[0]:
                return model_at(info.annotation, steps[1:])
        return None
    if origin in (list, dict) and steps:
        return model_at(get_args(kind)[-1], steps[1:])
    return None


def _tags(kind: object) -> list[str]:
    return (
        [each.tag for each in get_args(kind)[1:] if isinstance(each, Tag)] if get_origin(kind) is Annotated else []
    )


def _where(path: Path) -> str:
    name = next((step for step in reversed(path) if isinstance(step, str)), None)
    return f"in `{name}`" if name else "at the top of the file"


def _what(node: Node) -> str:
    match node.kind, node.scalar:
        case Kind.LIST, _:
            return "a list"
        case Kind.MAPPING, _:
            return "a mapping"
        case _, None:
            return "nothing"
        case _, bool():
            return f"`{node.written}`"
        case _, int() | float():
            return f"the number {node.written}"
        case _:
            return f"the text `{node.written[:40]}`"


def _missing_words(name: str, path: Path, model: type[BaseModel] | None) -> tuple[str, str, str]:
    if name == "source":
        return "row:without_source", "this row has no source", "add source: with the codes it rests on"
    if name in ("microneedling", "mesotherapy") and model is Precaution:
        return "precaution:without_action", f"no action for {name}", f"add {name}: stop, wait, tell or none"
    return "shape:missing_key", f"`{name}` is missing {_where(path)}", f"add {name}:"


_KINDS: Mapping[str, tuple[str, str]] = {
    "string_type": ("a text", "write one text"),
    "int_type": ("a whole number", "write it in digits, without quotes"),
    "int_from_float": ("a whole number", "leave the decimals out"),
    "float_type": ("a number", "write it in digits, without quotes"),
    "bool_type": ("true or false", "write true or false, without quotes"),
    "list_type": ("a list", "write each entry behind a dash"),
    "dict_type": ("a mapping", "write it as key: value"),
    "model_type": ("a mapping", "write it as key: value"),
    "model_attributes_type": ("a mapping", "write it as key: value"),
    "union_tag_not_found": ("something else", ""),
    "union_tag_invalid": ("something else", ""),
}


def _value_words(name: str, node: Node, error: ErrorDetails) -> tuple[str, str, str]:
    kind = error["type"]
    context = error.get("ctx", {})
    shown = _what(node)
    if kind in _KINDS:
        wanted, mend = _KINDS[kind]
        if kind == "string_type" and isinstance(node.scalar, int | float):
            mend = f'put it in quotes: "{node.written}"'
        if kind.startswith("union_tag"):
            return (
                "shape:wrong_kind",
                f"`{name}` can't be {shown}",
                "see the flow language for what may stand here",
            )
        if node.scalar is None and node.kind is Kind.SCALAR:
            return "shape:wrong_kind", f"`{name}` must be {wanted}, and nothing stands there", mend or "fill it in"
        return "shape:wrong_kind", f"`{name}` must be {wanted}, not {shown}", mend
    if kind in ("literal_error", "enum"):
        allowed = re.findall(r"'([^']*)'|(\d+)", str(context.get("expected", "")))
        words = [text or number for text, number in allowed]
        code = "treatment:unknown" if name in ("points_to", "treatment") else "shape:wrong_value"
        return (
            code,
            f"`{name}` can't be {shown}",
            did_you_mean(node.written, words, f"one of {listing(words, 12)}"),
        )
    if kind == "string_pattern_mismatch":
        code = "campaign:payload" if name == "payload" else "shape:wrong_value"
        return code, *_pattern_words(error, node.written)
    if kind in ("too_short", "string_too_short"):
        if name == "source":
            return "row:without_source", "this row has no source", "name the codes it rests on"
        return "shape:wrong_value", f"`{name}` is empty", "fill it in or remove it"
    bounds = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most")}
    if kind in bounds:
        key, words_ = bounds[kind]
        return "shape:wrong_value", f"`{name}` can't be {shown}", f"{words_} {context.get(key)}"
    if kind == "string_too_long":
        return "shape:wrong_value", f"`{name}` is too long", f"at most {context.get('max_length')} characters"
    if name.endswith("_on"):
        return "shape:wrong_value", f"`{name}` must be a date, not {shown}", "write it like 2026-12-24"
    return "shape:wrong_value", f"`{name}` can't be {shown}", ""


def _pattern_words(error: ErrorDetails, written: str) -> tuple[str, str]:
    pattern = str(error.get("ctx", {}).get("pattern", ""))
    if error["type"] == "string_too_long":
        return f"`{written[:40]}…` is too long", f"at most {error.get('ctx', {}).get('max_length')} characters"
    if error["type"] == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))
        mend = did_you_mean(written, allowed, f"one of {listing(allowed, 12)}")
        return f"`{written[:60]}` is not known here", mend
    what, mend = next(
        (words for part, words in _PATTERNS.items() if part in pattern),
        ("what is wanted", "look at how its neighbours are written"),
    )
    return f"`{written[:60]}` is not {what}", mend
