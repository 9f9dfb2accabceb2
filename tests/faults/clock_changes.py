"""F16 and F17: clocks that jump, days of 23 and 25 hours, and services that were away."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from digest.app.container import Container
from digest.model import Preferences, Target
from digest.model.clock import FixedClock
from digest.services.editions import plan_digest
from digest.services.schedule import MAX_DELAY, next_delivery_time
from tests.faults.environment import CampaignEnv, CampaignRun, campaign_env
from tests.faults.made_up_reports import report_bytes
from tests.faults.score import CampaignResult, CampaignScore, Promises, add_scores

ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Shanghai",
)
MINUTES = (0, 30, 90, 120, 150, 180, 480, 1439)
CLOCK_CHANGES = (
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 4, 24),
    date(2026, 9, 6),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 10, 30),
    date(2026, 11, 1),
    date(2026, 12, 31),
    date(2028, 2, 29),
)
"""When clocks change in these zones in 2026, the end of a year, and a leap day."""

REPORT_AT = time(4)
PAPERS_PER_REPORT = 2
RESTORE_SUBSCRIBERS = (
    "UPDATE subscribers SET (next_digest_at, last_digest_at, last_paper_seq) ="
    " (SELECT next_digest_at, last_digest_at, last_paper_seq"
    " FROM campaign_before b WHERE b.id = subscribers.id)"
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class SimulatedDays:
    """A desk whose days go by: reports come at four in the morning (UTC), ticks come as they are told."""

    core: Container
    clock: FixedClock
    env: CampaignEnv
    first: date
    days: int
    subscriber_count: int = 0
    ingested: set[date] = field(default_factory=set)

    async def add_subscribers(self, minutes: Sequence[int]) -> None:
        """Enrol a reader for each zone and hour."""
        for zone, minute in product(ZONES, minutes):
            self.subscriber_count += 1
            unit = Target.email(f"u{self.subscriber_count:06d}@example.org")
            await self.core.subscriptions.add_subscriber([unit], None, timezone=zone, send_minute=minute)

    async def tick(self, at: datetime) -> int:
        """Stand at a moment: take in the reports that are there by then, serve; give the digests written."""
        self.clock.now = at
        for number in range(self.days):
            day = self.first + number * DAY
            if day not in self.ingested and at >= datetime.combine(day, REPORT_AT, tzinfo=UTC):
                self.ingested.add(day)
                await self.core.archive.ingest(report_bytes(day, PAPERS_PER_REPORT), name=f"{day}.md")
        return (await self.core.editions.queue_due_digests()).deliveries

    async def run_ticks(self, start: datetime, end: datetime, step: timedelta = HOUR) -> None:
        """Tick from a moment to another."""
        for at in _tick_times(start, end, step):
            await self.tick(at)

    def score(self, promises: Promises, name: str) -> CampaignScore:
        """Count every paper of every reader: each must have come once; and no digest twice."""
        found = self.env.query("SELECT endpoint_id, content FROM outbox WHERE kind = 'digest' AND state <> 'cancelled'")
        had = Counter(
            (place, paper["paper_id"]) for place, content in found for paper in json.loads(str(content))["papers"]
        )
        twice = self.env.query(
            "SELECT 1 FROM outbox WHERE kind = 'digest' GROUP BY endpoint_id, edition_id HAVING count(*) > 1"
        )
        promises.check(not twice, f"{name}: {len(twice)} readers have two digests of a date")
        expected = self.subscriber_count * PAPERS_PER_REPORT * len(self.ingested)
        return CampaignScore(total=expected, lost=expected - len(had), duplicated=sum(n > 1 for n in had.values()))


async def check_clock_jumps(run: CampaignRun) -> CampaignResult:
    """F16: one digest for each reader and date, and each paper once, whatever the clock does."""
    changes = run.rng.sample(CLOCK_CHANGES, run.by_size(small=1, full=len(CLOCK_CHANGES)))
    step, stride = HOUR / run.by_size(small=1, full=2), HOUR * run.by_size(small=3, full=1)
    promises, scores = Promises(), list[CampaignScore]()
    for middle in changes:
        async with _simulated_days(run, middle - 2 * DAY, days=4) as calendar:
            scores.append(await _check_plain_days(calendar, step, promises))
    for jump in run.rng.sample((HOUR, -HOUR, DAY, -DAY), run.by_size(small=2, full=4)):
        async with _simulated_days(run, run.rng.choice(CLOCK_CHANGES) - 2 * DAY, days=4) as calendar:
            scores.append(await _check_jump(calendar, jump, stride, promises))
    async with _simulated_days(run, run.rng.choice(CLOCK_CHANGES), days=1) as calendar:
        scores.append(await _check_written_twice(calendar, promises))
    what = f"clock ±1 h, ±1 day; {len(changes)} changes of the clocks, 6 zones"
    return promises.result("F16", what, add_scores(scores))


async def check_downtime(run: CampaignRun) -> CampaignResult:
    """F17: away for an hour, seven hours, three days: late, folded, and never more than one digest."""
    promises, scores = Promises(), list[CampaignScore]()
    for gap in (HOUR, 7 * HOUR, 3 * DAY):
        async with _simulated_days(run, run.rng.choice(CLOCK_CHANGES) - 2 * DAY, days=3 + gap.days) as calendar:
            scores.append(await _check_gap(calendar, gap, HOUR * run.by_size(small=3, full=1), promises))
    return promises.result("F17", "down for 1 h, 7 h, 3 days", add_scores(scores))


async def _check_plain_days(calendar: SimulatedDays, step: timedelta, promises: Promises) -> CampaignScore:
    """Let days with a change of the clocks go by: a digest for everybody on each local day."""
    start, end = calendar.clock.now, calendar.clock.now + calendar.days * DAY
    await calendar.run_ticks(start, end, step)
    found = calendar.env.query(
        "SELECT e.subscriber_id, s.timezone, o.created_at FROM outbox o"
        " JOIN endpoints e ON e.id = o.endpoint_id JOIN subscribers s ON s.id = e.subscriber_id"
        " WHERE s.send_minute < 1439"
    )
    days = Counter((reader, _local_day(str(zone), str(at))) for reader, zone, at in found)
    promises.check(max(days.values()) == 1, f"around {calendar.first}: two digests on one local day")
    await calendar.run_ticks(end, end + 2 * DAY)
    return calendar.score(promises, f"around {calendar.first}")


async def _check_jump(calendar: SimulatedDays, jump: timedelta, step: timedelta, promises: Promises) -> CampaignScore:
    """Set the clock wrong in the middle of the second day, and right again a day later."""
    start, end = calendar.clock.now, calendar.clock.now + (calendar.days + 2) * DAY
    wrong = start + DAY + 10 * HOUR
    await calendar.run_ticks(start, wrong, step)
    await calendar.run_ticks(wrong + jump, wrong + jump + DAY, step)
    await calendar.run_ticks(wrong + DAY, end, step)
    return calendar.score(promises, f"clock set wrong by {jump}")


async def _check_gap(calendar: SimulatedDays, gap: timedelta, step: timedelta, promises: Promises) -> CampaignScore:
    """Be away from the second morning on; whoever's turn is not too old is served at once."""
    start, end = calendar.clock.now, calendar.clock.now + (calendar.days + 2) * DAY
    gone = start + DAY + 5 * HOUR
    await calendar.run_ticks(start, gone, step)
    back = gone + gap
    waiting = calendar.env.query("SELECT timezone, send_minute, next_digest_at FROM subscribers")
    late = sum(
        datetime.fromisoformat(str(at)) <= back and _was_due(str(zone), int(str(minute)), back)
        for zone, minute, at in waiting
        if at
    )
    written = await calendar.tick(back)
    promises.check(written == late, f"away for {gap}: {written} digests at once, {late} were due")
    await calendar.run_ticks(back, end, step)
    return calendar.score(promises, f"away for {gap}")


