"""The main job once, on the seeds, with nothing of the outside world: what a newcomer sees first."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from digest.app.container import Container, open_container
from digest.app.report_watcher import ingest_file
from digest.app.settings import Settings
from digest.app.tick import tick_runner
from digest.model import DeliveryState, Locale, PreferenceChanges, Target
from digest.model.clock import FixedClock, system_clock
from digest.model.errors import InvalidInput
from digest.model.private_files import make_private_folder
from digest.papers.domains import Taxonomy
from digest.services.admin import DeliveryRow
from digest.sources.report_folder import ReportFile, find_report_files, read_report
from digest.text.reason_texts import reason_in_english

SEEDS_FOLDER = Path("seeds")
DATABASE_NAME = "demo.db"
DEMO_TIME = time(18)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSubscriber:
    """A made-up subscriber."""

    name: str
    target: Target
    domains: tuple[str, ...] | None
    preferences: PreferenceChanges


DEMO_SUBSCRIBERS = (
    DemoSubscriber(
        name="Robin",
        target=Target.email("robin@example.org"),
        domains=("robotics",),
        preferences=PreferenceChanges(locale=Locale.ZH, timezone="Asia/Shanghai", send_minute=8 * 60),
    ),
    DemoSubscriber(
        name="Ada",
        target=Target.telegram(1001),
        domains=("agents",),
        preferences=PreferenceChanges(locale=Locale.ZH, timezone="Asia/Shanghai", send_minute=8 * 60 + 30),
    ),
    DemoSubscriber(
        name="Eve",
        target=Target.email("eve@example.org"),
        domains=None,
        preferences=PreferenceChanges(locale=Locale.EN, timezone="Europe/Berlin", send_minute=7 * 60),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDigest:
    """One sample's digest as it was written: how many papers, and the file to open."""

    subscriber: DemoSubscriber
    papers: int
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """What the demo did; ``domains`` holds names with their numbers of papers, the largest first."""

    day: date
    papers: int
    problems: int
    domains: Sequence[tuple[str, int]]
    digests: Sequence[DemoDigest]


async def run_demo(out_dir: Path) -> DemoResult:
    """Read the seeds, enrol three samples, let their hour come, and write what they get under ``out_dir``.

    Raises ``InvalidInput`` where the seeds or the folder are not there, or somebody got nothing.
    """
    settings = await asyncio.to_thread(_prepare_settings, out_dir)
    clock = FixedClock(system_clock())
    async with open_container(settings, clock) as core:
        problems = await _ingest_seeds(core)
        day = await core.archive.latest_summary()
        if day is None:
            raise InvalidInput(f"no papers in {SEEDS_FOLDER}/; run this in the project's own folder")
        clock.now = datetime.combine(day.date, DEMO_TIME, tzinfo=UTC)
        enrolled = [
            await core.subscriptions.add_subscriber([one.target], one.domains, **one.preferences)
            for one in DEMO_SUBSCRIBERS
        ]
        async with tick_runner(core) as turning:
            for hour in sorted(reader.subscriber.next_digest_at or clock.now for reader in enrolled):
                clock.now = hour
                await turning.run_once()
        rows = await core.store.outbox.list_deliveries()
        return DemoResult(
            day=day.date,
            papers=day.paper_count,
            problems=problems,
            domains=_count_domains(core.taxonomy, day.domain_counts),
            digests=[_find_digest(sample, rows) for sample in DEMO_SUBSCRIBERS],
        )


async def _ingest_seeds(container: Container) -> int:
    """Take the seeds in; give the number of their problems."""
    problems = 0
    for file in find_report_files(SEEDS_FOLDER):
        taken = await ingest_file(container.archive, ReportFile(path=file, data=read_report(file)))
        if taken.ingested is None:
            raise InvalidInput(f"{file}: {taken.error}")
        problems += len(taken.ingested.problems)
    return problems


def _find_digest(subscriber: DemoSubscriber, rows: Sequence[DeliveryRow]) -> DemoDigest:
    row = next((row for row in rows if row.target == subscriber.target), None)
    if row is None or row.state is not DeliveryState.SENT:
        raise InvalidInput(
            f"{subscriber.name} got nothing: {reason_in_english(row.reason) if row else 'no digest was written'}"
        )
    file = Path(row.receipts[0])
    shown = file.with_suffix(".html" if file.suffix == ".eml" else ".txt")
    return DemoDigest(subscriber=subscriber, papers=row.papers, file=shown)


def _count_domains(taxonomy: Taxonomy, counts: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    named = [(taxonomy.name(slug, Locale.EN), count) for slug, count in counts.items()]
    return sorted(named, key=lambda one: (-one[1], one[0]))


def _prepare_settings(out_dir: Path) -> Settings:
    """Return the embedded defaults, writing under ``out_dir``; an earlier demo's files there are replaced."""
    try:
        make_private_folder(out_dir)
        for old in (*out_dir.glob(f"{DATABASE_NAME}*"), *out_dir.glob("mail/*")):
            old.unlink()
    except OSError as error:
        raise InvalidInput(f"{out_dir}: cannot be written ({error.strerror}); choose another with --out") from error
    return Settings.load(
        {"DATABASE_URL": f"sqlite+aiosqlite:///{out_dir / DATABASE_NAME}", "MAIL_DIR": str(out_dir / "mail")}
    )
