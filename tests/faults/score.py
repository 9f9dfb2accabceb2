"""What a row of the campaign comes to: numbers from the wire and the outbox, and the promises it broke."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SETTLED_STATES = frozenset({"due", "sent", "uncertain", "gone", "refused", "cancelled"})
"""States in which an admin sees what became of a unit; a row left ``leased`` or ``sending`` is lost."""

UNSENT_STATES = frozenset({"gone", "refused", "cancelled"})
"""States that say: surely not delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A unit that reached a stand-in: whether it was accepted, and whole."""

    unit: str
    accepted: bool
    is_complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUnit:
    """A unit as the outbox has it."""

    unit: str
    state: str
    reason: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignScore:
    """The numbers of a row.

    ``recovery_seconds`` is the longest wait in seconds from a fault to the next arrival.
    """

    total: int
    lost: int = 0
    duplicated: int = 0
    misreported: int = 0
    partial: int = 0
    uncertain: int = 0
    recovery_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResult:
    """A row's numbers and the promises it broke, one line each."""

    row: str
    description: str
    score: CampaignScore
    broken_promises: tuple[str, ...] = ()

    @property
    def format_line(self) -> str:
        """The row as it is printed."""
        s = self.score
        recovered = "-" if s.recovery_seconds is None else f"{s.recovery_seconds:.1f}"
        verdict = "kept" if not self.broken_promises else "BROKEN: " + "; ".join(self.broken_promises)
        numbers = f"{s.total:>7} {s.lost:>5} {s.duplicated:>5} {s.misreported:>5} {s.partial:>5} "
        numbers += f"{s.uncertain:>9} {recovered:>9}"
        return f"{self.row:<4} {self.description:<58} {numbers}  {verdict}"


HEADER = (
    f"{'row':<4} {'what':<58} {'tried':>7} {'lost':>5} {'twice':>5} {'lied':>5} {'torn':>5} "
    f"{'uncertain':>9} {'recovered':>9}  verdict"
)


@dataclass(slots=True)
class Promises:
    """Collects what was broken."""

    broken: list[str] = field(default_factory=list)

    def check(self, condition: bool, failure: str) -> None:  # noqa: FBT001 - reads as an assertion
        """Note ``failure`` where a promise was not kept."""
        if not condition:
            self.broken.append(failure)

    def result(self, row: str, description: str, score: CampaignScore, *, max_uncertain: int = 0) -> CampaignResult:
        """Return the row's end; lost, twice, lied and torn are promised to be 0 in every row."""
        for number, name in (
            (score.lost, "lost"),
            (score.duplicated, "twice"),
            (score.misreported, "lied"),
            (score.partial, "torn"),
        ):
            self.check(number == 0, f"{number} {name}")
        self.check(score.uncertain <= max_uncertain, f"{score.uncertain} uncertain, promised {max_uncertain}")
        return CampaignResult(row=row, description=description, score=score, broken_promises=tuple(self.broken))


def compute_score(
    expected: Iterable[str],
    arrivals: Sequence[Arrival],
    rows: Sequence[StoredUnit],
    *,
    recovery_seconds: float | None = None,
) -> CampaignScore:
    """Compare what came over the wire with what the outbox says about it.

    lied: ``sent`` and not on the wire, or a state that says "not sent" of what was accepted.
    """
    units = list(expected)
    accepted = Counter(one.unit for one in arrivals if one.accepted)
    state = {row.unit: row.state for row in rows}
    return CampaignScore(
        total=len(units),
        lost=sum(not accepted[unit] and state.get(unit) not in SETTLED_STATES for unit in units),
        duplicated=sum(count > 1 for count in accepted.values()),
        misreported=sum(
            (row.state == "sent" and not accepted[row.unit]) or (row.state in UNSENT_STATES and accepted[row.unit] > 0)
            for row in rows
        ),
        partial=sum(one.accepted and not one.is_complete for one in arrivals),
        uncertain=sum(row.state == "uncertain" for row in rows),
        recovery_seconds=recovery_seconds,
    )


def add_scores(scores: Sequence[CampaignScore]) -> CampaignScore:
    """Add the scores of a row's parts up."""
    waits = [score.recovery_seconds for score in scores if score.recovery_seconds is not None]
    return CampaignScore(
        total=sum(score.total for score in scores),
        lost=sum(score.lost for score in scores),
        duplicated=sum(score.duplicated for score in scores),
        misreported=sum(score.misreported for score in scores),
        partial=sum(score.partial for score in scores),
        uncertain=sum(score.uncertain for score in scores),
        recovery_seconds=max(waits, default=None),
    )


def read_outbox(database: Path) -> list[StoredUnit]:
    """Read the outbox, without the store's own code, so that its mistakes cannot hide."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        found = connection.execute(
            "SELECT e.address, o.state, o.reason_code || coalesce(': ' || o.reason_detail, ''), o.attempts"
            " FROM outbox o JOIN endpoints e ON e.id = o.endpoint_id ORDER BY o.id"
        )
        return [
            StoredUnit(unit=unit, state=state, reason=reason, attempts=attempts)
            for unit, state, reason, attempts in found
        ]
    finally:
        connection.close()


def count_states(rows: Iterable[StoredUnit]) -> Counter[str]:
    """Count rows by state."""
    return Counter(row.state for row in rows)
