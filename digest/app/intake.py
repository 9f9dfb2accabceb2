"""Taking reports in from files: what came, what was refused and why, one line each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from digest.archive import Archive, Ingested
from digest.errors import BadRequest, NotAReport, StoreError
from digest.source.folder import Found, ReportFolder

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 5.0
"""How long a tick waits for a look that has begun, so that today's report goes out today.

A report takes less than a second; whoever is due does not wait longer for one that takes its time.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one file: either ``ingested`` or the reason why it was ``refused``."""

    path: Path
    ingested: Ingested | None = None
    refused: str | None = None


async def take(archive: Archive, found: Found) -> Taken:
    """Take one report file in."""
    try:
        return Taken(path=found.path, ingested=await archive.ingest(found.data, name=found.path.name))
    except NotAReport as error:
        return Taken(path=found.path, refused=str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Watches the folder of reports for the service."""

    archive: Archive
    folder: ReportFolder
    _silent: set[str] = field(default_factory=set)

    async def look(self, now: float) -> Sequence[Taken]:
        """Take in what is new in the folder and log each file's end; a missing folder is told once."""
        try:
            found = await self.folder.new(now)
        except BadRequest as error:
            if str(error) not in self._silent:
                self._silent.add(str(error))
                log.error("no reports can come: REPORTS_DIR is not there", why=str(error))  # noqa: TRY400 - one line
            return ()
        self._silent.clear()
        taken = []
        for number, one in enumerate(found):
            try:
                taken.append(await take(self.archive, one))
            except (StoreError, asyncio.CancelledError):
                for left in found[number:]:
                    self.folder.again(left.path)
                raise
            _tell(taken[-1])
        return taken


@dataclass(slots=True, kw_only=True)
class IntakeBesideTicks:
    """Looks for reports in a task of its own, one look at a time, so that serving goes on meanwhile."""

    intake: Intake
    tell: Callable[[Sequence[Taken]], Awaitable[None]]
    patience: float = PATIENCE_SECONDS
    _looking: asyncio.Task[None] | None = None
    _stopped: bool = False

    async def look(self, now: float) -> None:
        """Begin a look unless one is going on, and wait ``patience`` seconds for the one that begins.

        Raise what a look raised that has ended since. What a look found is told in its own task.
        """
        self._settle()
        if self._looking is None and not self._stopped:
            self._looking = asyncio.create_task(self._look(now), name="intake")
            await asyncio.wait([self._looking], timeout=self.patience)
            self._settle()

    async def stop(self) -> None:
        """End the present look, and begin no more; a report that was being read is read at the next start."""
        self._stopped = True
        if self._looking:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    def _settle(self) -> None:
        """Raise what the last look raised, once, if it has ended."""
        if self._looking and self._looking.done():
            ended, self._looking = self._looking, None
            with suppress(asyncio.CancelledError):
                ended.result()

    async def _look(self, now: float) -> None:
        if taken := await self.intake.look(now):
            await self.tell(taken)


def _tell(taken: Taken) -> None:
    if taken.ingested is None:
        log.warning("report refused", file=taken.path.name, why=taken.refused)
        return
    if taken.ingested.known:
        return
    log.info(
        "report taken in",
        file=taken.path.name,
        date=taken.ingested.date.isoformat(),
        new=taken.ingested.new,
        updated=taken.ingested.updated,
        unchanged=taken.ingested.unchanged,
    )
    for problem in taken.ingested.problems:
        log.warning("report problem", file=taken.path.name, line=problem.line, what=problem.what)
