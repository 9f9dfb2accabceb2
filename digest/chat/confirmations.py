"""Questions that wait for a yes: each is answered once, by whoever was asked, within ten minutes.

They live in memory on purpose: after a restart nobody can confirm what they saw before it.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.broadcast import Audience
from digest.model import Target
from digest.overview import Plan

LIFE = timedelta(minutes=10)
LIFE_MINUTES = int(LIFE.total_seconds()) // 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBroadcast:
    """Asks whether a text shall go to an audience."""

    text: str
    audience: Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeReport:
    """Asks whether a report shall be taken in: the file as it came, and its name."""

    data: bytes
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetMe:
    """Asks whether everything about a reader shall be erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveChat:
    """Asks whether the bot shall leave a group or channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDeliveries:
    """Asks whether deliveries shall be resent or cancelled: exactly those that were counted."""

    plan: Plan


Matter = SendBroadcast | TakeReport | ForgetMe | LeaveChat | ChangeDeliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    matter: Matter
    person: int
    target: Target
    until: datetime


@dataclass(slots=True)
class Confirmations:
    """The open questions, by their one-use keys."""

    _open: dict[str, _Question] = field(default_factory=dict)

    def ask(self, matter: Matter, *, person: int, target: Target, now: datetime) -> str:
        """Keep a question to ``person`` in ``target``; give its key. It replaces their earlier one."""
        self._open = {
            key: question
            for key, question in self._open.items()
            if question.until > now and (question.person, question.target) != (person, target)
        }
        key = secrets.token_hex(4)
        self._open[key] = _Question(matter=matter, person=person, target=target, until=now + LIFE)
        return key

    def take(self, key: str, *, person: int, target: Target, now: datetime) -> Matter | None:
        """Give what was asked and close it; None where the key is unknown, used, too old or another's."""
        matter = self.look(key, person=person, target=target, now=now)
        if matter is not None:
            del self._open[key]
        return matter

    def look(self, key: str, *, person: int, target: Target, now: datetime) -> Matter | None:
        """Give what was asked and leave it open; None as ``take`` does."""
        question = self._open.get(key)
        if question is None or (question.person, question.target) != (person, target):
            return None
        return question.matter if question.until > now else None

    def take_forget(self, *, person: int, target: Target, now: datetime) -> bool:
        """Close the open question whether to forget ``target``; tell whether there was one."""
        for key, question in list(self._open.items()):
            if isinstance(question.matter, ForgetMe) and question.target == target:
                return self.take(key, person=person, target=target, now=now) is not None
        return False