def _was_due(zone: str, minute: int, now: datetime) -> bool:
    """Return whether a daily reader's hour came within the time in which it is still served."""
    turn_after = next_delivery_time(
        Preferences(timezone=zone, send_minute=minute), after=now - MAX_DELAY - timedelta(microseconds=1)
    )
    return turn_after <= now


async def _check_written_twice(calendar: SimulatedDays, promises: Promises) -> CampaignScore:
    """Write turns that were decided before, again, after the clock and the readers were set back."""
    await calendar.run_ticks(calendar.clock.now, calendar.clock.now + 5 * HOUR)
    calendar.clock.advance(DAY)
    editions, now = calendar.core.store.editions, calendar.clock.now
    edition = await editions.current_edition()
    due = await editions.find_due(now, 1000, edition.date if edition else None)
    turns = [plan_digest(one, edition, now) for one in due]
    calendar.env.execute("CREATE TABLE campaign_before AS SELECT * FROM subscribers")
    speaking = sum(one.digest is not None for one in turns)
    promises.check(await editions.queue_digests(edition, turns, now) == speaking > 0, "not every digest was written")
    calendar.env.execute(RESTORE_SUBSCRIBERS)
    await editions.queue_digests(edition, turns, now)
    await calendar.run_ticks(now, now + 2 * DAY)
    return calendar.score(promises, "decided twice")


@asynccontextmanager
async def _simulated_days(run: CampaignRun, first: date, *, days: int) -> AsyncIterator[SimulatedDays]:
    """Return a calendar that begins at midnight (UTC), its readers enrolled."""
    minutes = run.rng.sample(MINUTES, run.by_size(small=4, full=len(MINUTES)))
    clock = FixedClock(datetime.combine(first, time(), tzinfo=UTC))
    async with campaign_env() as place, place.open_container(clock) as core:
        calendar = SimulatedDays(core=core, clock=clock, env=place, first=first, days=days)
        await calendar.add_subscribers(minutes)
        yield calendar


def _tick_times(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    while start < end:
        yield start
        start += step


def _local_day(zone: str, at: str) -> date:
    return datetime.fromisoformat(at).astimezone(ZoneInfo(zone)).date()
