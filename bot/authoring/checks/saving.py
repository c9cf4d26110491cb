"""Names that two states save, or that something else holds already."""

from __future__ import annotations

from bot.authoring.checks.world import World
from bot.authoring.declaration import AskDeclared, CallDeclared, DoDeclared, SourceDeclared
from bot.authoring.folder import FlowSource
from bot.authoring.names import CONTEXT
from bot.authoring.node import Path

_PREFIXES = tuple({name.partition(".")[0] for name in CONTEXT if "." in name})


def check_saving(world: World) -> None:
    """Every `save`, `add` and `as` of every flow."""
    for source in world.names.sources.values():
        _saves(world, source)
        _adds(world, source)
        _calls(world, source)


def _saves(world: World, source: FlowSource) -> None:
    by_actions = {
        name
        for state in source.declared.states.values()
        if isinstance(state, DoDeclared) and state.do in world.names.actions
        for name in world.names.actions[state.do].sets
    }
    added = {
        name
        for state in source.declared.states.values()
        if isinstance(state, AskDeclared)
        for _, name in _added(state)
    }
    saved: dict[str, str] = {}
    for name, state in source.declared.states.items():
        if not isinstance(state, AskDeclared) or state.save is None:
            continue
        place = source.node.at("states", name, "save")
        if state.save in saved:
            message = f"`{state.save}` is saved by `{saved[state.save]}` already"
            world.issues.add(source.file, place, "name:saved_twice", message, "save it under another name")
        elif _is_ours(state.save):
            message = f"`{state.save}` is a name of the bot's own"
            world.issues.add(source.file, place, "name:reserved", message, "save it under another name")
        elif state.save in by_actions or state.save in added:
            by = "an action" if state.save in by_actions else "an `add`"
            message = f"`{state.save}` is set by {by} of this flow already"
            world.issues.add(source.file, place, "name:saved_twice", message, "save it under another name")
        saved.setdefault(state.save, name)


def _is_ours(name: str) -> bool:
    return name in CONTEXT or name.partition(".")[0] in _PREFIXES


def _added(ask: AskDeclared) -> list[tuple[Path, str]]:
    """Where a question joins a set, and which."""
    found: list[tuple[Path, str]] = [(("add",), ask.add)] if ask.add is not None else []
    options = ask.options if isinstance(ask.options, list) else [ask.options]
    for number, each in enumerate(options):
        if isinstance(each, SourceDeclared) and each.add is not None:
            path: Path = ("options", number, "add") if isinstance(ask.options, list) else ("options", "add")
            found.append((path, each.add))
    return found


def _adds(world: World, source: FlowSource) -> None:
    for name, state in source.declared.states.items():
        if isinstance(state, AskDeclared):
            for path, added in _added(state):
                if _is_ours(added):
                    place = source.node.at("states", name, *path)
                    message = f"`{added}` is a name of the bot's own"
                    world.issues.add(source.file, place, "name:reserved", message, "add to another name")


def _calls(world: World, source: FlowSource) -> None:
    seen: dict[str, str] = {}
    for name, state in source.declared.states.items():
        if isinstance(state, CallDeclared) and state.as_ is not None:
            if state.as_ in seen:
                message = f"`{seen[state.as_]}` runs a flow as `{state.as_}` already"
                place = source.node.at("states", name, "as")
                world.issues.add(source.file, place, "name:saved_twice", message, "give it another name")
            seen.setdefault(state.as_, name)
