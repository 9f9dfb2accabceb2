"""Building editions: whoever is due gets their digest written to the outbox, once, and their next turn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from digest.clock import Clock
from digest.hours import LATEST, beginning_of, next_turn
from digest.model import Candidate, Digest, Nothing, Preferences, Subscriber
from digest.select import digest_for, share

BATCH = 500

_INSTANT = timedelta(microseconds=1)
"""What makes a bound count as within it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What one endpoint is owed: papers of earlier editions that surely never arrived, and their rows."""

    endpoint: int
    deliveries: frozenset[int]
    papers: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amends:
    """A digest that makes good what one endpoint is owed; the deliveries of before end with it."""

    owed: Owed
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a due subscriber's turn came to, to be written in one transaction.

    ``subscriber`` is who it was decided for: where they are no longer so in the store, because another
    process served them or they changed their mind, the turn is void and is decided again; so it is where
    what an endpoint was owed has left in the meantime.
    ``digest`` goes to every endpoint that has none of its own in ``amends``, None to none of them;
    ``watermark`` and ``since`` are where their next digest begins. A pause is over with it.
    """

    subscriber: Subscriber
    next_at: datetime | None
    served_at: datetime | None
    watermark: int
    since: date | None
    digest: Digest | None
    amends: tuple[Amends, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What can go out: the newest report's date and every recent paper, oldest first."""

    date: date
    candidates: tuple[Candidate, ...]

    @property
    def newest(self) -> int:
        """The sequence number of the newest paper."""
        return max((c.seq for c in self.candidates), default=0)

    @property
    def newest_day_begins(self) -> int:
        """The sequence number of the first paper of the newest report that brought papers; 0 without one."""
        newest = max((c.date for c in self.candidates), default=None)
        return min((c.seq for c in self.candidates if c.date == newest), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A subscriber whose turn has come, and what their endpoints are owed of earlier editions.

    ``served`` True: the edition in question has already gone to them.
    """

    subscriber: Subscriber
    served: bool = False
    owed: tuple[Owed, ...] = ()


class Editions(Protocol):
    """What building editions needs of the store."""

    async def edition(self) -> Edition | None:
        """Give what can go out, None before the first report."""
        ...

    async def due(self, now: datetime, most: int, edition: date | None) -> Sequence[Due]:
        """Give subscribers whose turn has come, the longest waiting first, as to the edition of a date."""
        ...

    async def write(self, edition: Edition | None, turns: Sequence[Turn], at: datetime) -> int:
        """Write deliveries and next turns in one transaction; count the deliveries written.

        A delivery whose papers are among an endpoint's amends ends there.
        """
        ...

    async def of_day(self, day: date) -> tuple[Candidate, ...]:
        """Give the papers of one report's date, in the report's order."""
        ...

    async def begin(self, subscriber: int, watermark: int) -> bool:
        """Count every paper up to ``watermark`` as had by a subscriber; False where it was so already."""
        ...

    async def texts(self, papers: Sequence[str]) -> Mapping[str, str]:
        """Give the texts of papers as keywords are looked for in them, by id; unknown ids are absent."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What one tick did: subscribers served, deliveries queued, turns folded into the next."""

    subscribers: int = 0
    deliveries: int = 0
    folded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionDesk:
    """Serves whoever is due."""

    editions: Editions
    clock: Clock

    async def serve(self) -> Served:
        """Write the digests of everybody who is due now; safe beside another process doing the same."""
        now, done = self.clock(), Served()
        edition = await self.editions.edition()
        while due := await self.editions.due(now, BATCH, edition.date if edition else None):
            edition = edition and await self._readable(edition, [one.subscriber for one in due])
            turns = [turn(one, edition, now) for one in due]
            written = await self.editions.write(edition, turns, now)
            done = Served(
                subscribers=done.subscribers + len(turns),
                deliveries=done.deliveries + written,
                folded=done.folded + sum(now - (t.subscriber.next_at or now) > LATEST for t in turns),
            )
        return done

    async def today(
        self, subscriber: Subscriber, *, domains: tuple[str, ...] | None = (), day: date | None = None
    ) -> Digest:
        """Give the subscriber's share of the newest report (or of ``day``), had already or not, unbounded.

        ``domains`` other than () stand in for the subscriber's own choice, keywords included.
        """
        edition = await self.editions.edition()
        day = day or (edition.date if edition else None)
        candidates = await self.editions.of_day(day) if day else ()
        wants = replace(subscriber.preferences, most=None)
        if domains != ():
            wants = replace(wants, domains=domains, include=(), mute=())
        if _has_keywords(wants):
            candidates = await self._with_texts(candidates)
        subscriber = replace(subscriber, preferences=wants)
        return share(subscriber, candidates, edition=day, next_at=subscriber.next_at)

    async def first(self, subscriber: Subscriber) -> Digest:
        """Give the subscriber's first digest, to be shown at once; its papers do not come again.

        Whoever had one already gets the newest report to look at again, and nothing counts as had by that.
        The first counts as had before it is shown: what is lost on the way is in ``today``, and nothing comes
        twice.
        """
        edition = await self.editions.edition()
        if edition is None or subscriber.served_at or subscriber.watermark >= edition.newest_day_begins:
            return await self.today(subscriber)
        if not await self.editions.begin(subscriber.id, edition.newest):
            return await self.today(subscriber)
        edition = await self._readable(edition, [subscriber])
        return digest_for(subscriber, edition.candidates, edition=edition.date, next_at=subscriber.next_at)

    async def _readable(self, edition: Edition, subscribers: Sequence[Subscriber]) -> Edition:
        """Give the edition with the texts in which these subscribers' keywords are looked for."""
        marks = [one.watermark for one in subscribers if _has_keywords(one.preferences)]
        if not marks:
            return edition
        unread = [c for c in edition.candidates if c.seq > min(marks) and not c.text]
        read = {one.paper: one for one in await self._with_texts(unread)}
        return replace(edition, candidates=tuple(read.get(c.paper, c) for c in edition.candidates))

    async def _with_texts(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        if not candidates:
            return ()
        texts = await self.editions.texts([candidate.paper for candidate in candidates])
        return tuple(replace(one, text=texts.get(one.paper, "")) for one in candidates)


def _has_keywords(wants: Preferences) -> bool:
    return bool(wants.include or wants.mute)


def turn(due: Due, edition: Edition | None, now: datetime) -> Turn:
    """Decide a due subscriber's turn.

    A turn more than ``LATEST`` late is folded: its papers come with the newest turn that is not so late,
    or wait for the next. A turn behind one that was folded is taken however late it is, so that a program
    that runs but once a day serves everybody.
    Nothing new is silence, or one line for those who asked to hear so. Nothing moves the watermark but
    an edition that was considered for this subscriber. What an endpoint is owed comes with its digest,
    even where there is nothing else for it. The turn of a paused subscriber is that of their return: they go
    on from the newest report.
    """
    subscriber = _back(due.subscriber, edition)
    was_due = _newest_turn(subscriber, subscriber.next_at or now, now)
    next_at = next_turn(subscriber.preferences, after=now, served_at=was_due)
    quiet = Turn(
        subscriber=due.subscriber,
        next_at=next_at,
        served_at=was_due,
        watermark=subscriber.watermark,
        since=subscriber.since,
        digest=None,
    )
    if now - was_due > LATEST and not _folded_before(due.subscriber, was_due):
        catching_up = next_turn(subscriber.preferences, after=now, served_at=subscriber.served_at)
        return replace(quiet, next_at=catching_up, served_at=subscriber.served_at)
    if edition is None or due.served:
        return quiet
    digest = digest_for(subscriber, edition.candidates, edition=edition.date, next_at=next_at)
    told = digest if digest.picks or _wants_to_hear(digest, subscriber.preferences) else None
    return replace(
        quiet,
        watermark=max(subscriber.watermark, edition.newest),
        digest=told,
        amends=tuple(_amends(replace(due, subscriber=subscriber), edition, next_at)),
    )


def _back(subscriber: Subscriber, edition: Edition | None) -> Subscriber:
    """Give a subscriber whose pause ends with this turn as they go on; any other as they are.

    They go on with the reports of the day on which the pause ended, or with the newest where that is older.
    """
    if not subscriber.paused:
        return subscriber
    back = replace(subscriber, paused=False, paused_until=None)
    if edition is None or not edition.candidates:
        return back
    days = {candidate.date for candidate in edition.candidates}
    until = subscriber.paused_until
    begins = min((day for day in days if until and day >= until), default=max(days))
    first = min(c.seq for c in edition.candidates if c.date >= begins)
    return replace(back, watermark=max(subscriber.watermark, first - 1), since=begins)


def _newest_turn(subscriber: Subscriber, was_due: datetime, now: datetime) -> datetime:
    """Give the turn that is due: the one missed, or a later one that is not too late yet."""
    if now - was_due <= LATEST:
        return was_due
    recent = next_turn(subscriber.preferences, after=now - LATEST - _INSTANT, served_at=subscriber.served_at)
    return recent if recent <= now else was_due


def _folded_before(subscriber: Subscriber, was_due: datetime) -> bool:
    """Tell whether a turn between the last one served, or joining, and this one was folded already."""
    since = subscriber.served_at or subscriber.created_at
    if subscriber.paused and subscriber.paused_until:
        since = max(since, beginning_of(subscriber.paused_until, subscriber.preferences.zone))
    return next_turn(subscriber.preferences, after=since, served_at=subscriber.served_at) < was_due


def _amends(due: Due, edition: Edition, next_at: datetime | None) -> Iterator[Amends]:
    """Give a digest for each endpoint that is owed something which its reader still wants."""
    since = due.subscriber.since
    missed = {c.paper for c in edition.candidates if since and c.date < since}
    for owed in due.owed:
        papers = owed.papers - missed
        digest = digest_for(
            due.subscriber, edition.candidates, edition=edition.date, next_at=next_at, owed=papers
        )
        if any(pick.paper in papers for pick in digest.picks):
            yield Amends(owed=owed, digest=digest)


def _wants_to_hear(digest: Digest, preferences: Preferences) -> bool:
    return preferences.empty_days and digest.nothing is not Nothing.NO_DOMAINS_CHOSEN
