"""Taking reports in from files: what came, what was refused and why, one line each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from digest.model.errors import InvalidInput, InvalidReport, StoreError
from digest.services.archive import Archive, IngestResult
from digest.sources.report_folder import ReportFile, ReportFolder

log = structlog.get_logger(__name__)

TICK_WAIT_TIMEOUT = 5.0
"""How long a tick waits for a look that has begun, so that today's report goes out today.

A report takes less than a second; whoever is due does not wait longer for one that takes its time.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What became of one file: either ``ingested`` or the reason why it was ``error``."""

    path: Path
    ingested: IngestResult | None = None
    error: str | None = None


async def ingest_file(archive: Archive, file: ReportFile) -> FileResult:
    """Take one report file in."""
    try:
        return FileResult(path=file.path, ingested=await archive.ingest(file.data, name=file.path.name))
    except InvalidReport as error:
        return FileResult(path=file.path, error=str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWatcher:
    """Watches the folder of reports for the service."""

    archive: Archive
    folder: ReportFolder
    _logged_errors: set[str] = field(default_factory=set)

    async def poll(self, now: float) -> Sequence[FileResult]:
        """Take in what is new in the folder and log each file's end; a missing folder is told once."""
        try:
            found = await self.folder.find_new(now)
        except InvalidInput as error:
            if str(error) not in self._logged_errors:
                self._logged_errors.add(str(error))
                log.error("no reports can come: REPORTS_DIR is not there", why=str(error))  # noqa: TRY400 - one line
            return ()
        self._logged_errors.clear()
        taken = []
        for number, one in enumerate(found):
            try:
                taken.append(await ingest_file(self.archive, one))
            except (StoreError, asyncio.CancelledError):
                for left in found[number:]:
                    self.folder.retry(left.path)
                raise
            _log_result(taken[-1])
        return taken


@dataclass(slots=True, kw_only=True)
class ReportWatcherTask:
    """Looks for reports in a task of its own, one look at a time, so that serving goes on meanwhile."""

    watcher: ReportWatcher
    on_results: Callable[[Sequence[FileResult]], Awaitable[None]]
    wait_timeout: float = TICK_WAIT_TIMEOUT
    _task: asyncio.Task[None] | None = None
    _stopped: bool = False

    async def poll(self, now: float) -> None:
        """Begin a look unless one is going on, and wait ``wait_timeout`` seconds for the one that begins.

        Raise what a look raised that has ended since. What a look found is told in its own task.
        """
        self._raise_failure()
        if self._task is None and not self._stopped:
            self._task = asyncio.create_task(self._poll_and_report(now), name="intake")
            await asyncio.wait([self._task], timeout=self.wait_timeout)
            self._raise_failure()

    async def stop(self) -> None:
        """End the present look, and begin no more; a report that was being read is read at the next start."""
        self._stopped = True
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _raise_failure(self) -> None:
        """Raise what the last look raised, once, if it has ended."""
        if self._task and self._task.done():
            ended, self._task = self._task, None
            with suppress(asyncio.CancelledError):
                ended.result()

    async def _poll_and_report(self, now: float) -> None:
        if taken := await self.watcher.poll(now):
            await self.on_results(taken)


def _log_result(result: FileResult) -> None:
    if result.ingested is None:
        log.warning("report refused", file=result.path.name, why=result.error)
        return
    if result.ingested.already_ingested:
        return
    log.info(
        "report taken in",
        file=result.path.name,
        date=result.ingested.date.isoformat(),
        new=result.ingested.new,
        updated=result.ingested.updated,
        unchanged=result.ingested.unchanged,
    )
    for problem in result.ingested.problems:
        log.warning("report problem", file=result.path.name, line=problem.line, what=problem.message)
