"""Being a subscriber: joining, following, choosing, pausing, leaving."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol, TypedDict, Unpack

from digest.clock import Clock
from digest.errors import BadRequest
from digest.hours import beginning_of, known_zones, local_day, next_turn
from digest.keywords import MOST, keyword
from digest.model import Layout, Locale, Preferences, Reader, Rhythm, Subscriber, Target
from digest.reasons import Reason

LONGEST_PAUSE = timedelta(days=366)
MINUTES_A_DAY = 24 * 60
DAYS_A_WEEK = 7
MOST_PAPERS = 1000

Change = Callable[[Subscriber], Subscriber]


class Choice(TypedDict, total=False):
    """The preferences a reader may change; absent ones stay."""

    domains: tuple[str, ...] | None
    minute: int
    zone: str
    rhythm: Rhythm
    weekday: int
    locale: Locale
    most: int | None
    empty_days: bool
    layout: Layout
    silent: bool
    include: tuple[str, ...]
    mute: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a new reader's papers begin: everything after ``watermark`` of reports from ``since`` on."""

    watermark: int
    since: date | None


class People(Protocol):
    """What membership needs of the store; every method is one transaction."""

    async def reader(self, target: Target) -> Reader | None:
        """Give the reader behind a target, active or not."""
        ...

    async def join(self, target: Target, fresh: Subscriber, change: Change) -> Reader:
        """Apply ``change`` to the reader behind ``target``, made from ``fresh`` where there is none.

        Revives the endpoint. Cancels the queued digests of a reader who pauses or follows nothing any more.
        """
        ...

    async def change(self, target: Target, change: Change) -> Reader | None:
        """Apply ``change`` to the reader behind ``target``, as ``join`` does; None where there is none."""
        ...

    async def start(self) -> Start:
        """Give where a reader who joins now begins: the newest report that brought papers counts as new."""
        ...

    async def forget(self, target: Target) -> bool:
        """Erase the reader behind a target with everything that names them; False where there is none."""
        ...

    async def gone(self, target: Target, reason: Reason) -> None:
        """Note that a chat does not receive any more; what is queued for it is cancelled."""
        ...

    async def moved(self, target: Target, to: Target) -> None:
        """Give a chat its new id in all its threads; where somebody is there already, both become one."""
        ...


