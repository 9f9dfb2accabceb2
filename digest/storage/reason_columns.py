"""A reason as columns: its code, the code of its cause, its detail; never a sentence."""

from typing import Any

from sqlalchemy import Column, Row, Text

from digest.model.reasons import Reason, ReasonCode

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
