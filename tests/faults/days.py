"""F16 and F17: clocks that jump, days of 23 and 25 hours, and services that were away."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from digest.app.core import Core
from digest.clock import SetClock
from digest.edition import turn
from digest.hours import LATEST, next_turn
from digest.model import Preferences, Target
from tests.faults.ground import Ground, Run, ground
from tests.faults.paper_text import a_report
from tests.faults.score import Promises, Result, Score, together

ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Shanghai",
)
MINUTES = (0, 30, 90, 120, 150, 180, 480, 1439)
CHANGES = (
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
PAPERS = 2
SET_BACK = (
    "UPDATE subscribers SET (next_digest_at, last_digest_at, last_paper_seq) ="
    " (SELECT next_digest_at, last_digest_at, last_paper_seq"
    " FROM campaign_before b WHERE b.id = subscribers.id)"
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class Calendar:
    """A desk whose days go by: reports come at four in the morning (UTC), ticks come as they are told."""

    core: Core
    clock: SetClock
    place: Ground
    first: date
    days: int
    readers: int = 0
    came: set[date] = field(default_factory=set)

    async def enrol(self, minutes: Sequence[int]) -> None:
        """Enrol a reader for each zone and hour."""
        for zone, minute in product(ZONES, minutes):
            self.readers += 1
            unit = Target.email(f"u{self.readers:06d}@example.org")
            await self.core.membership.enrol([unit], None, zone=zone, minute=minute)

    async def tick(self, at: datetime) -> int:
        """Stand at a moment: take in the reports that are there by then, serve; give the digests written."""
        self.clock.at = at
        for number in range(self.days):
            day = self.first + number * DAY
            if day not in self.came and at >= datetime.combine(day, REPORT_AT, tzinfo=UTC):
                self.came.add(day)
                await self.core.archive.ingest(a_report(day, PAPERS), name=f"{day}.md")
        return (await self.core.desk.serve()).deliveries

    async def live(self, start: datetime, end: datetime, step: timedelta = HOUR) -> None:
        """Tick from a moment to another."""
        for at in _moments(start, end, step):
            await self.tick(at)

    def score(self, promises: Promises, name: str) -> Score:
        """Count every paper of every reader: each must have come once; and no digest twice."""
        found = self.place.ask(
            "SELECT endpoint_id, content FROM outbox WHERE kind = 'digest' AND state <> 'cancelled'"
        )
        had = Counter(
            (place, pick["paper"]) for place, content in found for pick in json.loads(str(content))["picks"]
        )
        twice = self.place.ask(
            "SELECT 1 FROM outbox WHERE kind = 'digest' GROUP BY endpoint_id, edition_id HAVING count(*) > 1"
        )
        promises.hold(not twice, f"{name}: {len(twice)} readers have two digests of a date")
        expected = self.readers * PAPERS * len(self.came)
        return Score(tried=expected, lost=expected - len(had), twice=sum(n > 1 for n in had.values()))


async def jumping(run: Run) -> Result:
    """F16: one digest for each reader and date, and each paper once, whatever the clock does."""
    changes = run.rng.sample(CHANGES, run.pick(small=1, full=len(CHANGES)))
    step, stride = HOUR / run.pick(small=1, full=2), HOUR * run.pick(small=3, full=1)
    promises, scores = Promises(), list[Score]()
    for middle in changes:
        async with _calendar(run, middle - 2 * DAY, days=4) as calendar:
            scores.append(await _plain_days(calendar, step, promises))
    for jump in run.rng.sample((HOUR, -HOUR, DAY, -DAY), run.pick(small=2, full=4)):
        async with _calendar(run, run.rng.choice(CHANGES) - 2 * DAY, days=4) as calendar:
            scores.append(await _with_a_jump(calendar, jump, stride, promises))
    async with _calendar(run, run.rng.choice(CHANGES), days=1) as calendar:
        scores.append(await _decided_twice(calendar, promises))
    what = f"clock ±1 h, ±1 day; {len(changes)} changes of the clocks, 6 zones"
    return promises.of("F16", what, together(scores))


async def away(run: Run) -> Result:
    """F17: away for an hour, seven hours, three days: late, folded, and never more than one digest."""
    promises, scores = Promises(), list[Score]()
    for gap in (HOUR, 7 * HOUR, 3 * DAY):
        async with _calendar(run, run.rng.choice(CHANGES) - 2 * DAY, days=3 + gap.days) as calendar:
            scores.append(await _with_a_gap(calendar, gap, HOUR * run.pick(small=3, full=1), promises))
    return promises.of("F17", "down for 1 h, 7 h, 3 days", together(scores))


async def _plain_days(calendar: Calendar, step: timedelta, promises: Promises) -> Score:
    """Let days with a change of the clocks go by: a digest for everybody on each local day."""
    start, end = calendar.clock.at, calendar.clock.at + calendar.days * DAY
    await calendar.live(start, end, step)
    found = calendar.place.ask(
        "SELECT e.subscriber_id, s.timezone, o.created_at FROM outbox o"
        " JOIN endpoints e ON e.id = o.endpoint_id JOIN subscribers s ON s.id = e.subscriber_id"
        " WHERE s.minute < 1439"
    )
    days = Counter((reader, _local_day(str(zone), str(at))) for reader, zone, at in found)
    promises.hold(max(days.values()) == 1, f"around {calendar.first}: two digests on one local day")
    await calendar.live(end, end + 2 * DAY)
    return calendar.score(promises, f"around {calendar.first}")


async def _with_a_jump(calendar: Calendar, jump: timedelta, stride: timedelta, promises: Promises) -> Score:
    """Set the clock wrong in the middle of the second day, and right again a day later."""
    start, end = calendar.clock.at, calendar.clock.at + (calendar.days + 2) * DAY
    wrong = start + DAY + 10 * HOUR
    await calendar.live(start, wrong, stride)
    await calendar.live(wrong + jump, wrong + jump + DAY, stride)
    await calendar.live(wrong + DAY, end, stride)
    return calendar.score(promises, f"clock set wrong by {jump}")


async def _with_a_gap(calendar: Calendar, gap: timedelta, stride: timedelta, promises: Promises) -> Score:
    """Be away from the second morning on; whoever's turn is not too old is served at once."""
    start, end = calendar.clock.at, calendar.clock.at + (calendar.days + 2) * DAY
    gone = start + DAY + 5 * HOUR
    await calendar.live(start, gone, stride)
    back = gone + gap
    waiting = calendar.place.ask("SELECT timezone, send_minute, next_digest_at FROM subscribers")
    late = sum(
        datetime.fromisoformat(str(at)) <= back and _has_come(str(zone), int(str(minute)), back)
        for zone, minute, at in waiting
        if at
    )
    written = await calendar.tick(back)
    promises.hold(written == late, f"away for {gap}: {written} digests at once, {late} were due")
    await calendar.live(back, end, stride)
    return calendar.score(promises, f"away for {gap}")


