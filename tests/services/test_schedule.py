"""When a reader's next turn is: the clocks' changes by name, and laws for every zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Frequency, Preferences
from digest.model.errors import InvalidInput
from digest.services.schedule import known_timezones, local_to_utc, next_delivery_time, parse_time

ZONES = sorted(known_timezones())
DST_ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo")


def utc(text: str) -> datetime:
    """Return a moment written in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hour", "day", "expected"),
    [
        ("Europe/Berlin", "02:30", "2026-03-29", "2026-03-29T01:00"),
        ("Europe/Berlin", "02:30", "2026-10-25", "2026-10-25T00:30"),
        ("Europe/Berlin", "03:00", "2026-03-29", "2026-03-29T01:00"),
        ("America/New_York", "02:30", "2026-03-08", "2026-03-08T07:00"),
        ("America/New_York", "01:30", "2026-11-01", "2026-11-01T05:30"),
        ("Australia/Lord_Howe", "02:10", "2026-10-04", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", "01:45", "2026-04-05", "2026-04-04T14:45"),
        ("America/Santiago", "00:00", "2026-09-06", "2026-09-06T04:00"),
        ("America/Santiago", "23:30", "2026-04-04", "2026-04-05T02:30"),
        ("Africa/Cairo", "00:30", "2026-04-24", "2026-04-23T22:00"),
        ("Africa/Cairo", "23:30", "2026-10-29", "2026-10-29T20:30"),
        ("Asia/Shanghai", "08:00", "2026-01-24", "2026-01-24T00:00"),
        ("Asia/Kolkata", "00:00", "2026-01-24", "2026-01-23T18:30"),
    ],
)
def test_a_wall_time_that_is_skipped_or_repeated_has_one_instant(zone: str, hour: str, day: str, expected: str) -> None:
    at = local_to_utc(date.fromisoformat(day), parse_time(hour), ZoneInfo(zone))

    assert at == utc(expected)


@pytest.mark.parametrize("zone", [*DST_ZONES, "Asia/Shanghai"])
@pytest.mark.parametrize("minute", [0, 15, 90, 135, 150, 480, 1410])
def test_a_daily_reader_has_one_turn_on_each_day_of_two_years(zone: str, minute: int) -> None:
    preferences = Preferences(timezone=zone, send_minute=minute)
    at = utc("2025-12-30T23:59")
    days: list[date] = []

    for _ in range(730):
        at = next_delivery_time(preferences, after=at, last_digest_at=at if days else None)
        days.append(at.astimezone(ZoneInfo(zone)).date())

    assert days == [days[0] + timedelta(days=n) for n in range(730)]


def test_the_year_and_february_end_like_any_other_day() -> None:
    eight = Preferences(send_minute=480, timezone="Europe/Berlin")

    assert next_delivery_time(eight, after=utc("2026-12-31T08:00")) == utc("2027-01-01T07:00")
    assert next_delivery_time(eight, after=utc("2028-02-28T08:00")) == utc("2028-02-29T07:00")
    assert next_delivery_time(eight, after=utc("2028-02-29T08:00")) == utc("2028-03-01T07:00")


def test_weekdays_wait_from_friday_for_monday() -> None:
    preferences = Preferences(send_minute=480, frequency=Frequency.WEEKDAYS)

    assert next_delivery_time(preferences, after=utc("2026-01-23T08:00")) == utc("2026-01-26T08:00")


def test_the_day_of_the_week_is_the_readers_own() -> None:
    preferences = Preferences(send_minute=30, timezone="Asia/Shanghai", frequency=Frequency.WEEKLY, weekday=0)

    at = next_delivery_time(preferences, after=utc("2026-01-24T12:00"))

    assert at == utc("2026-01-25T16:30")


def test_a_weekly_reader_who_was_served_waits_a_week() -> None:
    preferences = Preferences(send_minute=480, frequency=Frequency.WEEKLY, weekday=2)
    served = utc("2026-01-21T08:00")

    assert next_delivery_time(preferences, after=served, last_digest_at=served) == utc("2026-01-28T08:00")


def test_a_later_hour_on_a_day_already_served_waits_for_tomorrow() -> None:
    preferences = Preferences(send_minute=1200)

    at = next_delivery_time(preferences, after=utc("2026-01-24T09:00"), last_digest_at=utc("2026-01-24T08:00"))

    assert at == utc("2026-01-25T20:00")


def test_a_clock_that_was_a_month_ahead_leaves_a_turn_to_be_found() -> None:
    served = utc("2026-03-01T08:00")

    at = next_delivery_time(Preferences(send_minute=480), after=utc("2026-01-24T09:00"), last_digest_at=served)

    assert at == utc("2026-03-02T08:00")


def test_a_zone_that_the_machine_has_forgotten_counts_as_utc() -> None:
    at = next_delivery_time(Preferences(send_minute=480, timezone="Mars/Olympus_Mons"), after=utc("2026-01-24T09:00"))

    assert at == utc("2026-01-25T08:00")


@pytest.mark.parametrize(("text", "minute"), [("08:05", 485), ("8:05", 485), (" 23:59 ", 1439), ("00:00", 0)])
def test_an_hour_is_read(text: str, minute: int) -> None:
    assert parse_time(text) == minute


@pytest.mark.parametrize("text", ["", "8", "24:00", "08:60", "8:5", "08:00:00", "-1:00"])
def test_what_is_no_hour_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InvalidInput, match="no hour") as caught:
        parse_time(text)

    assert "\n" not in str(caught.value)


moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds carry no zone here
readers = st.builds(
    Preferences,
    send_minute=st.integers(0, 1439),
    timezone=st.sampled_from(ZONES),
    frequency=st.sampled_from(Frequency),
    weekday=st.integers(0, 6),
)


def is_due_on(preferences: Preferences, day: date) -> bool:
    """Return whether a rhythm names a local day, in other words than the code's."""
    named = {Frequency.DAILY: range(7), Frequency.WEEKDAYS: range(5), Frequency.WEEKLY: (preferences.weekday,)}
    return day.weekday() in named[preferences.frequency]


@given(preferences=readers, after=moments)
def test_a_turn_comes_after_now_on_a_due_day_at_the_wall_time(preferences: Preferences, after: datetime) -> None:
    at = next_delivery_time(preferences, after=after)

    local = at.astimezone(ZoneInfo(preferences.timezone))
    assert at > after
    assert is_due_on(preferences, local.date())
    assert local.hour * 60 + local.minute >= preferences.send_minute


@given(preferences=readers, after=moments, ago=st.timedeltas(timedelta(0), timedelta(days=10)))
def test_a_turn_is_never_on_a_day_that_was_served(preferences: Preferences, after: datetime, ago: timedelta) -> None:
    zone = ZoneInfo(preferences.timezone)

    at = next_delivery_time(preferences, after=after, last_digest_at=after - ago)

    assert at.astimezone(zone).date() > (after - ago).astimezone(zone).date()


@given(preferences=readers, after=moments)
def test_no_due_instant_lies_between_now_and_the_turn(preferences: Preferences, after: datetime) -> None:
    zone = ZoneInfo(preferences.timezone)

    at = next_delivery_time(preferences, after=after)

    first = after.astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range((at.astimezone(zone).date() - first).days)]
    assert not [
        day
        for day in days
        if is_due_on(preferences, day) and after < local_to_utc(day, preferences.send_minute, zone) < at
    ]
