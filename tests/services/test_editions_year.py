"""A year of hourly looks with random downtime: one digest a due day, or one folded one, and never two."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.model import Candidate, Frequency, Preferences, Subscriber
from digest.services.editions import DueSubscriber, Edition, plan_digest
from digest.services.schedule import next_delivery_time

START = datetime(2027, 12, 1, 0, 0, tzinfo=UTC)
HOURS = 366 * 24
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai")


def papers_until(now: datetime) -> tuple[Candidate, ...]:
    """Return a paper for each of the last four weeks' days: one comes at 03:00 UTC every day."""
    last = (now - START - timedelta(hours=3)).days + 1
    return tuple(
        Candidate(paper_id=f"p{n}", seq=n, date=(START + timedelta(days=n)).date(), domains=("robotics",))
        for n in range(max(1, last - 27), last + 1)
    )


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=6, deadline=None)
@example(minute=181, rhythm=Frequency.DAILY, away=[])
@given(
    minute=st.integers(0, 1439),
    rhythm=st.sampled_from([Frequency.DAILY, Frequency.WEEKDAYS]),
    away=st.lists(st.tuples(st.integers(0, HOURS), st.sampled_from([1, 3, 7, 30, 72])), max_size=12),
)
def test_a_year_gives_each_due_day_one_digest_or_a_folded_one(
    zone: str, minute: int, rhythm: Frequency, away: list[tuple[int, int]]
) -> None:
    chosen = Preferences(domains=None, timezone=zone, send_minute=minute, frequency=rhythm)
    reader = Subscriber(
        id=1,
        preferences=chosen,
        created_at=START,
        next_digest_at=next_delivery_time(chosen, after=START),
        last_paper_seq=0,
    )
    down = {hour + further for hour, long in away for further in range(long)}
    served, seen = list[datetime](), list[str]()

    for hour in range(HOURS):
        now = START + timedelta(hours=hour)
        if hour in down or reader.next_digest_at is None or reader.next_digest_at > now:
            continue
        candidates = papers_until(now)
        edition = Edition(date=candidates[-1].date, candidates=candidates) if candidates else None
        end = plan_digest(DueSubscriber(subscriber=reader), edition, now)
        if end.digest is not None and end.last_digest_at is not None:
            served.append(end.last_digest_at)
            # Where the clocks change, a digest may hold two days' papers, the newest day's first.
            seen += sorted((pick.paper_id for pick in end.digest.papers), key=lambda name: int(name[1:]))
        reader = replace(
            reader,
            next_digest_at=end.next_digest_at,
            last_digest_at=end.last_digest_at,
            last_paper_seq=end.last_paper_seq,
        )

    days = [at.astimezone(ZoneInfo(zone)).date() for at in served]
    assert days == sorted(set(days))
    assert len(seen) == len(set(seen))
    if not down:
        assert seen == sorted(seen, key=lambda name: int(name[1:])) or rhythm is Frequency.WEEKDAYS
        assert len(days) >= (364 if rhythm is Frequency.DAILY else 259)
    assert len(seen) >= 360 - 5


def test_a_program_that_looks_once_a_day_serves_everybody() -> None:
    chosen = Preferences(domains=None, send_minute=9 * 60)
    reader = Subscriber(
        id=1, preferences=chosen, created_at=START, next_digest_at=next_delivery_time(chosen, after=START)
    )
    digests = 0

    for day in range(1, 9):
        now = START + timedelta(days=day, hours=8, minutes=31)
        candidates = papers_until(now)
        end = plan_digest(
            DueSubscriber(subscriber=reader), Edition(date=candidates[-1].date, candidates=candidates), now
        ) if reader.next_digest_at and reader.next_digest_at <= now else None  # fmt: skip
        if end:
            digests += end.digest is not None
            reader = replace(
                reader,
                next_digest_at=end.next_digest_at,
                last_digest_at=end.last_digest_at,
                last_paper_seq=end.last_paper_seq,
            )

    assert digests >= 3


def test_after_days_away_an_hour_that_has_just_come_is_served() -> None:
    chosen = Preferences(domains=None, send_minute=8 * 60)
    reader = Subscriber(
        id=1, preferences=chosen, created_at=START, next_digest_at=next_delivery_time(chosen, after=START)
    )
    now = START + timedelta(days=4, hours=8, seconds=30)
    candidates = papers_until(now)

    end = plan_digest(DueSubscriber(subscriber=reader), Edition(date=candidates[-1].date, candidates=candidates), now)

    assert end.digest is not None
    assert end.last_digest_at == now - timedelta(seconds=30)
    assert end.next_digest_at == START + timedelta(days=5, hours=8)
