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

from digest.clock import SetClock
from digest.edition import EditionDesk
from digest.membership import Membership
from digest.model import Channel, Digest, Paper, Rhythm, Target
from digest.store import Store, open_store
from tests.support.stores import NOW, a_paper, membership_on, take_in

CHAT = Target.telegram(42)
SLUGS = ("agents", "robotics", "vision")
CHOSEN = ("robotics", "vision")
ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Auckland", "Pacific/Niue", "Europe/Berlin")


@dataclass(frozen=True, slots=True)
class Sleep:
    """The program is away, or simply waits for its next tick."""

    hours: int


@dataclass(frozen=True, slots=True)
class Arrive:
    """A report of today comes: new papers, each with a domain, and some that were there before."""

    fresh: tuple[str, ...]
    repeated: int


@dataclass(frozen=True, slots=True)
class Change:
    """The reader changes a setting."""

    name: str
    value: object


@dataclass(frozen=True, slots=True)
class Rest:
    """The reader pauses and goes on at once: what is queued is cancelled."""


steps = st.one_of(
    st.builds(Sleep, st.sampled_from((1, 1, 1, 2, 3, 7, 13, 30))),
    st.builds(Sleep, st.sampled_from((1, 2, 5))),
    st.builds(Arrive, st.lists(st.sampled_from(SLUGS), max_size=3).map(tuple), st.integers(0, 3)),
    st.builds(Change, st.just("minute"), st.sampled_from((0, 30, 480, 1200, 1439))),
    st.builds(Change, st.just("zone"), st.sampled_from(ZONES)),
    st.builds(Change, st.just("rhythm"), st.sampled_from(Rhythm)),
)


@dataclass(slots=True)
class Life:
    """A reader's weeks: what came, and which digests went out."""

    store: Store
    clock: SetClock
    desk: EditionDesk
    people: Membership
    papers: list[Paper] = field(default_factory=list)
    came: dict[str, date] = field(default_factory=dict)
    served: list[datetime] = field(default_factory=list)
    twice: list[date] = field(default_factory=list)

    async def live(self, step: Sleep | Arrive | Change | Rest) -> None:
        """Let one thing happen, and the desk look."""
        match step:
            case Sleep(hours=hours):
                self.clock.forward(timedelta(hours=hours))
            case Arrive(fresh=fresh, repeated=repeated):
                await self.arrive(fresh, repeated)
            case Change(name=name, value=value):
                await self.people.change(CHAT, **{name: value})  # type: ignore[arg-type] # drawn to fit
            case Rest():
                await self.people.pause(CHAT)
                await self.people.resume(CHAT)
        await self.look()

    async def arrive(self, fresh: tuple[str, ...], repeated: int = 0) -> None:
        """Take a report of today in."""
        new = [a_paper(len(self.papers) + number, slug) for number, slug in enumerate(fresh)]
        old = self.papers[-repeated:] if repeated else []
        self.papers += new
        self.came |= dict.fromkeys((paper.id for paper in new), self.clock().date())
        if new or old:
            await take_in(self.store, self.clock().date(), *old, *new)

    async def look(self) -> None:
        """Serve; note when a digest was due, and where the reader's present day had one already."""
        if not (await self.desk.serve()).deliveries:
            return
        reader = await self.people.reader(CHAT)
        assert reader is not None
        assert reader.subscriber.served_at is not None
        zone = ZoneInfo(reader.preferences.zone)
        day = reader.subscriber.served_at.astimezone(zone).date()
        if any(at.astimezone(zone).date() >= day for at in self.served):
            self.twice.append(day)
        self.served.append(reader.subscriber.served_at)

    async def quiet_days(self, days: int) -> None:
        """Let days pass as they should, each with a report."""
        await self.people.change(CHAT, rhythm=Rhythm.DAILY)
        for _ in range(days * 6):
            if self.clock().hour < 4:
                await self.arrive(("robotics",))
            await self.live(Sleep(4))

    async def sent(self) -> list[str]:
        """Give the papers of every digest that was written."""
        far = datetime(2030, 1, 1, tzinfo=UTC)
        claimed = await self.store.outbox.claim(
            Channel.TELEGRAM, "a test", due=far, now=NOW, until=far, most=1000
        )
        digests = [one.content for one in claimed if isinstance(one.content, Digest)]
        return [pick.paper for digest in digests for pick in digest.picks]


async def a_life(
    blank: Path, steps: list[Sleep | Arrive | Change | Rest], *, flush: bool
) -> tuple[Life, list[str]]:
    """Live through the steps on a store of its own; give the life and the papers that were queued."""
    with tempfile.TemporaryDirectory() as folder:
        clock = SetClock(NOW)
        file = shutil.copy(blank, Path(folder) / "digest.db")
        store = await open_store(f"sqlite+aiosqlite:///{file}", clock)
        life = Life(
            store, clock, EditionDesk(editions=store.editions, clock=clock), membership_on(store, clock)
        )
        try:
            await life.people.subscribe(CHAT, CHOSEN)
            for step in steps:
                await life.live(step)
            if flush:
                await life.quiet_days(3)
            return life, await life.sent()
        finally:
            await store.close()


@settings(max_examples=settings().max_examples // 5)  # a life takes a second
@given(steps=st.lists(steps, min_size=10, max_size=60))
def test_no_paper_comes_twice_none_is_lost_and_a_day_has_one_digest(
    blank: Path, steps: list[Sleep | Arrive | Change | Rest]
) -> None:
    life, sent = asyncio.run(a_life(blank, steps, flush=True))

    mine = [paper.id for paper in life.papers if set(paper.domains) & set(CHOSEN)]
    today = life.clock().date()
    assert len(sent) == len(set(sent))
    assert life.twice == []
    assert {paper for paper in mine if life.came[paper] < today - timedelta(days=1)} <= set(sent)
    assert set(sent) <= set(mine)


@settings(max_examples=settings().max_examples // 5)  # a life takes a second
@given(steps=st.lists(steps | st.builds(Rest), min_size=10, max_size=60))
def test_a_local_day_never_has_two_digests(blank: Path, steps: list[Sleep | Arrive | Change | Rest]) -> None:
    life, sent = asyncio.run(a_life(blank, steps, flush=False))

    assert len(sent) == len(set(sent))
    assert life.twice == []
