"""How much speaks against an address."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model.bounce import HALF_LIFE_DAYS, decayed_score

START = datetime(2026, 1, 24, 8, tzinfo=UTC)
MOMENTS = st.lists(st.integers(0, 400 * 24 * 60), min_size=1, max_size=60).map(
    lambda minutes: [START + timedelta(minutes=n) for n in sorted(minutes)]
)


def scores_after(moments: list[datetime]) -> list[float]:
    """Return the score after each bounce."""
    scores: list[float] = []
    last: datetime | None = None
    for now in moments:
        scores.append(decayed_score(scores[-1] if scores else 0.0, last, now))
        last = now
    return scores


def test_three_days_in_a_row_are_three_points() -> None:
    assert scores_after([START + timedelta(days=n) for n in range(3)]) == [1, 2, 3]


def test_a_point_is_half_a_point_after_its_half_life() -> None:
    later = START + timedelta(days=HALF_LIFE_DAYS + 1)

    assert decayed_score(1, START, later) == pytest.approx(1.5)


def test_who_bounces_once_a_month_never_has_three() -> None:
    assert max(scores_after([START + timedelta(days=30 * n) for n in range(40)])) < 2.1


@given(moments=MOMENTS)
def test_never_more_than_a_point_a_day(moments: list[datetime]) -> None:
    scores = scores_after(moments)

    assert scores[-1] <= len({one.date() for one in moments})
    for (before, at), (score, now) in pairwise(zip(scores, moments, strict=True)):
        assert score <= before + (at.date() != now.date())


@given(score=st.floats(0, 100), days=st.integers(1, 1_000), more=st.integers(1, 1_000))
def test_the_longer_ago_the_less_it_weighs(score: float, days: int, more: int) -> None:
    soon = decayed_score(score, START, START + timedelta(days=days))
    late = decayed_score(score, START, START + timedelta(days=days + more))

    assert 1 <= late <= soon <= score + 1


@given(score=st.floats(0, 100), more=st.floats(0, 100), days=st.integers(0, 1_000))
def test_who_had_more_has_no_less_afterwards(score: float, more: float, days: int) -> None:
    now = START + timedelta(days=days)

    assert decayed_score(score, START, now) <= decayed_score(score + more, START, now)


@given(days=st.integers(1, 1_000))
def test_a_clock_that_was_set_back_gives_nothing(days: int) -> None:
    assert decayed_score(2.0, START, START - timedelta(days=days)) == 2.0
