"""The main job once, on the seeds, with nothing of the outside world: what a newcomer sees first."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from digest.app.core import Core, opened
from digest.app.intake import take
from digest.app.turn import wheel
from digest.clock import SetClock, system_clock
from digest.domains import Taxonomy
from digest.errors import BadRequest
from digest.membership import Choice
from digest.model import DeliveryState, Locale, Target
from digest.overview import Listed
from digest.private_files import make_private_folder
from digest.reason_texts import reason_in_english
from digest.settings import Settings
from digest.source.folder import Found, read_report, report_files

SEEDS = Path("seeds")
DATABASE = "demo.db"
EVENING = time(18)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A made-up subscriber."""

    name: str
    target: Target
    domains: tuple[str, ...] | None
    choice: Choice


SAMPLES = (
    Sample(
        name="Robin",
        target=Target.email("robin@example.org"),
        domains=("robotics",),
        choice=Choice(locale=Locale.ZH, zone="Asia/Shanghai", minute=8 * 60),
    ),
    Sample(
        name="Ada",
        target=Target.telegram(1001),
        domains=("agents",),
        choice=Choice(locale=Locale.ZH, zone="Asia/Shanghai", minute=8 * 60 + 30),
    ),
    Sample(
        name="Eve",
        target=Target.email("eve@example.org"),
        domains=None,
        choice=Choice(locale=Locale.EN, zone="Europe/Berlin", minute=7 * 60),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One sample's digest as it was written: how many papers, and the file to open."""

    sample: Sample
    papers: int
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEnd:
    """What the demo did; ``domains`` holds names with their numbers of papers, the largest first."""

    day: date
    papers: int
    problems: int
    domains: Sequence[tuple[str, int]]
    letters: Sequence[Letter]


async def demo(out: Path) -> DemoEnd:
    """Read the seeds, enrol three samples, let their hour come, and write what they get under ``out``.

    Raises ``BadRequest`` where the seeds or the folder are not there, or somebody got nothing.
    """
    settings = await asyncio.to_thread(_fresh_settings, out)
    clock = SetClock(system_clock())
    async with opened(settings, clock) as core:
        problems = await _read_seeds(core)
        day = await core.archive.today()
        if day is None:
            raise BadRequest(f"no papers in {SEEDS}/; run this in the project's own folder")
        clock.at = datetime.combine(day.date, EVENING, tzinfo=UTC)
        enrolled = [await core.membership.enrol([one.target], one.domains, **one.choice) for one in SAMPLES]
        async with wheel(core) as turning:
            for hour in sorted(reader.subscriber.next_at or clock.at for reader in enrolled):
                clock.at = hour
                await turning.turn()
        rows = await core.store.outbox.rows()
        return DemoEnd(
            day=day.date,
            papers=day.papers,
            problems=problems,
            domains=_counted(core.taxonomy, day.domains),
            letters=[_letter(sample, rows) for sample in SAMPLES],
        )


async def _read_seeds(core: Core) -> int:
    """Take the seeds in; give the number of their problems."""
    problems = 0
    for file in report_files(SEEDS):
        taken = await take(core.archive, Found(path=file, data=read_report(file)))
        if taken.ingested is None:
            raise BadRequest(f"{file}: {taken.refused}")
        problems += len(taken.ingested.problems)
    return problems


def _letter(sample: Sample, rows: Sequence[Listed]) -> Letter:
    row = next((row for row in rows if row.target == sample.target), None)
    if row is None or row.state is not DeliveryState.SENT:
        raise BadRequest(
            f"{sample.name} got nothing: {reason_in_english(row.reason) if row else 'no digest was written'}"
        )
    file = Path(row.receipts[0])
    shown = file.with_suffix(".html" if file.suffix == ".eml" else ".txt")
    return Letter(sample=sample, papers=row.papers, file=shown)


def _counted(taxonomy: Taxonomy, counts: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    named = [(taxonomy.name(slug, Locale.EN), count) for slug, count in counts.items()]
    return sorted(named, key=lambda one: (-one[1], one[0]))


def _fresh_settings(out: Path) -> Settings:
    """Give the embedded defaults, writing under ``out``; an earlier demo's files there are replaced."""
    try:
        make_private_folder(out)
        for old in (*out.glob(f"{DATABASE}*"), *out.glob("mail/*")):
            old.unlink()
    except OSError as error:
        raise BadRequest(f"{out}: cannot be written ({error.strerror}); choose another with --out") from error
    return Settings.load(
        {"DATABASE_URL": f"sqlite+aiosqlite:///{out / DATABASE}", "MAIL_DIR": str(out / "mail")}
    )