class Addresses(Protocol):
    """What enrolling at several addresses needs of the store; every method is one transaction."""

    async def link(self, subscriber: int, *targets: Target) -> Reader:
        """Move addresses to this reader, or let their own receive again; end the pending code."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What a reader can do about their own subscription; ``target`` is the chat or address that asks."""

    people: People
    addresses: Addresses
    clock: Clock
    defaults: Preferences

    async def reader(self, target: Target) -> Reader | None:
        """Give the reader behind a target, or None."""
        return await self.people.reader(target)

    async def join(self, target: Target, *, locale: Locale | None = None, zone: str | None = None) -> Reader:
        """Make the chat known, with the operator's defaults; a reader who is known stays as they are.

        ``locale`` and ``zone`` are what is guessed of a newcomer.
        """
        fresh = await self._fresh(locale, zone)
        return await self.people.join(target, fresh, self._rescheduled)

    async def is_new(self, reader: Reader) -> bool:
        """Tell whether a reader has yet to get their first digest."""
        subscriber = reader.subscriber
        return subscriber.served_at is None and subscriber.watermark <= (await self.people.start()).watermark

    async def introduce(self, target: Target) -> None:
        """Make an admin's chat or address known; whoever left it, or switched it off, is not brought back."""
        if await self.people.change(target, lambda subscriber: subscriber) is None:
            await self.join(target)

    async def subscribe(
        self,
        target: Target,
        slugs: Sequence[str] | None,
        *,
        locale: Locale | None = None,
        zone: str | None = None,
    ) -> Reader:
        """Add domains to what is followed, or follow everything for None; the first call joins."""
        fresh = await self._fresh(locale, zone)

        def add(subscriber: Subscriber) -> Subscriber:
            had = subscriber.preferences.domains
            domains = None if slugs is None or had is None else tuple(dict.fromkeys((*had, *slugs)))
            return self._choosing(_beginning(subscriber, fresh), domains=domains)

        return await self.people.join(target, fresh, add)

    async def subscribe_only(
        self,
        target: Target,
        slugs: Sequence[str],
        *,
        locale: Locale | None = None,
        zone: str | None = None,
    ) -> Reader:
        """Follow exactly these domains; the first call joins."""
        chosen, fresh = tuple(dict.fromkeys(slugs)), await self._fresh(locale, zone)
        return await self.people.join(
            target, fresh, lambda s: self._choosing(_beginning(s, fresh), domains=chosen)
        )

    async def enrol(
        self, targets: Sequence[Target], slugs: Sequence[str] | None, **choice: Unpack[Choice]
    ) -> Reader:
        """Make the operator's word a subscription of one reader at all ``targets``; needs no confirmation.

        A reader who is known already keeps what they chose beside it.
        """
        check_choice(choice)
        first, *others = targets
        reader = await self.subscribe(first, slugs)
        if choice:
            reader = await self.change(first, **choice) or reader
        return await self.addresses.link(reader.subscriber.id, *others) if others else reader

    async def unsubscribe(
        self, target: Target, slugs: Sequence[str] | None, *, known: Sequence[str] = ()
    ) -> Reader | None:
        """Take domains away; from "everything" the other ``known`` domains remain.

        None takes everything away that brings papers, keywords too.
        """

        def remove(subscriber: Subscriber) -> Subscriber:
            had = subscriber.preferences.domains
            before = tuple(known) if had is None else had
            if slugs is None:
                return self._choosing(subscriber, domains=(), include=())
            return self._choosing(subscriber, domains=tuple(slug for slug in before if slug not in slugs))

        return await self.people.change(target, remove)

    async def change(self, target: Target, **choice: Unpack[Choice]) -> Reader | None:
        """Change preferences; raises ``BadRequest`` with one line where a value makes no sense."""
        check_choice(choice)
        if not choice.keys() & {"domains", "include"}:
            return await self.people.change(target, lambda s: self._choosing(s, **choice))
        fresh = await self._fresh()
        return await self.people.change(target, lambda s: self._choosing(_beginning(s, fresh), **choice))

    async def revise(self, target: Target, choose: Callable[[Preferences], Choice]) -> Reader | None:
        """Change preferences by what they are at that moment; raises ``BadRequest`` as ``change`` does."""
        fresh = await self._fresh()

        def revised(subscriber: Subscriber) -> Subscriber:
            choice = choose(subscriber.preferences)
            check_choice(choice)
            return self._choosing(_beginning(subscriber, fresh), **choice)

        return await self.people.change(target, revised)

    async def pause(self, target: Target, until: date | None = None) -> Reader | None:
        """Stop digests until ``resume``, or until a day in the reader's zone; what is queued is cancelled.

        Raises ``BadRequest`` for a day that is not ahead, or further ahead than a year.
        """

        def rest(subscriber: Subscriber) -> Subscriber:
            today = local_day(self.clock(), subscriber.preferences.zone)
            if until and not today < until <= today + LONGEST_PAUSE:
                raise BadRequest(f"a pause ends on a day after {today}, within a year; {until} is none")
            return self._rescheduled(replace(subscriber, paused=True, paused_until=until, next_at=None))

        return await self.people.change(target, rest)

    async def resume(self, target: Target) -> Reader | None:
        """Go on, from the newest report: what was missed in between is in the archive."""
        start = await self.people.start()

        def go_on(subscriber: Subscriber) -> Subscriber:
            return self._rescheduled(resumed(subscriber, start)) if subscriber.paused else subscriber

        return await self.people.change(target, go_on)

    async def forget(self, target: Target) -> bool:
        """Erase the reader with everything that names them."""
        return await self.people.forget(target)

    async def left(self, target: Target, reason: Reason) -> None:
        """Note that a chat does not receive any more; ``join`` or ``subscribe`` revives it."""
        await self.people.gone(target, reason)

    async def moved(self, target: Target, to: Target) -> None:
        """Follow a chat to its new id; whoever is there already follows from now on what both did."""
        await self.people.moved(target, to)

    async def _fresh(self, locale: Locale | None = None, zone: str | None = None) -> Subscriber:
        """Give a new reader's values, with nothing chosen."""
        start = await self.people.start()
        preferences = replace(
            self.defaults, locale=locale or self.defaults.locale, zone=zone or self.defaults.zone
        )
        return Subscriber(
            id=0,
            preferences=preferences,
            created_at=self.clock(),
            next_at=None,
            watermark=start.watermark,
            since=start.since,
        )

    def _choosing(self, subscriber: Subscriber, **choice: Unpack[Choice]) -> Subscriber:
        return self._rescheduled(replace(subscriber, preferences=replace(subscriber.preferences, **choice)))

    def _rescheduled(self, subscriber: Subscriber) -> Subscriber:
        """Give the subscriber with the next turn that their preferences ask for."""
        return scheduled(subscriber, self.clock())


