"""Reports are taken in beside the ticks, one look at a time; no tick waits for a report that takes long."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from digest.app.intake import Intake, IntakeBesideTicks, Taken
from digest.archive import Archive
from digest.clock import SetClock
from digest.errors import StoreError
from digest.model import Report
from digest.parse import parse_report
from digest.source.folder import ReportFolder
from digest.store import Store
from tests.render.mails import taxonomy

SEED = Path("seeds/2026-01-24.md").read_bytes()
NOW = 4e9
"""Seconds since the epoch, long after any file was written."""


@dataclass(slots=True)
class Slow:
    """A parser that ends when it is let go."""

    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    error: Exception | None = None

    async def parse(self, data: bytes) -> Report:
        """Return the report in the end."""
        self.asked += 1
        await self.let_go.wait()
        if self.error:
            raise self.error
        return parse_report(data)


@dataclass(slots=True)
class Told:
    """What was told of."""

    of: list[Taken] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, taken: Sequence[Taken]) -> None:
        """Hear it."""
        self.of += taken
        self.came.set()


@dataclass(frozen=True, slots=True)
class Desk:
    """What a test holds."""

    intake: IntakeBesideTicks
    parser: Slow
    told: Told


@pytest.fixture
def desk(store: Store, clock: SetClock, tmp_path: Path) -> Desk:
    """Give an intake with the seed in its folder; it waits a moment only."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "2026-01-24.md").write_bytes(SEED)
    parser, told = Slow(), Told()
    archive = Archive(papers=store.papers, taxonomy=taxonomy(), clock=clock, parse=parser.parse)
    looking = Intake(archive=archive, folder=ReportFolder(root=tmp_path / "reports"))
    return Desk(IntakeBesideTicks(intake=looking, tell=told, patience=0.05), parser, told)


async def test_a_report_that_is_quick_is_there_when_the_tick_goes_on(desk: Desk) -> None:
    desk.parser.let_go.set()
    desk.intake.patience = 60

    await desk.intake.look(NOW)

    assert [one.ingested and one.ingested.new for one in desk.told.of] == [27]


async def test_ticks_go_on_while_a_report_is_being_read(desk: Desk) -> None:
    await desk.intake.look(NOW)
    await desk.intake.look(NOW)

    assert desk.parser.asked == 1
    assert desk.told.of == []
    desk.parser.let_go.set()
    await desk.told.came.wait()
    await desk.intake.look(NOW)
    assert [one.ingested and one.ingested.new for one in desk.told.of] == [27]


async def test_a_stop_ends_the_reading_and_the_report_is_read_again(desk: Desk) -> None:
    await desk.intake.look(NOW)

    await desk.intake.stop()
    await desk.intake.look(NOW)

    assert (desk.parser.asked, desk.told.of) == (1, [])
    assert [found.path.name for found in await desk.intake.intake.folder.new(NOW)] == ["2026-01-24.md"]


async def test_what_went_wrong_meanwhile_is_raised_at_the_next_tick_once(desk: Desk) -> None:
    desk.parser.error = StoreError("the disk is full")
    await desk.intake.look(NOW)
    desk.parser.let_go.set()
    await asyncio.wait([task for task in asyncio.all_tasks() if task.get_name() == "intake"])

    with pytest.raises(StoreError, match="the disk is full"):
        await desk.intake.look(NOW)

    desk.parser.error = None
    desk.intake.patience = 60
    await desk.intake.look(NOW)
    assert len(desk.told.of) == 1
