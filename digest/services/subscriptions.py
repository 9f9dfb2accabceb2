"""Being a subscriber: joining, following, choosing, pausing, leaving."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol, Unpack

from digest.model import Locale, PreferenceChanges, Preferences, Subscriber, SubscriberProfile, Target
from digest.model.clock import Clock
from digest.model.errors import InvalidInput
from digest.model.reasons import Reason
from digest.services.preferences import validate_preferences
from digest.services.schedule import day_start, local_date, next_delivery_time

MAX_PAUSE = timedelta(days=366)

SubscriberUpdate = Callable[[Subscriber], Subscriber]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartingPoint:
    """Where a new reader's papers begin.

    Everything after ``last_paper_seq`` of reports from ``papers_since`` on.
    """

    last_paper_seq: int
    papers_since: date | None


class SubscriberStore(Protocol):
    """What membership needs of the store; every method is one transaction."""

    async def find_profile(self, target: Target) -> SubscriberProfile | None:
        """Return the reader behind a target, active or not."""
        ...

    async def create_or_update(
        self, target: Target, new_subscriber: Subscriber, change: SubscriberUpdate
    ) -> SubscriberProfile:
        """Apply an update to the subscriber behind ``target``, made from ``new_subscriber`` where there is none.

        Revives the endpoint. Cancels the queued digests of a reader who pauses or follows nothing any more.
        """
        ...

    async def update_existing(self, target: Target, change: SubscriberUpdate) -> SubscriberProfile | None:
        """Apply ``update_preferences`` to the reader behind ``target``, as ``get_or_create`` does.

        None where there is none.
        """
        ...

    async def starting_point(self) -> StartingPoint:
        """Return where a reader who joins now begins: the newest report that brought papers counts as new."""
        ...

    async def erase(self, target: Target) -> bool:
        """Erase the reader behind a target with everything that names them; False where there is none."""
        ...

    async def mark_unreachable(self, target: Target, reason: Reason) -> None:
        """Note that a chat does not receive any more; what is queued for it is cancelled."""
        ...

    async def migrate_chat(self, target: Target, to: Target) -> None:
        """Move a chat to its new id in all its threads; if the new id is subscribed already, merge both."""
        ...


class EndpointStore(Protocol):
    """What enrolling at several addresses needs of the store; every method is one transaction."""

    async def link(self, subscriber: int, *targets: Target) -> SubscriberProfile:
        """Move addresses to this reader, or let their own receive again; end the pending code."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionService:
    """What a reader can do about their own subscription; ``target`` is the chat or address that asks."""

    store: SubscriberStore
    endpoints: EndpointStore
    clock: Clock
    defaults: Preferences

    async def find_profile(self, target: Target) -> SubscriberProfile | None:
        """Return the reader behind a target, or None."""
        return await self.store.find_profile(target)

    async def get_or_create(
        self, target: Target, *, locale: Locale | None = None, timezone: str | None = None
    ) -> SubscriberProfile:
        """Make the chat known, with the operator's defaults; a reader who is known stays as they are.

        ``locale`` and ``timezone`` are what is guessed of a newcomer.
        """
        fresh = await self._new_subscriber(locale, timezone)
        return await self.store.create_or_update(target, fresh, self._reschedule)

    async def is_new(self, profile: SubscriberProfile) -> bool:
        """Return whether a reader has yet to get their first digest."""
        subscriber = profile.subscriber
        return (
            subscriber.last_digest_at is None
            and subscriber.last_paper_seq <= (await self.store.starting_point()).last_paper_seq
        )

    async def ensure_admin(self, target: Target) -> None:
        """Make an admin's chat or address known; whoever left it, or switched it off, is not brought back."""
        if await self.store.update_existing(target, lambda subscriber: subscriber) is None:
            await self.get_or_create(target)

    async def subscribe(
        self, target: Target, slugs: Sequence[str] | None, *, locale: Locale | None = None, timezone: str | None = None
    ) -> SubscriberProfile:
        """Add domains to what is followed, or follow everything for None; the first call joins."""
        fresh = await self._new_subscriber(locale, timezone)

        def add(subscriber: Subscriber) -> Subscriber:
            had = subscriber.preferences.domains
            domains = None if slugs is None or had is None else tuple(dict.fromkeys((*had, *slugs)))
            return self._with_preferences(_restart_if_empty(subscriber, fresh), domains=domains)

        return await self.store.create_or_update(target, fresh, add)

    async def subscribe_only(
        self, target: Target, slugs: Sequence[str], *, locale: Locale | None = None, timezone: str | None = None
    ) -> SubscriberProfile:
        """Follow exactly these domains; the first call joins."""
        chosen, fresh = tuple(dict.fromkeys(slugs)), await self._new_subscriber(locale, timezone)
        return await self.store.create_or_update(
            target, fresh, lambda s: self._with_preferences(_restart_if_empty(s, fresh), domains=chosen)
        )

    async def add_subscriber(
        self, targets: Sequence[Target], slugs: Sequence[str] | None, **changes: Unpack[PreferenceChanges]
    ) -> SubscriberProfile:
        """Make the operator's word a subscription of one reader at all ``targets``; needs no confirmation.

        A reader who is known already keeps what they chose beside it.
        """
        validate_preferences(changes)
        first, *others = targets
        reader = await self.subscribe(first, slugs)
        if changes:
            reader = await self.update_preferences(first, **changes) or reader
        return await self.endpoints.link(reader.subscriber.id, *others) if others else reader

    async def unsubscribe(
        self, target: Target, slugs: Sequence[str] | None, *, all_slugs: Sequence[str] = ()
    ) -> SubscriberProfile | None:
        """Take domains away; from "everything" the other ``all_slugs`` domains remain.

        None takes everything away that brings papers, keywords too.
        """

        def remove(subscriber: Subscriber) -> Subscriber:
            had = subscriber.preferences.domains
            before = tuple(all_slugs) if had is None else had
            if slugs is None:
                return self._with_preferences(subscriber, domains=(), include_keywords=())
            return self._with_preferences(subscriber, domains=tuple(slug for slug in before if slug not in slugs))

        return await self.store.update_existing(target, remove)

    async def update_preferences(
        self, target: Target, **changes: Unpack[PreferenceChanges]
    ) -> SubscriberProfile | None:
        """Change preferences; raises ``InvalidInput`` with one line where a value makes no sense."""
        validate_preferences(changes)
        if not changes.keys() & {"domains", "include_keywords"}:
            return await self.store.update_existing(target, lambda s: self._with_preferences(s, **changes))
        fresh = await self._new_subscriber()
        return await self.store.update_existing(
            target, lambda s: self._with_preferences(_restart_if_empty(s, fresh), **changes)
        )

    async def update_with(
        self, target: Target, compute_changes: Callable[[Preferences], PreferenceChanges]
    ) -> SubscriberProfile | None:
        """Change preferences by what they are at that moment.

        Raises ``InvalidInput`` as ``update_preferences`` does.
        """
        fresh = await self._new_subscriber()

        def apply(subscriber: Subscriber) -> Subscriber:
            choice = compute_changes(subscriber.preferences)
            validate_preferences(choice)
            return self._with_preferences(_restart_if_empty(subscriber, fresh), **choice)

        return await self.store.update_existing(target, apply)

    async def pause(self, target: Target, until: date | None = None) -> SubscriberProfile | None:
        """Stop digests until ``resume``, or until a day in the reader's zone; what is queued is cancelled.

        Raises ``InvalidInput`` for a day that is not ahead, or further ahead than a year.
        """

        def apply(subscriber: Subscriber) -> Subscriber:
            today = local_date(self.clock(), subscriber.preferences.timezone)
            if until and not today < until <= today + MAX_PAUSE:
                raise InvalidInput(f"a pause ends on a day after {today}, within a year; {until} is none")
            return self._reschedule(replace(subscriber, paused=True, paused_until=until, next_digest_at=None))

        return await self.store.update_existing(target, apply)

    async def resume(self, target: Target) -> SubscriberProfile | None:
        """Go on, from the newest report: what was missed in between is in the archive."""
        start = await self.store.starting_point()

        def apply(subscriber: Subscriber) -> Subscriber:
            return self._reschedule(restart_from(subscriber, start)) if subscriber.paused else subscriber

        return await self.store.update_existing(target, apply)

    async def erase(self, target: Target) -> bool:
        """Erase the reader with everything that names them."""
        return await self.store.erase(target)

    async def mark_unreachable(self, target: Target, reason: Reason) -> None:
        """Note that a chat does not receive any more; ``get_or_create`` or ``subscribe`` revives it."""
        await self.store.mark_unreachable(target, reason)

    async def migrate_chat(self, target: Target, to: Target) -> None:
        """Follow a chat to its new id; whoever is there already follows from now on what both did."""
        await self.store.migrate_chat(target, to)

    async def _new_subscriber(self, locale: Locale | None = None, timezone: str | None = None) -> Subscriber:
        """Return a new reader's values, with nothing chosen."""
        start = await self.store.starting_point()
        preferences = replace(
            self.defaults, locale=locale or self.defaults.locale, timezone=timezone or self.defaults.timezone
        )
        return Subscriber(
            id=0,
            preferences=preferences,
            created_at=self.clock(),
            next_digest_at=None,
            last_paper_seq=start.last_paper_seq,
            papers_since=start.papers_since,
        )

    def _with_preferences(self, subscriber: Subscriber, **changes: Unpack[PreferenceChanges]) -> Subscriber:
        return self._reschedule(replace(subscriber, preferences=replace(subscriber.preferences, **changes)))

    def _reschedule(self, subscriber: Subscriber) -> Subscriber:
        """Return the subscriber with the next turn that their preferences ask for."""
        return reschedule(subscriber, self.clock())