def _beginning(subscriber: Subscriber, fresh: Subscriber) -> Subscriber:
    """Give a reader who chooses for the first time what a new one has; weeks since ``/start`` are past."""
    if not subscriber.preferences.nothing or subscriber.served_at is not None:
        return subscriber
    mark = max(subscriber.watermark, fresh.watermark)
    return replace(subscriber, watermark=mark, since=fresh.since or subscriber.since)


def resumed(subscriber: Subscriber, start: Start) -> Subscriber:
    """Give a reader who goes on after a pause: from the newest report, not from where they stopped."""
    mark = max(subscriber.watermark, start.watermark)
    return replace(
        subscriber,
        paused=False,
        paused_until=None,
        watermark=mark,
        since=start.since or subscriber.since,
    )


def scheduled(subscriber: Subscriber, now: datetime) -> Subscriber:
    """Give the subscriber with ``next_at`` as their preferences ask; a turn that is due already stays due."""
    until = subscriber.paused_until
    if subscriber.preferences.nothing or (subscriber.paused and until is None):
        return replace(subscriber, next_at=None)
    if subscriber.next_at and subscriber.next_at <= now:
        return subscriber
    after = max(now, beginning_of(until, subscriber.preferences.zone)) if until else now
    at = next_turn(subscriber.preferences, after=after, served_at=subscriber.served_at)
    return replace(subscriber, next_at=at)


def check_choice(choice: Choice) -> None:
    """Raise ``BadRequest`` where a value is outside what it may be."""
    if "zone" in choice and choice["zone"] not in known_zones():
        raise BadRequest(f"{choice['zone']!r} is no time zone; a zone looks like Europe/Berlin")
    if "minute" in choice and not 0 <= choice["minute"] < MINUTES_A_DAY:
        raise BadRequest("an hour looks like 08:00, from 00:00 to 23:59")
    if "weekday" in choice and choice["weekday"] not in range(DAYS_A_WEEK):
        raise BadRequest("a weekday is a number from 0 for Monday to 6 for Sunday")
    most = choice.get("most")
    if most is not None and not 1 <= most <= MOST_PAPERS:
        raise BadRequest(f"the most papers of a digest is a number from 1 to {MOST_PAPERS}")
    for words in (choice.get("include", ()), choice.get("mute", ())):
        if len(words) > MOST:
            raise BadRequest(f"{MOST} keywords are the most; these are {len(words)}")
        if any(keyword(word) != word for word in words):
            raise BadRequest("a keyword is written as digest.keywords.keyword gives it")
