"""A reader's own shelf: papers they keep, and what they think of papers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from digest.clock import Clock
from digest.membership import Membership
from digest.model import Locale, Mark, Reader, Target, Vote

MOST = 999
"""Papers on one shelf; their numbers are what ``/paper`` takes."""


class Kept(StrEnum):
    """How keeping a paper can end."""

    KEPT = "kept"
    ALREADY = "already"
    FULL = "full"
    UNKNOWN = "unknown"


class Shelves(Protocol):
    """What shelves need of the store; every change is one statement, so that racing ones have one effect."""

    async def save(self, subscriber: int, paper: str, at: datetime, *, most: int) -> bool:
        """Keep a paper; False where it is kept already, ``most`` are, or there is no such paper or reader."""
        ...

    async def remove(self, subscriber: int, paper: str) -> bool:
        """Keep a paper no more; False where it was not kept."""
        ...

    async def vote(self, subscriber: int, paper: str, vote: Vote | None, at: datetime) -> None:
        """Note what a reader thinks of a paper, None to think nothing; nothing without paper or reader."""
        ...

    async def mark(self, subscriber: int, paper: str) -> Mark | None:
        """Give what a reader did with a paper, None where there is no such paper."""
        ...

    async def saved(self, subscriber: int) -> Sequence[str]:
        """Give the ids of the kept papers, the newest kept first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What readers do with papers; who was not known yet becomes known by it, and gets nothing unasked."""

    shelves: Shelves
    membership: Membership
    clock: Clock

    async def save(self, target: Target, paper: str, *, locale: Locale) -> Kept:
        """Keep a paper for whoever is behind ``target``."""
        reader = await self._joined(target, locale)
        if await self.shelves.save(reader.subscriber.id, paper, self.clock(), most=MOST):
            return Kept.KEPT
        mark = await self.shelves.mark(reader.subscriber.id, paper)
        if mark is None:
            return Kept.UNKNOWN
        return Kept.ALREADY if mark.saved else Kept.FULL

    async def remove(self, target: Target, paper: str) -> bool:
        """Keep a paper no more; False where it was not kept."""
        reader = await self.membership.reader(target)
        return reader is not None and await self.shelves.remove(reader.subscriber.id, paper)

    async def vote(self, target: Target, paper: str, vote: Vote | None, *, locale: Locale) -> Mark | None:
        """Note what somebody thinks of a paper; give how it stands now, None where there is no such paper."""
        reader = await self._joined(target, locale)
        await self.shelves.vote(reader.subscriber.id, paper, vote, self.clock())
        return await self.shelves.mark(reader.subscriber.id, paper)

    async def mark(self, reader: Reader | None, paper: str) -> Mark:
        """Give what a reader did with a paper; nothing for who is not known, or no such paper."""
        found = await self.shelves.mark(reader.subscriber.id, paper) if reader else None
        return found or Mark()

    async def saved(self, reader: Reader | None) -> tuple[str, ...]:
        """Give the ids of a reader's kept papers, the newest kept first."""
        return tuple(await self.shelves.saved(reader.subscriber.id)) if reader else ()

    async def _joined(self, target: Target, locale: Locale) -> Reader:
        return await self.membership.reader(target) or await self.membership.join(target, locale=locale)
