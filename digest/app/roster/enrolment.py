"""Taking rows in, some hundred in a transaction: whoever is interrupted runs it again and goes on."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from digest.app.core import Core
from digest.app.roster.sheet import Row, Sheet
from digest.app.roster.standing import Standing
from digest.app.roster.wish import Nonsense, Understanding, Wish, target_of
from digest.clock import Clock
from digest.errors import BadRequest
from digest.membership import Start, scheduled
from digest.model import Preferences, Subscriber, Target
from digest.store.roster import Bar, Newcomer, StoredRoster

BATCH = 500
"""Rows in a transaction: few enough that a service beside it waits for no more than a moment."""

_WORDS = {
    Bar.KNOWN: "known already",
    Bar.UNSUBSCRIBED: "has unsubscribed here",
    Bar.SUPPRESSED: "suppressed here: mail came back",
    Bar.ERASED: "was erased here",
}


class End(StrEnum):
    """What became of a row."""

    TAKEN = "taken"
    KNOWN = "known"
    NOT_TAKEN = "not taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One row's end; ``reason`` is short and counted, "" where it was taken, ``detail`` says more."""

    line: int
    address: str
    end: End
    reason: str = ""
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class Enrolment:
    """Takes rows in; with ``dry_run`` nothing is written, and the verdicts are the same."""

    roster: StoredRoster
    understanding: Understanding
    start: Start
    clock: Clock
    dry_run: bool = False
    _seen: set[Target] = field(default_factory=set)
    _left: Mapping[Target, int] = field(default_factory=dict)
    _made: dict[Preferences, Subscriber] = field(default_factory=dict)

    async def take(self, sheet: Sheet) -> AsyncIterator[Sequence[Verdict]]:
        """Take a file in; give the verdicts of one transaction after the other, each once it is written.

        Rows of our own export that are one reader stay one. Cancelled, it ends after the transaction that
        has begun, whose verdicts still come.
        """
        self._left = self._who_left(sheet)
        for rows in _batches(sheet):
            task = asyncio.create_task(self._batch(rows))
            try:
                verdicts = await asyncio.shield(task)
            except asyncio.CancelledError:
                yield await task
                raise
            yield verdicts

    async def _batch(self, rows: Sequence[Row]) -> Sequence[Verdict]:
        understood = [self._once(self.understanding.wish_of(row)) for row in rows]
        wishes = [one for one in understood if isinstance(one, Wish)]
        if self.dry_run:
            barred = await self.roster.barred([wish.target for wish in wishes])
        else:
            barred = await self.roster.enrol(list(self._newcomers(wishes)), self.clock())
        return [_verdict(one, barred) for one in understood]

    def _once(self, one: Wish | Nonsense) -> Wish | Nonsense:
        """Give a wish, or that its address stood in the file before, or left by another row of it."""
        if isinstance(one, Nonsense):
            return one
        if line := self._left.get(one.target):
            return Nonsense(row=one.row, reason=Standing.LEFT, detail=f"line {line} says so")
        if one.target in self._seen:
            return Nonsense(row=one.row, reason="repeated in the file")
        self._seen.add(one.target)
        return one

    @staticmethod
    def _who_left(sheet: Sheet) -> Mapping[Target, int]:
        """Return whom a row of the file does not let be taken, with that row's line."""
        left: dict[Target, int] = {}
        for row in sheet.rows:
            if row.refusal and row.refusal.reason != Standing.UNCONFIRMED:
                with suppress(BadRequest):
                    left.setdefault(target_of(row), row.line)
        return left

    def _newcomers(self, wishes: Iterable[Wish]) -> Iterator[Newcomer]:
        readers: dict[str | Target, list[Wish]] = {}
        for wish in wishes:
            readers.setdefault(wish.group or wish.target, []).append(wish)
        for together in readers.values():
            yield Newcomer(
                targets=tuple(wish.target for wish in together),
                subscriber=self._subscriber(together[0].preferences),
            )

    def _subscriber(self, preferences: Preferences) -> Subscriber:
        """Give a new reader's values, as joining does; alike for all who choose alike."""
        if preferences not in self._made:
            now = self.clock()
            fresh = Subscriber(
                id=0,
                preferences=preferences,
                created_at=now,
                next_at=None,
                watermark=self.start.watermark,
                since=self.start.since,
            )
            self._made[preferences] = scheduled(fresh, now)
        return self._made[preferences]


async def enrolment_on(core: Core, *, dry_run: bool) -> Enrolment:
    """Give an enrolment on a store, with the operator's defaults."""
    return Enrolment(
        roster=StoredRoster(core.store.database),
        understanding=Understanding(
            taxonomy=core.taxonomy, defaults=core.membership.defaults, clock=core.clock
        ),
        start=await core.store.people.start(),
        clock=core.clock,
        dry_run=dry_run,
    )


def _batches(sheet: Sheet) -> Iterator[Sequence[Row]]:
    """Cut the rows into batches; rows of one reader, which stand together in our export, are not parted."""
    batch: list[Row] = []
    for number, rows in groupby(sheet.rows, key=lambda row: row.values.get("subscriber", "")):
        for together in [list(rows)] if number else ([row] for row in rows):
            batch += together
            if len(batch) >= BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _verdict(one: Wish | Nonsense, barred: Mapping[Target, Bar]) -> Verdict:
    if isinstance(one, Nonsense):
        address = one.row.values.get("address", "")
        return Verdict(
            line=one.row.line, address=address, end=End.NOT_TAKEN, reason=one.reason, detail=one.detail
        )
    line, address, bar = one.row.line, one.target.address, barred.get(one.target)
    if bar is None:
        return Verdict(line=line, address=address, end=End.TAKEN)
    end = End.KNOWN if bar is Bar.KNOWN else End.NOT_TAKEN
    return Verdict(line=line, address=address, end=end, reason=_WORDS[bar])
