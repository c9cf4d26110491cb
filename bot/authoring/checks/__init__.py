"""What can be wrong with flows and data beyond their shape. Each module looks at one thing."""

from __future__ import annotations

from bot.authoring.checks.world import World


def check_all(world: World) -> None:
    """Run every check."""
    _ = world
