"""What a tick of the service does, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from digest.app.container import open_container
from digest.app.health import HealthMonitor
from digest.app.report_watcher import FileResult, ReportWatcher, ReportWatcherTask
from digest.app.service import Service
from digest.app.settings import Settings
from digest.model.clock import system_clock
from digest.sources.report_folder import ReportFolder


async def ignore_results(_results: Sequence[FileResult]) -> None:
    """Do nothing with what became of the files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingMonitor(HealthMonitor):
    """Notes how many papers there were at each check."""

    papers_seen: list[int] = field(default_factory=list)

    async def check(self) -> None:
        summary = await self.container.archive.latest_summary()
        self.papers_seen.append(summary.paper_count if summary else 0)


async def test_health_is_checked_after_the_reports_that_wait_at_the_start(tmp_path: Path) -> None:
    settings = Settings.load(
        {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db", "MAIL_DIR": str(tmp_path / "mail")}
    )
    async with open_container(settings, system_clock) as container:
        monitor = RecordingMonitor(container=container, admin_alerts=container.admin_alerts, workers=())
        watcher = ReportWatcher(archive=container.archive, folder=ReportFolder(root=Path("seeds")))
        service = Service(
            container=container,
            workers=(),
            application=None,
            webhook_queue=None,
            report_watcher=ReportWatcherTask(watcher=watcher, on_results=ignore_results, wait_timeout=60),
            health_monitor=monitor,
            bounce_poller=None,
        )

        await service.tick()

    assert monitor.papers_seen == [27]