def _restart_if_empty(subscriber: Subscriber, new_subscriber: Subscriber) -> Subscriber:
    """Return a reader who chooses for the first time what a new one has; weeks since ``/start`` are past."""
    if not subscriber.preferences.is_empty or subscriber.last_digest_at is not None:
        return subscriber
    mark = max(subscriber.last_paper_seq, new_subscriber.last_paper_seq)
    return replace(subscriber, last_paper_seq=mark, papers_since=new_subscriber.papers_since or subscriber.papers_since)


def restart_from(subscriber: Subscriber, start: StartingPoint) -> Subscriber:
    """Return a reader who goes on after a pause: from the newest report, not from where they stopped."""
    mark = max(subscriber.last_paper_seq, start.last_paper_seq)
    return replace(
        subscriber,
        paused=False,
        paused_until=None,
        last_paper_seq=mark,
        papers_since=start.papers_since or subscriber.papers_since,
    )


def reschedule(subscriber: Subscriber, now: datetime) -> Subscriber:
    """Return the subscriber with ``next_at`` as their preferences ask.

    A turn that is due already stays due.
    """
    until = subscriber.paused_until
    if subscriber.preferences.is_empty or (subscriber.paused and until is None):
        return replace(subscriber, next_digest_at=None)
    if subscriber.next_digest_at and subscriber.next_digest_at <= now:
        return subscriber
    after = max(now, day_start(until, subscriber.preferences.timezone)) if until else now
    at = next_delivery_time(subscriber.preferences, after=after, last_digest_at=subscriber.last_digest_at)
    return replace(subscriber, next_digest_at=at)