def _has_come(zone: str, minute: int, now: datetime) -> bool:
    """Tell whether a daily reader's hour came within the time in which it is still served."""
    turn_after = next_turn(
        Preferences(zone=zone, minute=minute), after=now - LATEST - timedelta(microseconds=1)
    )
    return turn_after <= now


async def _decided_twice(calendar: Calendar, promises: Promises) -> Score:
    """Write turns that were decided before, again, after the clock and the readers were set back."""
    await calendar.live(calendar.clock.at, calendar.clock.at + 5 * HOUR)
    calendar.clock.forward(DAY)
    editions, now = calendar.core.store.editions, calendar.clock.at
    edition = await editions.edition()
    due = await editions.due(now, 1000, edition.date if edition else None)
    turns = [turn(one, edition, now) for one in due]
    calendar.place.write("CREATE TABLE campaign_before AS SELECT * FROM subscribers")
    speaking = sum(one.digest is not None for one in turns)
    promises.hold(await editions.write(edition, turns, now) == speaking > 0, "not every digest was written")
    calendar.place.write(SET_BACK)
    await editions.write(edition, turns, now)
    await calendar.live(now, now + 2 * DAY)
    return calendar.score(promises, "decided twice")


@asynccontextmanager
async def _calendar(run: Run, first: date, *, days: int) -> AsyncIterator[Calendar]:
    """Give a calendar that begins at midnight (UTC), its readers enrolled."""
    minutes = run.rng.sample(MINUTES, run.pick(small=4, full=len(MINUTES)))
    clock = SetClock(datetime.combine(first, time(), tzinfo=UTC))
    async with ground() as place, place.core(clock) as core:
        calendar = Calendar(core=core, clock=clock, place=place, first=first, days=days)
        await calendar.enrol(minutes)
        yield calendar


def _moments(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    while start < end:
        yield start
        start += step


def _local_day(zone: str, at: str) -> date:
    return datetime.fromisoformat(at).astimezone(ZoneInfo(zone)).date()
