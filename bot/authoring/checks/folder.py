"""Flows as a set: no id twice, and those that the program itself leads to."""

from __future__ import annotations

from pathlib import Path

from bot.authoring.checks.world import World
from bot.authoring.issue import nearest

COMMANDS = (
    "start", "back", "answers", "restart", "help", "human", "language", "privacy", "export", "delete", "stop",
)  # fmt: skip
"""Every command has a flow of its name in common.yaml."""
NAMED = ("home", "lost", "after_end", "emergency", *COMMANDS)
"""Flows that must stand in common.yaml: what a bare /start opens, and every other way that leads into no flow."""
PHOTO = "photo"
"""So must this, where the clinic takes photos."""


def check_flow_folder(world: World) -> None:
    seen: dict[str, str] = {}
    for source in world.flows.sources:
        if source.id in seen:
            message = f"`{source.id}` is a flow of {Path(seen[source.id]).name} already"
            world.issues.add(source.file, source.place, "flow:duplicate_id", message, "give it another name")
        seen.setdefault(source.id, source.file)
    file, place = world.flows.common_place
    if not file or world.flows.lost:
        return
    clinic = world.catalogue.clinic
    photo = (PHOTO,) if clinic is not None and clinic.photos else ()
    for name in (*NAMED, *photo):
        if name not in seen:
            near = nearest(name, [each for each in seen if each not in NAMED])
            mend = f"did you mean {near}?" if near else "add it under flows:"
            message = f"common.yaml has no flow `{name}`"
            world.issues.add(file, place, "flow:named_missing", message, mend)
