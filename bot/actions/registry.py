"""Every action that a flow can name behind `do:`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.actions.aftercare import aftercare
from bot.actions.check_in import check_ins
from bot.actions.contact_facts import contact_facts
from bot.actions.enrol import enrol
from bot.actions.level import level_actions
from bot.actions.look_today import look_today
from bot.actions.match_treatment import match_treatment
from bot.actions.requests import requests
from bot.actions.show_texts import show_texts
from bot.actions.ticket import ticket
from bot.actions.times import times
from bot.clinic.catalogue import Catalogue
from bot.engine.model import Action


def make_actions(catalogue: Catalogue) -> Mapping[str, Action]:
    """The actions over one clinic's rows, by name; an empty catalogue does."""
    actions = (
        *contact_facts(catalogue),
        match_treatment(catalogue),
        *requests(catalogue),
        *aftercare(catalogue),
        *enrol(catalogue),
        *check_ins(catalogue),
        *level_actions(catalogue),
        *look_today(catalogue),
        ticket(catalogue),
        show_texts(catalogue),
        *times(catalogue),
    )
    return MappingProxyType({action.name: action for action in actions})
