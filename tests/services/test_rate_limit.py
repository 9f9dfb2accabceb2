"""How many commands one person may give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.services.rate_limit import RateLimiter, RateLimitResult


def test_twenty_commands_a_minute_pass_and_the_next_is_told_once() -> None:
    bucket = RateLimiter()

    answers = [bucket.allow(42, float(second)) for second in range(23)]

    assert answers[:20] == [RateLimitResult.ALLOWED] * 20
    assert answers[20:] == [RateLimitResult.DENIED_FIRST, RateLimitResult.DENIED, RateLimitResult.DENIED]


def test_one_persons_haste_is_not_anothers() -> None:
    bucket = RateLimiter(limit=1)
    bucket.allow(42, 0)

    assert bucket.allow(42, 1) is RateLimitResult.DENIED_FIRST
    assert bucket.allow(43, 1) is RateLimitResult.ALLOWED


def test_whoever_waited_is_heard_and_may_be_told_again() -> None:
    bucket = RateLimiter(limit=1)
    before = [bucket.allow(42, 0), bucket.allow(42, 1), bucket.allow(42, 2)]

    after = [bucket.allow(42, 60), bucket.allow(42, 61)]

    assert before == [RateLimitResult.ALLOWED, RateLimitResult.DENIED_FIRST, RateLimitResult.DENIED]
    assert after == [RateLimitResult.ALLOWED, RateLimitResult.DENIED_FIRST]


def test_nobody_is_remembered_for_long() -> None:
    bucket = RateLimiter()
    for person in range(1000):
        bucket.allow(person, 0)

    bucket.allow(1000, 61)

    assert len(bucket) == 1


def test_without_a_bound_everything_passes() -> None:
    bucket = RateLimiter(limit=None)

    assert {bucket.allow(42, 0) for _ in range(100)} == {RateLimitResult.ALLOWED}


@given(gaps=st.lists(st.floats(0, 30), max_size=60), most=st.integers(1, 5))
def test_never_more_than_the_bound_pass_in_any_minute(gaps: list[float], most: int) -> None:
    bucket, now, passed = RateLimiter(limit=most), 0.0, []

    for gap in gaps:
        now += gap
        if bucket.allow(42, now) is RateLimitResult.ALLOWED:
            passed.append(now)

    assert all(later - earlier >= 60 for earlier, later in zip(passed, passed[most:], strict=False))


@pytest.mark.parametrize("seconds", [59.9, 60.0])
def test_a_minute_is_sixty_seconds(seconds: float) -> None:
    bucket = RateLimiter(limit=1)
    bucket.allow(42, 0)

    assert (bucket.allow(42, seconds) is RateLimitResult.ALLOWED) == (seconds >= 60)
