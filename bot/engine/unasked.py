"""What a timer brings beside a check-in's question and a reminder: what a session that was left so came to.

Nobody waits for it at that moment, and nobody is to miss it either:
1. With an alert of it that rings, and about which nobody has reached the person yet, it goes at once, like the
   advice in an emergency.
2. All else waits through the night, also where an outage has kept it until then.
3. After /stop only what tells of an alert still comes.
"""

from __future__ import annotations

from dataclasses import replace

from bot.engine.alerts import RINGS
from bot.engine.draft import IN_HAND, Draft
from bot.engine.effect import Effect, Lane, SendMessage, SendPicture, To
from bot.engine.session import Session

OVER = frozenset({"closed", "withdrawn"})


def bring(draft: Draft, session: Session, since: int) -> None:
    """See to what a timer has just brought of a session.

    Args:
        session: Its alerts decide.
        since: How many effects the draft had before.
    """
    alerts = [alert for alert in draft.alerts if alert.session == session.id and alert.status not in OVER]
    is_urgent = any(alert.level in RINGS and alert.status in IN_HAND for alert in alerts)
    brought: list[Effect] = []
    for effect in draft.effects[since:]:
        match effect:
            case SendMessage(to=To.PATIENT, lane=Lane.REPLY) | SendPicture(to=To.PATIENT, lane=Lane.REPLY):
                if is_urgent:
                    brought.append(replace(effect, lane=Lane.ALERT))
                elif alerts:
                    brought.append(replace(effect, quiet_in=draft.zone.key))
                elif draft.contact.stopped_at is None:
                    brought.append(replace(effect, lane=Lane.CHECK_IN, quiet_in=draft.zone.key))
            case _:
                brought.append(effect)
    draft.effects[since:] = brought
