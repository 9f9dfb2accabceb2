"""Who waits after a flood: the chat that was refused, or all bulk where several chats were. Pure."""

import math
from dataclasses import dataclass, field

SEVERAL = 3
WITHIN = 5.0
"""So many chats refused within so many seconds are no coincidence: the limit is the bot's own.

Slow mode and the limit of 20 messages a minute in a group reach a bot as a 429 of one chat; its limit of 30
messages a second over all chats refuses whichever chats come next (Bot FAQ, "My bot is hitting limits").
"""

MANY_CHATS = 4096


@dataclass(slots=True)
class Holds:
    """What Telegram asked to wait for; times are seconds that never go back, and no wait is shortened.

    A refused reply holds all that goes to its chat. Refused bulk holds the bulk of its chat alone: a person
    who waits for an answer there is worth one more request.
    """

    bulk_until: float = -math.inf
    _bulk: dict[str, float] = field(default_factory=dict)
    _replies: dict[str, float] = field(default_factory=dict)
    _refused: dict[str, float] = field(default_factory=dict)

    def refused(self, chat: str, wait: float, now: float, *, reply: bool) -> bool:
        """Note a refusal; tell whether from now on all bulk waits."""
        until = now + wait
        _lengthen(self._bulk, chat, until, now)
        if reply:
            _lengthen(self._replies, chat, until, now)
        self._refused = {one: at for one, at in self._refused.items() if now - at <= WITHIN} | {chat: now}
        if len(self._refused) < SEVERAL:
            return False
        self.hold_bulk(max(self._bulk.get(one, until) for one in self._refused))
        return True

    def hold_bulk(self, until: float) -> None:
        """Let no bulk go before ``until``."""
        self.bulk_until = max(self.bulk_until, until)

    def all_bulk(self, now: float) -> float:
        """Return how many seconds all bulk still waits."""
        return max(0.0, self.bulk_until - now)

    def bulk(self, chat: str, now: float) -> float:
        """Return how many seconds the bulk of a chat still waits."""
        return max(0.0, self._bulk.get(chat, now) - now)

    def reply(self, chat: str, now: float) -> float:
        """Return how many seconds replies to a chat still wait."""
        return max(0.0, self._replies.get(chat, now) - now)


def _lengthen(holds: dict[str, float], chat: str, until: float, now: float) -> None:
    if len(holds) >= MANY_CHATS:
        for over in [one for one, end in holds.items() if end <= now]:
            del holds[over]
    holds[chat] = max(until, holds.get(chat, until))
