"""Weeks of ticks with random downtime, reports and changes of mind: laws of editions, on the real store."""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Channel, Digest, Frequency, Paper, Target
from digest.model.clock import FixedClock
from digest.services.editions import EditionService
from digest.services.subscriptions import SubscriptionService
from digest.storage import Store, open_store
from tests.support.database import NOW, make_paper, save_report, subscription_service

CHAT = Target.telegram(42)
SLUGS = ("agents", "robotics", "vision")
CHOSEN_DOMAINS = ("robotics", "vision")
ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Auckland", "Pacific/Niue", "Europe/Berlin")


@dataclass(frozen=True, slots=True)
class SleepStep:
    """The program is away, or simply waits for its next tick."""

    hours: int


@dataclass(frozen=True, slots=True)
class ReportStep:
    """A report of today comes: new papers, each with a domain, and some that were there before."""

    new_domains: tuple[str, ...]
    repeated: int


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """The reader changes a setting."""

    name: str
    value: object


@dataclass(frozen=True, slots=True)
class PauseStep:
    """The reader pauses and goes on at once: what is queued is cancelled."""


step_strategy = st.one_of(
    st.builds(SleepStep, st.sampled_from((1, 1, 1, 2, 3, 7, 13, 30))),
    st.builds(SleepStep, st.sampled_from((1, 2, 5))),
    st.builds(ReportStep, st.lists(st.sampled_from(SLUGS), max_size=3).map(tuple), st.integers(0, 3)),
    st.builds(ChangeStep, st.just("send_minute"), st.sampled_from((0, 30, 480, 1200, 1439))),
    st.builds(ChangeStep, st.just("timezone"), st.sampled_from(ZONES)),
    st.builds(ChangeStep, st.just("frequency"), st.sampled_from(Frequency)),
)


@dataclass(slots=True)
class SubscriberWeeks:
    """A reader's weeks: what came, and which digests went out."""

    store: Store
    clock: FixedClock
    desk: EditionService
    people: SubscriptionService
    papers: list[Paper] = field(default_factory=list)
    arrival_days: dict[str, date] = field(default_factory=dict)
    digest_times: list[datetime] = field(default_factory=list)
    duplicate_days: list[date] = field(default_factory=list)

    async def do_step(self, step: SleepStep | ReportStep | ChangeStep | PauseStep) -> None:
        """Let one thing happen, and the desk look."""
        match step:
            case SleepStep(hours=hours):
                self.clock.advance(timedelta(hours=hours))
            case ReportStep(new_domains=fresh, repeated=repeated):
                await self.ingest_report(fresh, repeated)
            case ChangeStep(name=name, value=value):
                await self.people.update_preferences(CHAT, **{name: value})  # type: ignore[arg-type] # drawn to fit
            case PauseStep():
                await self.people.pause(CHAT)
                await self.people.resume(CHAT)
        await self.queue_due()

    async def ingest_report(self, fresh: tuple[str, ...], repeated: int = 0) -> None:
        """Take a report of today in."""
        new = [make_paper(len(self.papers) + number, slug) for number, slug in enumerate(fresh)]
        old = self.papers[-repeated:] if repeated else []
        self.papers += new
        self.arrival_days |= dict.fromkeys((paper.id for paper in new), self.clock().date())
        if new or old:
            await save_report(self.store, self.clock().date(), *old, *new)

    async def queue_due(self) -> None:
        """Serve; note when a digest was due, and where the reader's present day had one already."""
        if not (await self.desk.queue_due_digests()).deliveries:
            return
        reader = await self.people.find_profile(CHAT)
        assert reader is not None
        assert reader.subscriber.last_digest_at is not None
        zone = ZoneInfo(reader.preferences.timezone)
        day = reader.subscriber.last_digest_at.astimezone(zone).date()
        if any(at.astimezone(zone).date() >= day for at in self.digest_times):
            self.duplicate_days.append(day)
        self.digest_times.append(reader.subscriber.last_digest_at)

    async def quiet_days(self, days: int) -> None:
        """Let days pass as they should, each with a report."""
        await self.people.update_preferences(CHAT, frequency=Frequency.DAILY)
        for _ in range(days * 6):
            if self.clock().hour < 4:
                await self.ingest_report(("robotics",))
            await self.do_step(SleepStep(4))

    async def digest_papers(self) -> list[str]:
        """Return the papers of every digest that was written."""
        far = datetime(2030, 1, 1, tzinfo=UTC)
        claimed = await self.store.outbox.claim(Channel.TELEGRAM, "a test", due_at=far, now=NOW, until=far, limit=1000)
        digests = [one.content for one in claimed if isinstance(one.content, Digest)]
        return [pick.paper_id for digest in digests for pick in digest.papers]


async def run_weeks(
    empty_database: Path, steps: list[SleepStep | ReportStep | ChangeStep | PauseStep], *, flush: bool
) -> tuple[SubscriberWeeks, list[str]]:
    """Live through the steps on a store of its own; give the life and the papers that were queued."""
    with tempfile.TemporaryDirectory() as folder:
        clock = FixedClock(NOW)
        file = shutil.copy(empty_database, Path(folder) / "digest.db")
        store = await open_store(f"sqlite+aiosqlite:///{file}", clock)
        life = SubscriberWeeks(
            store, clock, EditionService(store=store.editions, clock=clock), subscription_service(store, clock)
        )
        try:
            await life.people.subscribe(CHAT, CHOSEN_DOMAINS)
            for step in steps:
                await life.do_step(step)
            if flush:
                await life.quiet_days(3)
            return life, await life.digest_papers()
        finally:
            await store.close()


@settings(max_examples=settings().max_examples // 5)  # a life takes a second
@given(steps=st.lists(step_strategy, min_size=10, max_size=60))
def test_no_paper_comes_twice_none_is_lost_and_a_day_has_one_digest(
    empty_database: Path, steps: list[SleepStep | ReportStep | ChangeStep | PauseStep]
) -> None:
    life, sent = asyncio.run(run_weeks(empty_database, steps, flush=True))

    mine = [paper.id for paper in life.papers if set(paper.domains) & set(CHOSEN_DOMAINS)]
    today = life.clock().date()
    assert len(sent) == len(set(sent))
    assert life.duplicate_days == []
    assert {paper for paper in mine if life.arrival_days[paper] < today - timedelta(days=1)} <= set(sent)
    assert set(sent) <= set(mine)


@settings(max_examples=settings().max_examples // 5)  # a life takes a second
@given(steps=st.lists(step_strategy | st.builds(PauseStep), min_size=10, max_size=60))
def test_a_local_day_never_has_two_digests(
    empty_database: Path, steps: list[SleepStep | ReportStep | ChangeStep | PauseStep]
) -> None:
    life, sent = asyncio.run(run_weeks(empty_database, steps, flush=False))

    assert len(sent) == len(set(sent))
    assert life.duplicate_days == []
