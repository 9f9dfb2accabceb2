"""Column types that mean the same on SQLite (STRICT tables) and PostgreSQL."""

import json
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Date, DateTime, Dialect, Integer, Row, SmallInteger, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from digest.model.reasons import Reason, ReasonCode

RowId = BigInteger().with_variant(Integer(), "sqlite")
"""A row's own number."""

_TIMESTAMP_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def _is_sqlite(dialect: Dialect) -> bool:
    return dialect.name == "sqlite"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; on SQLite text of fixed width that sorts as time does. Naive values raise."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return text on SQLite, ``timestamptz`` elsewhere."""
        return dialect.type_descriptor(Text() if _is_sqlite(dialect) else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - DB-API value
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone has no place in the store")
        utc = value.astimezone(UTC)
        return utc.strftime(_TIMESTAMP_FORMAT) if _is_sqlite(dialect) else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - DB-API value
        if value is None:
            return None
        at: datetime = datetime.strptime(value, _TIMESTAMP_FORMAT).replace(tzinfo=UTC) if _is_sqlite(dialect) else value
        return at.astimezone(UTC)


class IsoDate(TypeDecorator[date]):
    """A date without time; ISO text on SQLite."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return text on SQLite, ``date`` elsewhere."""
        return dialect.type_descriptor(Text() if _is_sqlite(dialect) else Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:  # noqa: ANN401 - DB-API value
        return value.isoformat() if value and _is_sqlite(dialect) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:  # noqa: ANN401 - DB-API value
        return date.fromisoformat(value) if value and _is_sqlite(dialect) else value


class IntBoolean(TypeDecorator[bool]):
    """True or false as 1 or 0 on both databases."""

    impl = SmallInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return INTEGER on SQLite (STRICT knows no other), SMALLINT elsewhere."""
        return dialect.type_descriptor(Integer() if _is_sqlite(dialect) else SmallInteger())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:  # noqa: ARG002, FBT001 - the base class' signature
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:  # noqa: ARG002 - the base class' signature
        return None if value is None else bool(value)


class JsonText(TypeDecorator[Any]):
    """A small JSON value as text: frozen once written, never searched into."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401, ARG002 - any JSON value
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002 - any JSON value
        return None if value is None else json.loads(value)


_KNOWN = frozenset(code.value for code in ReasonCode)


def reason_columns() -> tuple[Column[Any], ...]:
    """Return new columns for a reason.

    No CHECK holds the codes: a new one must not ask for a migration, which copies the whole table.
    """
    return Column("reason_code", Text), Column("reason_cause", Text), Column("reason_detail", Text)


def reason_values(reason: Reason | None) -> dict[str, str | None]:
    """Return the values of the three columns, all NULL for None."""
    if reason is None:
        return {"reason_code": None, "reason_cause": None, "reason_detail": None}
    return {
        "reason_code": reason.code.value,
        "reason_cause": reason.cause.value if reason.cause else None,
        "reason_detail": reason.detail or None,
    }


def read_reason(row: Row[Any]) -> Reason | None:
    """Return the reason in a row that has the three columns, None where it has none."""
    return reason_from(row.reason_code, row.reason_cause, row.reason_detail)


def reason_from(code: str | None, cause: str | None, detail: str | None) -> Reason | None:
    """Return a stored reason; of a code that this version does not know, all that is stored as its detail."""
    if code is None:
        return None
    if code not in _KNOWN or not (cause is None or cause in _KNOWN):
        return Reason(ReasonCode.UNKNOWN, " ".join(filter(None, (code, cause, detail))))
    return Reason(ReasonCode(code), detail or "", ReasonCode(cause) if cause else None)
