"""The hour of the day as people type it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.telegram.input.times import parse_time_of_day


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("8", 8, 0),
        ("08", 8, 0),
        ("8:30", 8, 30),
        ("8.30", 8, 30),
        ("8：30", 8, 30),
        ("２０：３０", 20, 30),
        ("0830", 8, 30),
        ("830", 8, 30),
        ("8am", 8, 0),
        ("8 a.m.", 8, 0),
        ("8:30pm", 20, 30),
        ("8 P.M.", 20, 0),
        ("12am", 0, 0),
        ("12pm", 12, 0),
        ("20h", 20, 0),
        ("8h30", 8, 30),
        ("at 8", 8, 0),
        ("8 o'clock", 8, 0),
        ("noon", 12, 0),
        ("midnight", 0, 0),
        ("24:00", 0, 0),
        ("8点", 8, 0),
        ("8点半", 8, 30),
        ("8點半", 8, 30),
        ("8点30分", 8, 30),
        ("8点一刻", 8, 15),
        ("八点半", 8, 30),
        ("十二点", 12, 0),
        ("二十点", 20, 0),
        ("二十三点", 23, 0),
        ("早上8点", 8, 0),
        ("上午10点30", 10, 30),
        ("中午12点", 12, 0),
        ("中午1点", 13, 0),
        ("下午三点", 15, 0),
        ("晚上八点半", 20, 30),
        ("晚上12点", 0, 0),
        ("凌晨1点", 1, 0),
        ("中午", 12, 0),
    ],
)
def test_an_hour_is_understood(text: str, hour: int, minute: int) -> None:
    assert parse_time_of_day(text) == hour * 60 + minute


@pytest.mark.parametrize(
    "text", ["", "late", "25", "8:61", "13am", "-3", "8 30", "12345", "8:30:15", "1e3", "早上晚上8点", "8" * 5000]
)
def test_what_is_no_hour_is_none(text: str) -> None:
    assert parse_time_of_day(text) is None


@given(minute=st.integers(0, 1439))
def test_every_minute_is_read_back_from_a_clock(minute: int) -> None:
    assert parse_time_of_day(f"{minute // 60}:{minute % 60:02}") == minute


@given(text=st.text(max_size=60))
def test_any_text_gives_a_minute_of_the_day_or_none(text: str) -> None:
    minute = parse_time_of_day(text)

    assert minute is None or 0 <= minute < 1440
