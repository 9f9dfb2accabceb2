"""Building editions: whoever is due gets their digest written to the outbox, once, and their next turn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from digest.model import Candidate, Digest, EmptyReason, Preferences, Subscriber
from digest.model.clock import Clock
from digest.services.schedule import MAX_DELAY, day_start, next_delivery_time
from digest.services.selection import build_digest, select_papers

BATCH_SIZE = 500

_EPSILON = timedelta(microseconds=1)
"""What makes a bound count as within it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredPapers:
    """What one endpoint is owed: papers of earlier editions that surely never arrived, and their rows."""

    endpoint_id: int
    delivery_ids: frozenset[int]
    paper_ids: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUpDigest:
    """A digest that makes good what one endpoint is owed; the deliveries of before end with it."""

    undelivered: UndeliveredPapers
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPlan:
    """What a due subscriber's turn came to, to be written in one transaction.

    ``subscriber`` is who it was decided for: where they are no longer so in the store, because another
    process served them or they changed their mind, the turn is void and is decided again; so it is where
    what an endpoint was owed has left in the meantime.
    ``digest`` goes to every endpoint that has none of its own in ``catch_ups``, None to none of them;
    ``last_paper_seq`` and ``papers_since`` are where their next digest begins. A pause is over with it.
    """

    subscriber: Subscriber
    next_digest_at: datetime | None
    last_digest_at: datetime | None
    last_paper_seq: int
    papers_since: date | None
    digest: Digest | None
    catch_ups: tuple[CatchUpDigest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What can go out: the newest report's date and every recent paper, oldest first."""

    date: date
    candidates: tuple[Candidate, ...]

    @property
    def newest_seq(self) -> int:
        """The sequence number of the newest paper."""
        return max((c.seq for c in self.candidates), default=0)

    @property
    def first_seq_of_newest_day(self) -> int:
        """The sequence number of the first paper of the newest report that brought papers; 0 without one."""
        newest = max((c.date for c in self.candidates), default=None)
        return min((c.seq for c in self.candidates if c.date == newest), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSubscriber:
    """A subscriber whose turn has come, and what their endpoints are owed of earlier editions.

    ``has_edition`` True: the edition in question has already gone to them.
    """

    subscriber: Subscriber
    has_edition: bool = False
    undelivered: tuple[UndeliveredPapers, ...] = ()


class EditionStore(Protocol):
    """What building editions needs of the store."""

    async def current_edition(self) -> Edition | None:
        """Return what can go out, None before the first report."""
        ...

    async def find_due(self, now: datetime, limit: int, edition: date | None) -> Sequence[DueSubscriber]:
        """Return subscribers whose turn has come, the longest waiting first, as to the edition of a date."""
        ...

    async def queue_digests(self, edition: Edition | None, plans: Sequence[DigestPlan], at: datetime) -> int:
        """Write deliveries and next turns in one transaction; count the deliveries written.

        A delivery whose papers are among an endpoint's amends ends there.
        """
        ...

    async def candidates_on(self, day: date) -> tuple[Candidate, ...]:
        """Return the papers of one report's date, in the report's order."""
        ...

    async def mark_seen_until(self, subscriber: int, last_paper_seq: int) -> bool:
        """Count every paper up to ``last_paper_seq`` as had by a subscriber.

        False where it was so already.
        """
        ...

    async def keyword_texts(self, papers: Sequence[str]) -> Mapping[str, str]:
        """Return the texts of papers as keywords are looked for in them, by id; unknown ids are absent."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueResult:
    """What one tick did: subscribers served, deliveries queued, turns folded into the next."""

    subscribers: int = 0
    deliveries: int = 0
    merged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionService:
    """Serves whoever is due."""

    store: EditionStore
    clock: Clock

    async def queue_due_digests(self) -> QueueResult:
        """Write the digests of everybody who is due now; safe beside another process doing the same."""
        now, done = self.clock(), QueueResult()
        edition = await self.store.current_edition()
        while due := await self.store.find_due(now, BATCH_SIZE, edition.date if edition else None):
            edition = edition and await self._load_texts(edition, [one.subscriber for one in due])
            turns = [plan_digest(one, edition, now) for one in due]
            written = await self.store.queue_digests(edition, turns, now)
            done = QueueResult(
                subscribers=done.subscribers + len(turns),
                deliveries=done.deliveries + written,
                merged=done.merged + sum(now - (t.subscriber.next_digest_at or now) > MAX_DELAY for t in turns),
            )
        return done

    async def daily_digest(
        self, subscriber: Subscriber, *, domains: tuple[str, ...] | None = (), day: date | None = None
    ) -> Digest:
        """Return the subscriber's share of the newest report (or of ``day``), had already or not, unbounded.

        ``domains`` other than () stand in for the subscriber's own choice, keywords included.
        """
        edition = await self.store.current_edition()
        day = day or (edition.date if edition else None)
        candidates = await self.store.candidates_on(day) if day else ()
        wants = replace(subscriber.preferences, max_papers=None)
        if domains != ():
            wants = replace(wants, domains=domains, include_keywords=(), mute_keywords=())
        if _has_keywords(wants):
            candidates = await self._attach_texts(candidates)
        subscriber = replace(subscriber, preferences=wants)
        return select_papers(subscriber, candidates, edition=day, next_at=subscriber.next_digest_at)

    async def first_digest(self, subscriber: Subscriber) -> Digest:
        """Return the subscriber's first digest, to be shown at once; its papers do not come again.

        Whoever had one already gets the newest report to look at again, and nothing counts as had by that.
        The first counts as had before it is shown: what is lost on the way is in ``daily_digest``, and
        nothing comes twice.
        """
        edition = await self.store.current_edition()
        if edition is None or subscriber.last_digest_at or subscriber.last_paper_seq >= edition.first_seq_of_newest_day:
            return await self.daily_digest(subscriber)
        if not await self.store.mark_seen_until(subscriber.id, edition.newest_seq):
            return await self.daily_digest(subscriber)
        edition = await self._load_texts(edition, [subscriber])
        return build_digest(subscriber, edition.candidates, edition=edition.date, next_at=subscriber.next_digest_at)

    async def _load_texts(self, edition: Edition, subscribers: Sequence[Subscriber]) -> Edition:
        """Return the edition with the texts in which these subscribers' keywords are looked for."""
        marks = [one.last_paper_seq for one in subscribers if _has_keywords(one.preferences)]
        if not marks:
            return edition
        unread = [c for c in edition.candidates if c.seq > min(marks) and not c.search_text]
        read = {one.paper_id: one for one in await self._attach_texts(unread)}
        return replace(edition, candidates=tuple(read.get(c.paper_id, c) for c in edition.candidates))

    async def _attach_texts(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        if not candidates:
            return ()
        texts = await self.store.keyword_texts([candidate.paper_id for candidate in candidates])
        return tuple(replace(one, search_text=texts.get(one.paper_id, "")) for one in candidates)


def _has_keywords(preferences: Preferences) -> bool:
    return bool(preferences.include_keywords or preferences.mute_keywords)


def plan_digest(due: DueSubscriber, edition: Edition | None, now: datetime) -> DigestPlan:
    """Decide a due subscriber's turn.

    A turn more than ``MAX_DELAY`` late is folded: its papers come with the newest turn that is not so late,
    or wait for the next. A turn behind one that was folded is taken however late it is, so that a program
    that runs but once a day serves everybody.
    Nothing new is silence, or one line for those who asked to hear so. Nothing moves the watermark but
    an edition that was considered for this subscriber. What an endpoint is owed comes with its digest,
    even where there is nothing else for it. The turn of a paused subscriber is that of their return: they go
    on from the newest report.
    """
    subscriber = _end_pause(due.subscriber, edition)
    was_due = _latest_slot(subscriber, subscriber.next_digest_at or now, now)
    next_at = next_delivery_time(subscriber.preferences, after=now, last_digest_at=was_due)
    quiet = DigestPlan(
        subscriber=due.subscriber,
        next_digest_at=next_at,
        last_digest_at=was_due,
        last_paper_seq=subscriber.last_paper_seq,
        papers_since=subscriber.papers_since,
        digest=None,
    )
    if now - was_due > MAX_DELAY and not _was_merged_before(due.subscriber, was_due):
        catching_up = next_delivery_time(subscriber.preferences, after=now, last_digest_at=subscriber.last_digest_at)
        return replace(quiet, next_digest_at=catching_up, last_digest_at=subscriber.last_digest_at)
    if edition is None or due.has_edition:
        return quiet
    digest = build_digest(subscriber, edition.candidates, edition=edition.date, next_at=next_at)
    told = digest if digest.papers or _notifies_when_empty(digest, subscriber.preferences) else None
    return replace(
        quiet,
        last_paper_seq=max(subscriber.last_paper_seq, edition.newest_seq),
        digest=told,
        catch_ups=tuple(_catch_up_digests(replace(due, subscriber=subscriber), edition, next_at)),
    )


def _end_pause(subscriber: Subscriber, edition: Edition | None) -> Subscriber:
    """Return a subscriber whose pause ends with this turn as they go on; any other as they are.

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
    return replace(back, last_paper_seq=max(subscriber.last_paper_seq, first - 1), papers_since=begins)


def _latest_slot(subscriber: Subscriber, due_at: datetime, now: datetime) -> datetime:
    """Return the turn that is due: the one missed, or a later one that is not too late yet."""
    if now - due_at <= MAX_DELAY:
        return due_at
    recent = next_delivery_time(
        subscriber.preferences, after=now - MAX_DELAY - _EPSILON, last_digest_at=subscriber.last_digest_at
    )
    return recent if recent <= now else due_at


def _was_merged_before(subscriber: Subscriber, slot: datetime) -> bool:
    """Return whether a turn between the last one served, or joining, and this one was folded already."""
    since = subscriber.last_digest_at or subscriber.created_at
    if subscriber.paused and subscriber.paused_until:
        since = max(since, day_start(subscriber.paused_until, subscriber.preferences.timezone))
    return next_delivery_time(subscriber.preferences, after=since, last_digest_at=subscriber.last_digest_at) < slot


def _catch_up_digests(due: DueSubscriber, edition: Edition, next_at: datetime | None) -> Iterator[CatchUpDigest]:
    """Return a digest for each endpoint that is owed something which its reader still wants."""
    since = due.subscriber.papers_since
    missed = {c.paper_id for c in edition.candidates if since and c.date < since}
    for owed in due.undelivered:
        papers = owed.paper_ids - missed
        digest = build_digest(
            due.subscriber, edition.candidates, edition=edition.date, next_at=next_at, undelivered=papers
        )
        if any(pick.paper_id in papers for pick in digest.papers):
            yield CatchUpDigest(undelivered=owed, digest=digest)


def _notifies_when_empty(digest: Digest, preferences: Preferences) -> bool:
    return preferences.notify_when_empty and digest.empty_reason is not EmptyReason.NO_DOMAINS_CHOSEN
