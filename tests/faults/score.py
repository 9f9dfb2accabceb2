"""What a row of the campaign comes to: numbers from the wire and the outbox, and the promises it broke."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

VISIBLE = frozenset({"due", "sent", "uncertain", "gone", "refused", "cancelled"})
"""States in which an admin sees what became of a unit; a row left ``leased`` or ``sending`` is lost."""

NOT_SENT = frozenset({"gone", "refused", "cancelled"})
"""States that say: surely not delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A unit that reached a stand-in: whether it was accepted, and whole."""

    unit: str
    accepted: bool
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A unit as the outbox has it."""

    unit: str
    state: str
    reason: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The numbers of a row; ``recovered`` is the longest wait in seconds from a fault to the next arrival."""

    tried: int
    lost: int = 0
    twice: int = 0
    lied: int = 0
    torn: int = 0
    uncertain: int = 0
    recovered: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A row's numbers and the promises it broke, one line each."""

    row: str
    what: str
    score: Score
    broken: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The row as it is printed."""
        s = self.score
        recovered = "-" if s.recovered is None else f"{s.recovered:.1f}"
        verdict = "kept" if not self.broken else "BROKEN: " + "; ".join(self.broken)
        numbers = (
            f"{s.tried:>7} {s.lost:>5} {s.twice:>5} {s.lied:>5} {s.torn:>5} {s.uncertain:>9} {recovered:>9}"
        )
        return f"{self.row:<4} {self.what:<58} {numbers}  {verdict}"


HEADER = (
    f"{'row':<4} {'what':<58} {'tried':>7} {'lost':>5} {'twice':>5} {'lied':>5} {'torn':>5} "
    f"{'uncertain':>9} {'recovered':>9}  verdict"
)


@dataclass(slots=True)
class Promises:
    """Collects what was broken."""

    broken: list[str] = field(default_factory=list)

    def hold(self, kept: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as an assertion
        """Note ``otherwise`` where a promise was not kept."""
        if not kept:
            self.broken.append(otherwise)

    def of(self, row: str, what: str, score: Score, *, most_uncertain: int = 0) -> Result:
        """Give the row's end; lost, twice, lied and torn are promised to be 0 in every row."""
        for name in ("lost", "twice", "lied", "torn"):
            number = getattr(score, name)
            self.hold(number == 0, f"{number} {name}")
        self.hold(
            score.uncertain <= most_uncertain, f"{score.uncertain} uncertain, promised {most_uncertain}"
        )
        return Result(row=row, what=what, score=score, broken=tuple(self.broken))


def judge(
    expected: Iterable[str],
    arrivals: Sequence[Arrival],
    rows: Sequence[Kept],
    *,
    recovered: float | None = None,
) -> Score:
    """Compare what came over the wire with what the outbox says about it.

    lied: ``sent`` and not on the wire, or a state that says "not sent" of what was accepted.
    """
    units = list(expected)
    accepted = Counter(one.unit for one in arrivals if one.accepted)
    state = {row.unit: row.state for row in rows}
    return Score(
        tried=len(units),
        lost=sum(not accepted[unit] and state.get(unit) not in VISIBLE for unit in units),
        twice=sum(count > 1 for count in accepted.values()),
        lied=sum(
            (row.state == "sent" and not accepted[row.unit])
            or (row.state in NOT_SENT and accepted[row.unit] > 0)
            for row in rows
        ),
        torn=sum(one.accepted and not one.whole for one in arrivals),
        uncertain=sum(row.state == "uncertain" for row in rows),
        recovered=recovered,
    )


def together(scores: Sequence[Score]) -> Score:
    """Add the scores of a row's parts up."""
    waits = [score.recovered for score in scores if score.recovered is not None]
    return Score(
        tried=sum(score.tried for score in scores),
        lost=sum(score.lost for score in scores),
        twice=sum(score.twice for score in scores),
        lied=sum(score.lied for score in scores),
        torn=sum(score.torn for score in scores),
        uncertain=sum(score.uncertain for score in scores),
        recovered=max(waits, default=None),
    )


def kept_rows(database: Path) -> list[Kept]:
    """Read the outbox, without the store's own code, so that its mistakes cannot hide."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        found = connection.execute(
            "SELECT e.address, o.state, o.reason_code || coalesce(': ' || o.reason_detail, ''), o.attempts"
            " FROM outbox o JOIN endpoints e ON e.id = o.endpoint_id ORDER BY o.id"
        )
        return [
            Kept(unit=unit, state=state, reason=reason, attempts=attempts)
            for unit, state, reason, attempts in found
        ]
    finally:
        connection.close()


def states(rows: Iterable[Kept]) -> Counter[str]:
    """Count rows by state."""
    return Counter(row.state for row in rows)
