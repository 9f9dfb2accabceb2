"""A year of hourly looks with random downtime: one digest a due day, or one folded one, and never two."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.edition import Due, Edition, turn
from digest.hours import next_turn
from digest.model import Candidate, Preferences, Rhythm, Subscriber

START = datetime(2027, 12, 1, 0, 0, tzinfo=UTC)
HOURS = 366 * 24
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai")


def papers_until(now: datetime) -> tuple[Candidate, ...]:
    """Give a paper for each of the last four weeks' days: one comes at 03:00 UTC every day."""
    last = (now - START - timedelta(hours=3)).days + 1
    return tuple(
        Candidate(paper=f"p{n}", seq=n, date=(START + timedelta(days=n)).date(), domains=("robotics",))
        for n in range(max(1, last - 27), last + 1)
    )


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=6, deadline=None)
@example(minute=181, rhythm=Rhythm.DAILY, away=[])
@given(
    minute=st.integers(0, 1439),
    rhythm=st.sampled_from([Rhythm.DAILY, Rhythm.WEEKDAYS]),
    away=st.lists(st.tuples(st.integers(0, HOURS), st.sampled_from([1, 3, 7, 30, 72])), max_size=12),
)
def test_a_year_gives_each_due_day_one_digest_or_a_folded_one(
    zone: str, minute: int, rhythm: Rhythm, away: list[tuple[int, int]]
) -> None:
    chosen = Preferences(domains=None, zone=zone, minute=minute, rhythm=rhythm)
    reader = Subscriber(
        id=1, preferences=chosen, created_at=START, next_at=next_turn(chosen, after=START), watermark=0
    )
    down = {hour + further for hour, long in away for further in range(long)}
    served, seen = list[datetime](), list[str]()

    for hour in range(HOURS):
        now = START + timedelta(hours=hour)
        if hour in down or reader.next_at is None or reader.next_at > now:
            continue
        candidates = papers_until(now)
        edition = Edition(date=candidates[-1].date, candidates=candidates) if candidates else None
        end = turn(Due(subscriber=reader), edition, now)
        if end.digest is not None and end.served_at is not None:
            served.append(end.served_at)
            # Where the clocks change, a digest may hold two days' papers, the newest day's first.
            seen += sorted((pick.paper for pick in end.digest.picks), key=lambda name: int(name[1:]))
        reader = replace(reader, next_at=end.next_at, served_at=end.served_at, watermark=end.watermark)

    days = [at.astimezone(ZoneInfo(zone)).date() for at in served]
    assert days == sorted(set(days))
    assert len(seen) == len(set(seen))
    if not down:
        assert seen == sorted(seen, key=lambda name: int(name[1:])) or rhythm is Rhythm.WEEKDAYS
        assert len(days) >= (364 if rhythm is Rhythm.DAILY else 259)
    assert len(seen) >= 360 - 5


def test_a_program_that_looks_once_a_day_serves_everybody() -> None:
    chosen = Preferences(domains=None, minute=9 * 60)
    reader = Subscriber(id=1, preferences=chosen, created_at=START, next_at=next_turn(chosen, after=START))
    digests = 0

    for day in range(1, 9):
        now = START + timedelta(days=day, hours=8, minutes=31)
        candidates = papers_until(now)
        end = turn(
            Due(subscriber=reader), Edition(date=candidates[-1].date, candidates=candidates), now
        ) if reader.next_at and reader.next_at <= now else None  # fmt: skip
        if end:
            digests += end.digest is not None
            reader = replace(reader, next_at=end.next_at, served_at=end.served_at, watermark=end.watermark)

    assert digests >= 3


def test_after_days_away_an_hour_that_has_just_come_is_served() -> None:
    chosen = Preferences(domains=None, minute=8 * 60)
    reader = Subscriber(id=1, preferences=chosen, created_at=START, next_at=next_turn(chosen, after=START))
    now = START + timedelta(days=4, hours=8, seconds=30)
    candidates = papers_until(now)

    end = turn(Due(subscriber=reader), Edition(date=candidates[-1].date, candidates=candidates), now)

    assert end.digest is not None
    assert end.served_at == now - timedelta(seconds=30)
    assert end.next_at == START + timedelta(days=5, hours=8)
