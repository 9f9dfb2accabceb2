"""Being a subscriber: joining, choosing, pausing, linking an email address, leaving."""

import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol, TypedDict, Unpack

from email_validator import EmailNotValidError, validate_email

from digest.clock import Clock
from digest.errors import BadRequest
from digest.hours import beginning_of, known_zones, local_day, next_turn
from digest.keywords import MOST, keyword
from digest.model import (
    AddressCode,
    Channel,
    Layout,
    Locale,
    Preferences,
    Reader,
    Rhythm,
    Subscriber,
    Target,
)

CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 5
LONGEST_PAUSE = timedelta(days=366)
CODES_A_DAY = 3
"""How many codes one reader, and one address, may ask for in 24 hours."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRecord:
    """A pending proof of an email address."""

    subscriber: int
    address: str
    code_hash: str
    tries: int
    expires_at: datetime


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

    async def keep_code(
        self,
        record: CodeRecord,
        content: AddressCode,
        marks: Sequence[str],
        at: datetime,
        *,
        since: datetime,
        most: int,
    ) -> bool:
        """Replace the reader's pending code, queue its mail, and note the marks.

        False, and nothing done, where one of the marks has ``most`` codes since ``since``.
        """
        ...

    async def try_code(self, subscriber: int) -> CodeRecord | None:
        """Give the pending code with its tries already counted up by one, or None."""
        ...

    async def link(self, subscriber: int, *targets: Target) -> Reader:
        """Move addresses to this reader, or let their own receive again; end the pending code."""
        ...

    async def unlink(self, subscriber: int, address: str | None) -> Sequence[str]:
        """Take email addresses (all for None) from a reader, cancel what is queued; give what was taken."""
        ...

    async def forget(self, target: Target) -> bool:
        """Erase the reader behind a target with everything that names them; False where there is none."""
        ...

    async def gone(self, target: Target, reason: str) -> None:
        """Note that a chat does not receive any more; what is queued for it is cancelled."""
        ...

    async def moved(self, target: Target, to: Target) -> None:
        """Give a chat its new id in all its threads; where somebody is there already, both become one."""
        ...


class LinkEnd(StrEnum):
    """How asking for or answering with a code can end."""

    CODE_SENT = "code_sent"
    TOO_MANY_CODES = "too_many_codes"
    ALREADY_LINKED = "already_linked"
    NOT_AN_ADDRESS = "not_an_address"
    LINKED = "linked"
    WRONG_CODE = "wrong_code"
    NO_CODE = "no_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The end of one step of linking an address (normalised), with the tries left after a wrong code."""

    end: LinkEnd
    address: str = ""
    tries_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What a reader can do about their own subscription; ``target`` is the chat or address that asks.

    ``secret`` keys the hash under which codes are stored.
    """

    people: People
    clock: Clock
    defaults: Preferences
    secret: bytes

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
        return await self.people.link(reader.subscriber.id, *others) if others else reader

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

    async def ask_email(self, target: Target, address: str, *, locale: Locale | None = None) -> Linked:
        """Send a code to an address that the reader wants to link."""
        try:
            normal = normal_address(address)
        except BadRequest:
            return Linked(end=LinkEnd.NOT_AN_ADDRESS)
        reader = await self.join(target, locale=locale)
        if normal in reader.addresses(Channel.EMAIL):
            return Linked(end=LinkEnd.ALREADY_LINKED, address=normal)
        now = self.clock()
        marks = (self._mark(f"asked by {target.address}"), self._mark(f"sent to {normal}"))
        code = f"{secrets.randbelow(10**6):06d}"
        record = CodeRecord(
            subscriber=reader.subscriber.id,
            address=normal,
            code_hash=self._hash(reader.subscriber.id, code),
            tries=0,
            expires_at=now + CODE_LIFE,
        )
        minutes = int(CODE_LIFE.total_seconds()) // 60
        content = AddressCode(code=code, minutes=minutes, locale=reader.preferences.locale)
        kept = await self.people.keep_code(
            record, content, marks, now, since=now - timedelta(days=1), most=CODES_A_DAY
        )
        return Linked(end=LinkEnd.CODE_SENT if kept else LinkEnd.TOO_MANY_CODES, address=normal)

    async def confirm_email(self, target: Target, code: str) -> Linked:
        """Link the address whose code this is."""
        reader = await self.people.reader(target)
        record = await self.people.try_code(reader.subscriber.id) if reader else None
        if reader is None or record is None:
            return Linked(end=LinkEnd.NO_CODE)
        if record.expires_at <= self.clock() or record.tries > CODE_TRIES:
            return Linked(end=LinkEnd.NO_CODE, address=record.address)
        if not hmac.compare_digest(record.code_hash, self._hash(record.subscriber, code)):
            return Linked(
                end=LinkEnd.WRONG_CODE, address=record.address, tries_left=CODE_TRIES - record.tries
            )
        await self.people.link(record.subscriber, Target.email(record.address))
        return Linked(end=LinkEnd.LINKED, address=record.address)

    async def drop_email(self, target: Target, address: str | None = None) -> Sequence[str]:
        """Unlink one address, or all of the reader's; give those that were linked."""
        reader = await self.people.reader(target)
        if reader is None:
            return ()
        try:
            normal = normal_address(address) if address else None
        except BadRequest:
            return ()
        return await self.people.unlink(reader.subscriber.id, normal)

    async def forget(self, target: Target) -> bool:
        """Erase the reader with everything that names them."""
        return await self.people.forget(target)

    async def left(self, target: Target, reason: str) -> None:
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

    def _hash(self, subscriber: int, code: str) -> str:
        return self._mark(f"code {subscriber} {code}")

    def _mark(self, text: str) -> str:
        """Give a keyed hash: it counts without naming anybody, and outlives an erasure."""
        return hmac.new(self.secret, text.encode(), sha256).hexdigest()


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


def normal_address(text: str) -> str:
    """Give an email address in its normal form; raises ``BadRequest`` where it is none.

    In small letters: RFC 5321 lets a host tell ``Ann`` from ``ann``, and no known one does.
    """
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise BadRequest(f"{text!r} is no email address: {error}") from error


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
