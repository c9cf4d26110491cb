"""Actions about the person as a whole: consent, age, language, stop, restart, export, erasure."""

from __future__ import annotations

from hashlib import sha256

from bot.actions.standing import constant, standing, text
from bot.actions.texts import general
from bot.clinic.catalogue import Catalogue
from bot.engine.model import Action, Outcome
from bot.engine.value import Values


def contact_facts(catalogue: Catalogue) -> tuple[Action, ...]:
    """All of them. `erase_me` says goodbye, `forget_me` is silent."""
    return (
        constant("branch"),
        offer_consent(catalogue),
        record_consent(catalogue),
        constant("note_under_18", standing("fact", "minor", minor=True)),
        constant("stop_messages", standing("fact", "stop", stopped=True)),
        constant("resume_messages", standing("fact", "resume", stopped=False)),
        constant("start_again", standing("fact", "restart", restart=True)),
        constant("export_me", standing("export", "export", everything=True)),
        _erase(catalogue),
        constant("forget_me", standing("erase", "erase", farewell="")),
        _set_language(),
    )


def offer_consent(catalogue: Catalogue) -> Action:
    """Sets `consent.text`, the words that are agreed to."""

    def run(_values: Values) -> Outcome:
        words = general(catalogue, "consent")
        return Outcome({"consent.text": words} if words else {})

    return Action("offer_consent", (), {"consent.text": None}, frozenset(), run)


def record_consent(catalogue: Catalogue) -> Action:
    """Wants the consent to hold; `version` is a hash of the words agreed to."""
    words = general(catalogue, "consent")
    version = sha256((words.text if words else "").encode()).hexdigest()[:16]
    return constant("record_consent", standing("consent", "consent", version=version))


def _erase(catalogue: Catalogue) -> Action:
    farewell = general(catalogue, "farewell")
    return constant("erase_me", standing("erase", "erase", farewell=farewell.text if farewell else ""))


def _set_language() -> Action:
    def run(values: Values) -> Outcome:
        chosen = text(values, "new_language")
        return Outcome({}, (standing("fact", "language", language=chosen),) if chosen else ())

    return Action("set_language", ("new_language",), {}, frozenset({"fact"}), run)
