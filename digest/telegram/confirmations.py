"""Questions that wait for a yes: each is answered once, by whoever was asked, within ten minutes.

They live in memory on purpose: after a restart nobody can confirm what they saw before it.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.model import Target
from digest.services.admin import BulkPlan
from digest.services.broadcasts import Audience

CONFIRMATION_TTL = timedelta(minutes=10)
CONFIRMATION_TTL_MINUTES = int(CONFIRMATION_TTL.total_seconds()) // 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBroadcast:
    """Asks whether a text shall go to an audience."""

    text: str
    audience: Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """Asks whether a report shall be taken in: the file as it came, and its name."""

    data: bytes
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseData:
    """Asks whether everything about a reader shall be erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveChat:
    """Asks whether the bot shall leave a group or channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDeliveries:
    """Asks whether deliveries shall be resent or cancelled: exactly those that were counted."""

    plan: BulkPlan


PendingAction = SendBroadcast | IngestReport | EraseData | LeaveChat | ChangeDeliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class _PendingConfirmation:
    action: PendingAction
    user_id: int
    target: Target
    expires_at: datetime


@dataclass(slots=True)
class Confirmations:
    """The open questions, by their one-use keys."""

    _pending: dict[str, _PendingConfirmation] = field(default_factory=dict)

    def add(self, action: PendingAction, *, user_id: int, target: Target, now: datetime) -> str:
        """Keep a question to ``user_id`` in ``target``; give its key. It replaces their earlier one."""
        self._pending = {
            key: question
            for key, question in self._pending.items()
            if question.expires_at > now and (question.user_id, question.target) != (user_id, target)
        }
        key = secrets.token_hex(4)
        self._pending[key] = _PendingConfirmation(
            action=action, user_id=user_id, target=target, expires_at=now + CONFIRMATION_TTL
        )
        return key

    def pop(self, key: str, *, user_id: int, target: Target, now: datetime) -> PendingAction | None:
        """Return what was asked and close it; None where the key is unknown, used, too old or another's."""
        matter = self.peek(key, user_id=user_id, target=target, now=now)
        if matter is not None:
            del self._pending[key]
        return matter

    def peek(self, key: str, *, user_id: int, target: Target, now: datetime) -> PendingAction | None:
        """Return what was asked and leave it open; None as ``pop`` does."""
        question = self._pending.get(key)
        if question is None or (question.user_id, question.target) != (user_id, target):
            return None
        return question.action if question.expires_at > now else None

    def pop_erase(self, *, user_id: int, target: Target, now: datetime) -> bool:
        """Close the open question whether to forget ``target``; tell whether there was one."""
        for key, question in list(self._pending.items()):
            if isinstance(question.action, EraseData) and question.target == target:
                return self.pop(key, user_id=user_id, target=target, now=now) is not None
        return False
