"""Who waits after a flood: the chat that was refused, or all bulk where several chats were. Pure."""

import math
from dataclasses import dataclass, field

MIN_REFUSED_CHATS = 3
REFUSAL_WINDOW = 5.0
"""So many chats refused within so many seconds are no coincidence: the limit is the bot's own.

Slow mode and the limit of 20 messages a minute in a group reach a bot as a 429 of one chat; its limit of 30
messages a second over all chats refuses whichever chats come next (Bot FAQ, "My bot is hitting limits").
"""

MAX_TRACKED_CHATS = 4096


@dataclass(slots=True)
class FloodWaits:
    """What Telegram asked to wait for; times are seconds that never go back, and no wait is shortened.

    A refused reply holds all that goes to its chat. Refused bulk holds the bulk of its chat alone: a person
    who waits for an answer there is worth one more request.
    """

    bulk_until: float = -math.inf
    _bulk_until_by_chat: dict[str, float] = field(default_factory=dict)
    _reply_until_by_chat: dict[str, float] = field(default_factory=dict)
    _recent_refusals: dict[str, float] = field(default_factory=dict)

    def record_refusal(self, chat: str, wait: float, now: float, *, is_reply: bool) -> bool:
        """Note a refusal; tell whether from now on all bulk waits."""
        until = now + wait
        _extend_wait(self._bulk_until_by_chat, chat, until, now)
        if is_reply:
            _extend_wait(self._reply_until_by_chat, chat, until, now)
        self._recent_refusals = {one: at for one, at in self._recent_refusals.items() if now - at <= REFUSAL_WINDOW} | {
            chat: now
        }
        if len(self._recent_refusals) < MIN_REFUSED_CHATS:
            return False
        self.pause_bulk(max(self._bulk_until_by_chat.get(one, until) for one in self._recent_refusals))
        return True

    def pause_bulk(self, until: float) -> None:
        """Let no bulk go before ``until``."""
        self.bulk_until = max(self.bulk_until, until)

    def bulk_wait(self, now: float) -> float:
        """Return how many seconds all bulk still waits."""
        return max(0.0, self.bulk_until - now)

    def chat_bulk_wait(self, chat: str, now: float) -> float:
        """Return how many seconds the bulk of a chat still waits."""
        return max(0.0, self._bulk_until_by_chat.get(chat, now) - now)

    def chat_reply_wait(self, chat: str, now: float) -> float:
        """Return how many seconds replies to a chat still wait."""
        return max(0.0, self._reply_until_by_chat.get(chat, now) - now)


def _extend_wait(waits: dict[str, float], chat: str, until: float, now: float) -> None:
    if len(waits) >= MAX_TRACKED_CHATS:
        for over in [one for one, end in waits.items() if end <= now]:
            del waits[over]
    waits[chat] = max(until, waits.get(chat, until))
