"""Tickets: one-use codes that bring a visit entered by staff into the patient's chat. Pure.

The code itself stands nowhere but on the tablet and, encrypted, in the message that shows it until that is sent;
kept is its hash.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

KIND = "ticket"
"""Of the desk's notes."""
TOKEN_BYTES = 16
"""128 bits, twice what guessing over the network would ever need."""
GOOD_FOR = timedelta(hours=24)
REMEMBERED_FOR = timedelta(days=30)
"""So long a code that was used or has run out is told from one that never was."""
_TICKET = re.compile(r"v-[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class Ticket:
    """`visit` is gone once it was used; `used_by` is the contact's number."""

    expires_at: datetime
    visit: Mapping[str, str] = field(default_factory=dict)
    used_by: int | None = None

    def as_json(self) -> str:
        """As text, for the store."""
        content = {"expires_at": self.expires_at.isoformat(), "visit": dict(self.visit), "used_by": self.used_by}
        return json.dumps(content, ensure_ascii=False)


def ticket_of(text: str) -> Ticket:
    """The ticket behind `Ticket.as_json`."""
    found = json.loads(text)
    return Ticket(datetime.fromisoformat(found["expires_at"]), found["visit"], found["used_by"])


def payload_of(token: str) -> str:
    """The deep link's payload for a random token of 22 url-safe characters."""
    return f"v-{token}"


def is_ticket(payload: str | None) -> bool:
    """Whether a payload has the form of a ticket."""
    return payload is not None and _TICKET.fullmatch(payload) is not None


def key_of(payload: str) -> str:
    """The key under which a ticket is kept. The token is random and long, so a plain hash is enough."""
    return sha256(payload.encode()).hexdigest()


def state_of(ticket: Ticket | None, contact: int, now: datetime) -> str:
    """What scanning it comes to: good, used, expired, unknown, or again (by the one who used it).

    Args:
        now: Aware UTC.
    """
    if ticket is None:
        return "unknown"
    if ticket.used_by is not None:
        return "again" if ticket.used_by == contact else "used"
    return "expired" if now >= ticket.expires_at else "good"
