"""Faults by script: which call goes wrong, how, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .errors import Json

KINDS = frozenset({"status", "body", "close", "stall", "truncate", "ok_false", "delay"})


@dataclass(slots=True)
class Fault:
    """One rule.

    Args:
        kind: `status` answers `status` with `description` and `parameters` (`html` True: a proxy's
            page); `body` answers `body` as it stands; `close` cuts the connection; `stall` sends
            nothing for `seconds`, then cuts; `truncate` sends half of the answer, then cuts;
            `ok_false` answers 200 with ok false; `delay` answers properly after `seconds`.
        method: A method's name, or "*".
        chat_id: Only calls to this chat.
        times: How many calls it hits; -1: all, until it is removed.
        skip: How many matching calls pass first.
        accept: True: the call takes effect first (the message is sent), then the fault.
    """

    id: int
    kind: str
    method: str = "*"
    chat_id: int | None = None
    times: int = 1
    skip: int = 0
    accept: bool = False
    status: int = 500
    description: str = ""
    parameters: Json | None = None
    headers: dict[str, str] | None = None
    html: bool = False
    body: str = ""
    seconds: float = 0.0
    hits: int = 0


class Faults:
    """The rules in force, oldest first; the first that matches is taken."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []
        self._last = 0

    def add(self, rule: Json) -> int:
        """Add one rule and return its id.

        Raises:
            ValueError: An unknown kind.
            TypeError: An unknown field.
        """
        if rule.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {sorted(KINDS)}")
        self._last += 1
        self.rules.append(Fault(id=self._last, **rule))
        return self._last

    def remove(self, fault_id: int | None) -> None:
        """Remove one rule, or all."""
        self.rules = [rule for rule in self.rules if fault_id is not None and rule.id != fault_id]

    def take(self, method: str, chat_id: Any) -> Fault | None:
        """The rule that hits this call, if any; counts it."""
        for rule in self.rules:
            if rule.method not in {"*", method} or (rule.chat_id is not None and rule.chat_id != chat_id):
                continue
            if rule.times == 0:
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            rule.times -= 1 if rule.times > 0 else 0
            rule.hits += 1
            return rule
        return None
