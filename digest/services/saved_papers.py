"""A reader's own shelf: papers they keep, and what they think of papers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from digest.model import Locale, PaperFeedback, SubscriberProfile, Target, Vote
from digest.model.clock import Clock
from digest.services.subscriptions import SubscriptionService

MAX_SAVED = 999
"""Papers on one shelf; their numbers are what ``/paper`` takes."""


class SaveResult(StrEnum):
    """How keeping a paper can end."""

    SAVED = "kept"
    ALREADY_SAVED = "already"
    LIMIT_REACHED = "full"
    UNKNOWN_PAPER = "unknown"


class SavedPaperStore(Protocol):
    """What shelves need of the store; every change is one statement, so that racing ones have one effect."""

    async def save(self, subscriber: int, paper_id: str, at: datetime, *, limit: int) -> bool:
        """Keep a paper.

        False where it is kept already, ``limit`` are, or there is no such paper or reader.
        """
        ...

    async def remove(self, subscriber: int, paper_id: str) -> bool:
        """Keep a paper no more; False where it was not kept."""
        ...

    async def vote(self, subscriber: int, paper_id: str, vote: Vote | None, at: datetime) -> None:
        """Note what a reader thinks of a paper, None to think nothing; nothing without paper or reader."""
        ...

    async def feedback(self, subscriber: int, paper_id: str) -> PaperFeedback | None:
        """Return what a reader did with a paper, None where there is no such paper."""
        ...

    async def saved_ids(self, subscriber: int) -> Sequence[str]:
        """Return the ids of the kept papers, the newest kept first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPaperService:
    """What readers do with papers; who was not known yet becomes known by it, and gets nothing unasked."""

    store: SavedPaperStore
    subscriptions: SubscriptionService
    clock: Clock

    async def save(self, target: Target, paper_id: str, *, locale: Locale) -> SaveResult:
        """Keep a paper for whoever is behind ``target``."""
        reader = await self._get_or_create(target, locale)
        if await self.store.save(reader.subscriber.id, paper_id, self.clock(), limit=MAX_SAVED):
            return SaveResult.SAVED
        mark = await self.store.feedback(reader.subscriber.id, paper_id)
        if mark is None:
            return SaveResult.UNKNOWN_PAPER
        return SaveResult.ALREADY_SAVED if mark.saved else SaveResult.LIMIT_REACHED

    async def remove(self, target: Target, paper_id: str) -> bool:
        """Keep a paper no more; False where it was not kept."""
        reader = await self.subscriptions.find_profile(target)
        return reader is not None and await self.store.remove(reader.subscriber.id, paper_id)

    async def vote(self, target: Target, paper_id: str, vote: Vote | None, *, locale: Locale) -> PaperFeedback | None:
        """Note what somebody thinks of a paper; give how it stands now, None where there is no such paper."""
        reader = await self._get_or_create(target, locale)
        await self.store.vote(reader.subscriber.id, paper_id, vote, self.clock())
        return await self.store.feedback(reader.subscriber.id, paper_id)

    async def feedback(self, profile: SubscriberProfile | None, paper_id: str) -> PaperFeedback:
        """Return what a reader did with a paper; nothing for who is not known, or no such paper."""
        found = await self.store.feedback(profile.subscriber.id, paper_id) if profile else None
        return found or PaperFeedback()

    async def saved_ids(self, profile: SubscriberProfile | None) -> tuple[str, ...]:
        """Return the ids of a reader's kept papers, the newest kept first."""
        return tuple(await self.store.saved_ids(profile.subscriber.id)) if profile else ()

    async def _get_or_create(self, target: Target, locale: Locale) -> SubscriberProfile:
        return await self.subscriptions.find_profile(target) or await self.subscriptions.get_or_create(
            target, locale=locale
        )
