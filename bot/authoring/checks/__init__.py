"""What can be wrong with flows and data beyond their shape. Each module looks at one thing."""

from __future__ import annotations

from bot.authoring.checks.data import check_data
from bot.authoring.checks.folder import check_flow_folder
from bot.authoring.checks.guards import check_guards
from bot.authoring.checks.questions import check_questions
from bot.authoring.checks.saving import check_saving
from bot.authoring.checks.states import check_states
from bot.authoring.checks.texts import check_texts
from bot.authoring.checks.unasked import check_unasked
from bot.authoring.checks.world import World
from bot.authoring.scope import Scopes


def check_all(world: World) -> None:
    """Run every check."""
    scopes = Scopes(world.names)
    check_flow_folder(world)
    check_states(world)
    check_questions(world)
    check_saving(world)
    check_guards(world, scopes)
    check_texts(world, scopes)
    check_unasked(world)
    check_data(world)
