"""Taking rows in, some hundred in a transaction: whoever is interrupted runs it again and goes on."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from digest.app.container import Container
from digest.app.subscriber_csv.consent import ConsentStatus
from digest.app.subscriber_csv.reader import CsvFile, CsvRow
from digest.app.subscriber_csv.rows import InvalidRow, ParsedRow, RowParser, parse_target
from digest.model import Preferences, Subscriber, Target
from digest.model.clock import Clock
from digest.model.errors import InvalidInput
from digest.services.subscriptions import StartingPoint, reschedule
from digest.storage.subscriber_import import ImportBlock, NewSubscriber, SqlSubscriberImport

BATCH_SIZE = 500
"""Rows in a transaction: few enough that a service beside it waits for no more than a moment."""

_BLOCK_TEXTS = {
    ImportBlock.KNOWN: "known already",
    ImportBlock.UNSUBSCRIBED: "has unsubscribed here",
    ImportBlock.SUPPRESSED: "suppressed here: mail came back",
    ImportBlock.ERASED: "was erased here",
}


class RowStatus(StrEnum):
    """What became of a row."""

    TAKEN = "taken"
    KNOWN = "known"
    NOT_TAKEN = "not taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """One row's end; ``reason`` is short and counted, "" where it was taken, ``detail`` says more."""

    line: int
    address: str
    status: RowStatus
    reason: str = ""
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class CsvImporter:
    """Takes rows in; with ``dry_run`` nothing is written, and the verdicts are the same."""

    store: SqlSubscriberImport
    parser: RowParser
    starting_point: StartingPoint
    clock: Clock
    dry_run: bool = False
    _seen: set[Target] = field(default_factory=set)
    _unsubscribed: Mapping[Target, int] = field(default_factory=dict)
    _subscribers: dict[Preferences, Subscriber] = field(default_factory=dict)

    async def import_file(self, csv_file: CsvFile) -> AsyncIterator[Sequence[RowResult]]:
        """Take a file in; give the verdicts of one transaction after the other, each once it is written.

        Rows of our own export that are one reader stay one. Cancelled, it ends after the transaction that
        has begun, whose verdicts still come.
        """
        self._unsubscribed = self._find_unsubscribed(csv_file)
        for rows in _split_batches(csv_file):
            task = asyncio.create_task(self._import_batch(rows))
            try:
                verdicts = await asyncio.shield(task)
            except asyncio.CancelledError:
                yield await task
                raise
            yield verdicts

    async def _import_batch(self, rows: Sequence[CsvRow]) -> Sequence[RowResult]:
        understood = [self._reject_repeated(self.parser.parse(row)) for row in rows]
        wishes = [one for one in understood if isinstance(one, ParsedRow)]
        if self.dry_run:
            barred = await self.store.find_blocked([wish.target for wish in wishes])
        else:
            barred = await self.store.add_subscribers(list(self._new_subscribers(wishes)), self.clock())
        return [_build_result(one, barred) for one in understood]

    def _reject_repeated(self, parsed: ParsedRow | InvalidRow) -> ParsedRow | InvalidRow:
        """Return a wish, or that its address stood in the file before, or left by another row of it."""
        if isinstance(parsed, InvalidRow):
            return parsed
        if line := self._unsubscribed.get(parsed.target):
            return InvalidRow(row=parsed.row, reason=ConsentStatus.UNSUBSCRIBED, detail=f"line {line} says so")
        if parsed.target in self._seen:
            return InvalidRow(row=parsed.row, reason="repeated in the file")
        self._seen.add(parsed.target)
        return parsed

    @staticmethod
    def _find_unsubscribed(csv_file: CsvFile) -> Mapping[Target, int]:
        """Return whom a row of the file does not let be taken, with that row's line."""
        left: dict[Target, int] = {}
        for row in csv_file.rows:
            if row.rejection and row.rejection.reason != ConsentStatus.UNCONFIRMED:
                with suppress(InvalidInput):
                    left.setdefault(parse_target(row), row.line)
        return left

    def _new_subscribers(self, parsed_rows: Iterable[ParsedRow]) -> Iterator[NewSubscriber]:
        readers: dict[str | Target, list[ParsedRow]] = {}
        for wish in parsed_rows:
            readers.setdefault(wish.group or wish.target, []).append(wish)
        for together in readers.values():
            yield NewSubscriber(
                targets=tuple(wish.target for wish in together),
                subscriber=self._build_subscriber(together[0].preferences),
            )

    def _build_subscriber(self, preferences: Preferences) -> Subscriber:
        """Return a new reader's values, as joining does; alike for all who choose alike."""
        if preferences not in self._subscribers:
            now = self.clock()
            fresh = Subscriber(
                id=0,
                preferences=preferences,
                created_at=now,
                next_digest_at=None,
                last_paper_seq=self.starting_point.last_paper_seq,
                papers_since=self.starting_point.papers_since,
            )
            self._subscribers[preferences] = reschedule(fresh, now)
        return self._subscribers[preferences]


async def build_importer(container: Container, *, dry_run: bool) -> CsvImporter:
    """Return an enrolment on a store, with the operator's defaults."""
    return CsvImporter(
        store=SqlSubscriberImport(container.store.database),
        parser=RowParser(taxonomy=container.taxonomy, defaults=container.subscriptions.defaults, clock=container.clock),
        starting_point=await container.store.subscribers.starting_point(),
        clock=container.clock,
        dry_run=dry_run,
    )


def _split_batches(csv_file: CsvFile) -> Iterator[Sequence[CsvRow]]:
    """Cut the rows into batches; rows of one reader, which stand together in our export, are not parted."""
    batch: list[CsvRow] = []
    for number, rows in groupby(csv_file.rows, key=lambda row: row.values.get("subscriber", "")):
        for together in [list(rows)] if number else ([row] for row in rows):
            batch += together
            if len(batch) >= BATCH_SIZE:
                yield batch
                batch = []
    if batch:
        yield batch


def _build_result(parsed: ParsedRow | InvalidRow, blocked: Mapping[Target, ImportBlock]) -> RowResult:
    if isinstance(parsed, InvalidRow):
        address = parsed.row.values.get("address", "")
        return RowResult(
            line=parsed.row.line,
            address=address,
            status=RowStatus.NOT_TAKEN,
            reason=parsed.reason,
            detail=parsed.detail,
        )
    line, address, bar = parsed.row.line, parsed.target.address, blocked.get(parsed.target)
    if bar is None:
        return RowResult(line=line, address=address, status=RowStatus.TAKEN)
    end = RowStatus.KNOWN if bar is ImportBlock.KNOWN else RowStatus.NOT_TAKEN
    return RowResult(line=line, address=address, status=end, reason=_BLOCK_TEXTS[bar])
