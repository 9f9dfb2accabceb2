"""Taking reports in from files: what came, what was refused and why, one line each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from digest.archive import Archive, Ingested
from digest.errors import BadRequest, NotAReport, StoreError
from digest.source.folder import Found, ReportFolder

log = structlog.get_logger(__name__)


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
            except StoreError:
                for left in found[number:]:
                    self.folder.again(left.path)
                raise
            _tell(taken[-1])
        return taken


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
