"""The campaign's small form: every row keeps its promise, and would fail without its safeguard."""

import pytest

from tests.faults.campaign import ROWS, run_row
from tests.faults.mutations import MUTATIONS, Mutation, noticed
from tests.faults.score import Arrival, Kept, Promises, judge

SEED = 20260124


@pytest.mark.timeout(300)
@pytest.mark.parametrize("row", ROWS)
async def test_a_row_of_the_campaign_keeps_its_promise(row: str) -> None:
    result = await run_row(row, size="small", seed=SEED)

    assert not result.broken, result.line


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
async def test_a_safeguard_that_is_taken_out_is_missed_by_its_row(mutation: Mutation) -> None:
    seen, how = await noticed(mutation, seed=SEED)

    assert seen, how


def test_the_judge_counts_what_was_lost_came_twice_or_was_told_otherwise() -> None:
    arrivals = [
        Arrival(unit="once", accepted=True),
        Arrival(unit="twice", accepted=True),
        Arrival(unit="twice", accepted=True),
        Arrival(unit="torn", accepted=True, whole=False),
        Arrival(unit="refused first", accepted=False),
        Arrival(unit="denied", accepted=True),
    ]
    rows = [
        Kept(unit="once", state="sent"),
        Kept(unit="twice", state="sent"),
        Kept(unit="torn", state="sent"),
        Kept(unit="refused first", state="sent"),
        Kept(unit="denied", state="refused"),
        Kept(unit="held", state="leased"),
        Kept(unit="doubtful", state="uncertain"),
    ]

    score = judge([*(row.unit for row in rows), "nowhere"], arrivals, rows)

    assert (score.tried, score.lost, score.twice, score.lied, score.torn, score.uncertain) == (
        8,
        2,
        1,
        2,
        1,
        1,
    )
    assert Promises().of("F0", "a bad day", score).broken == (
        "2 lost",
        "1 twice",
        "2 lied",
        "1 torn",
        "1 uncertain, promised 0",
    )
