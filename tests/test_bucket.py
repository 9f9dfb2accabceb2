"""How many commands one person may give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.bucket import Bucket, Pour


def test_twenty_commands_a_minute_pass_and_the_next_is_told_once() -> None:
    bucket = Bucket()

    answers = [bucket.pour(42, float(second)) for second in range(23)]

    assert answers[:20] == [Pour.YES] * 20
    assert answers[20:] == [Pour.FIRST_NO, Pour.NO, Pour.NO]


def test_one_persons_haste_is_not_anothers() -> None:
    bucket = Bucket(most=1)
    bucket.pour(42, 0)

    assert bucket.pour(42, 1) is Pour.FIRST_NO
    assert bucket.pour(43, 1) is Pour.YES


def test_whoever_waited_is_heard_and_may_be_told_again() -> None:
    bucket = Bucket(most=1)
    before = [bucket.pour(42, 0), bucket.pour(42, 1), bucket.pour(42, 2)]

    after = [bucket.pour(42, 60), bucket.pour(42, 61)]

    assert before == [Pour.YES, Pour.FIRST_NO, Pour.NO]
    assert after == [Pour.YES, Pour.FIRST_NO]


def test_nobody_is_remembered_for_long() -> None:
    bucket = Bucket()
    for person in range(1000):
        bucket.pour(person, 0)

    bucket.pour(1000, 61)

    assert len(bucket) == 1


def test_without_a_bound_everything_passes() -> None:
    bucket = Bucket(most=None)

    assert {bucket.pour(42, 0) for _ in range(100)} == {Pour.YES}


@given(gaps=st.lists(st.floats(0, 30), max_size=60), most=st.integers(1, 5))
def test_never_more_than_the_bound_pass_in_any_minute(gaps: list[float], most: int) -> None:
    bucket, now, passed = Bucket(most=most), 0.0, []

    for gap in gaps:
        now += gap
        if bucket.pour(42, now) is Pour.YES:
            passed.append(now)

    assert all(later - earlier >= 60 for earlier, later in zip(passed, passed[most:], strict=False))


@pytest.mark.parametrize("seconds", [59.9, 60.0])
def test_a_minute_is_sixty_seconds(seconds: float) -> None:
    bucket = Bucket(most=1)
    bucket.pour(42, 0)

    assert (bucket.pour(42, seconds) is Pour.YES) == (seconds >= 60)
