"""Column types keep values as they are."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from digest.storage.types import IntBoolean, IsoDate, JsonText, UtcDateTime

DIALECT = sqlite.dialect()

moments = st.datetimes(
    datetime(1991, 8, 14),  # noqa: DTZ001 - bounds carry no zone here
    timezones=st.timedeltas(timedelta(hours=-14), timedelta(hours=14)).map(timezone),
)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 24), DIALECT)  # noqa: DTZ001 - the mistake itself


@given(at=moments)
def test_a_moment_comes_back_in_utc(at: datetime) -> None:
    stored = UtcDateTime().process_bind_param(at, DIALECT)

    back = UtcDateTime().process_result_value(stored, DIALECT)

    assert back == at
    assert back is not None
    assert back.tzinfo is UTC


@given(one=moments, other=moments)
def test_stored_moments_sort_as_time_does(one: datetime, other: datetime) -> None:
    first, second = (UtcDateTime().process_bind_param(at, DIALECT) for at in (one, other))

    assert (first < second) == (one < other)


@given(day=st.dates())
def test_a_day_comes_back(day: date) -> None:
    assert IsoDate().process_result_value(IsoDate().process_bind_param(day, DIALECT), DIALECT) == day


def test_flags_and_documents_come_back() -> None:
    for flag in (True, False, None):
        assert IntBoolean().process_result_value(IntBoolean().process_bind_param(flag, DIALECT), DIALECT) is flag
    documents: tuple[object, ...] = ({"题": ["a", 1, None]}, [], {}, "text", None)
    for document in documents:
        assert JsonText().process_result_value(JsonText().process_bind_param(document, DIALECT), DIALECT) == document


def test_nothing_stays_nothing() -> None:
    assert UtcDateTime().process_bind_param(None, DIALECT) is None
    assert UtcDateTime().process_result_value(None, DIALECT) is None
    assert IsoDate().process_bind_param(None, DIALECT) is None
    assert IsoDate().process_result_value(None, DIALECT) is None
