"""Days and times of day, in the words of people."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from digest.telegram.input.dates import parse_future_date, parse_past_date, parse_time_of_day

TODAY = date(2026, 11, 28)
"""A Saturday."""


def test_people_name_a_day_in_many_ways() -> None:
    rows = [
        ("2026-12-05", date(2026, 12, 5)),
        ("until 2026/12/5", date(2026, 12, 5)),
        ("2026年12月5日", date(2026, 12, 5)),
        ("12月5日", date(2026, 12, 5)),
        ("到12月5号", date(2026, 12, 5)),
        ("12-05", date(2026, 12, 5)),
        ("5 December", date(2026, 12, 5)),
        ("until Dec 5th", date(2026, 12, 5)),
        ("1 March", date(2027, 3, 1)),
        ("1 March 2027", date(2027, 3, 1)),
        ("28 november", date(2027, 11, 28)),
        ("a week", date(2026, 12, 5)),
        ("for two weeks", date(2026, 12, 12)),
        ("10 days", date(2026, 12, 8)),
        ("10 天", date(2026, 12, 8)),
        ("twelve days", date(2026, 12, 10)),
        ("十二天", date(2026, 12, 10)),
        ("twenty-one days", date(2026, 12, 19)),
        ("二十天", date(2026, 12, 18)),
        ("两周", date(2026, 12, 12)),
        ("一个月", date(2026, 12, 28)),
        ("3 months", date(2027, 2, 28)),
        ("半个月", date(2026, 12, 13)),
        ("到2月", date(2027, 2, 1)),
        ("到5日", date(2026, 12, 5)),
        ("29号", date(2026, 11, 29)),
        ("5天", date(2026, 12, 3)),
        ("2个月", date(2027, 1, 28)),
        ("tomorrow", date(2026, 11, 29)),
        ("后天", date(2026, 11, 30)),
        ("monday", date(2026, 11, 30)),
        ("next Saturday", date(2026, 12, 5)),
        ("下周一", date(2026, 11, 30)),
        ("１２月５日", date(2026, 12, 5)),
    ]

    assert not [(words, day) for words, day in rows if parse_future_date(words, TODAY) != day]


def test_what_is_no_day_is_none() -> None:
    rows = [
        "",
        "soon",
        "2026-13-01",
        "31 February",
        "0 days",
        "0 months",
        "5 Foo",
        "5 marble",
        "next",
        "1" * 50,
        "十二",
    ]

    assert not [words for words in rows if parse_future_date(words, TODAY) is not None]


@given(words=st.text(max_size=60))
def test_no_words_break_it(words: str) -> None:
    day = parse_future_date(words, TODAY)

    assert day is None or isinstance(day, date)


def test_a_day_behind_is_the_newest_of_that_name() -> None:
    rows = [
        ("24 January 2026", date(2026, 1, 24)),
        ("January 24, 2026", date(2026, 1, 24)),
        ("24 January", date(2026, 1, 24)),
        ("1月24日", date(2026, 1, 24)),
        ("12月5日", date(2025, 12, 5)),
        ("28 Nov", TODAY),
        ("yesterday", date(2026, 11, 27)),
        ("昨天", date(2026, 11, 27)),
        ("robotics", None),
        ("31 February", None),
    ]

    assert not [(words, day) for words, day in rows if parse_past_date(words, TODAY) != day]


def test_an_hour_is_understood() -> None:
    rows = [
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
    ]

    assert not [(text, hour, minute) for text, hour, minute in rows if parse_time_of_day(text) != hour * 60 + minute]


def test_what_is_no_hour_is_none() -> None:
    rows = ["", "late", "25", "8:61", "13am", "-3", "8 30", "12345", "8:30:15", "1e3", "早上晚上8点", "8" * 5000]

    assert not [text for text in rows if parse_time_of_day(text) is not None]


@given(minute=st.integers(0, 1439))
def test_every_minute_is_read_back_from_a_clock(minute: int) -> None:
    assert parse_time_of_day(f"{minute // 60}:{minute % 60:02}") == minute


@given(text=st.text(max_size=60))
def test_any_text_gives_a_minute_of_the_day_or_none(text: str) -> None:
    minute = parse_time_of_day(text)

    assert minute is None or 0 <= minute < 1440
