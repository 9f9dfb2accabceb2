"""The campaign's small form: every row keeps its promise, and would fail without its safeguard."""

import asyncio

import pytest

from tests.faults.campaign import ROWS, run_row
from tests.faults.mutations import MUTATIONS, find_misfits, run_mutation
from tests.faults.score import Arrival, Promises, StoredUnit, compute_score

SEED = 20260124
ROW_GROUPS = (
    ("F1",),
    ("F3", "F6", "F14"),
    ("F4", "F15"),
    ("F7", "F9", "F12", "F13"),
    ("F8", "F10", "F11", "F16", "F17"),
    ("F18", "F19", "F20"),
    ("F29", "F30"),
    ("F21", "F22", "F23", "F26", "F32"),
    ("F24",),
    ("F25", "F27", "F28"),
    ("F31",),
)
"""Rows that run at the same time: most of what they do is to wait."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("rows", ROW_GROUPS, ids="-".join)
async def test_the_rows_of_the_campaign_keep_their_promises(rows: tuple[str, ...]) -> None:
    results = await asyncio.gather(*(run_row(row, size="small", seed=SEED) for row in rows), return_exceptions=True)

    # Every row ends by itself, also beside one that fails: it has servers and child processes to stop.
    assert [one for one in results if isinstance(one, BaseException)] == []
    assert [one.format_line for one in results if not isinstance(one, BaseException) and one.broken_promises] == []


def test_every_row_of_the_campaign_has_its_small_form_here() -> None:
    assert sorted(row for rows in ROW_GROUPS for row in rows) == sorted(ROWS)


@pytest.mark.timeout(900)
async def test_a_safeguard_that_is_taken_out_is_missed_by_its_row() -> None:
    """Two of the mutations; ``make faults`` runs them all."""
    ends = await asyncio.gather(*(run_mutation(mutation, seed=SEED) for mutation in MUTATIONS[:2]))

    assert [how for seen, how in ends if not seen] == []


def test_every_safeguard_of_a_mutation_is_in_its_file() -> None:
    assert find_misfits() == []


def test_the_judge_counts_what_was_lost_came_twice_or_was_told_otherwise() -> None:
    arrivals = [
        Arrival(unit="once", accepted=True),
        Arrival(unit="twice", accepted=True),
        Arrival(unit="twice", accepted=True),
        Arrival(unit="torn", accepted=True, is_complete=False),
        Arrival(unit="refused first", accepted=False),
        Arrival(unit="denied", accepted=True),
    ]
    rows = [
        StoredUnit(unit="once", state="sent"),
        StoredUnit(unit="twice", state="sent"),
        StoredUnit(unit="torn", state="sent"),
        StoredUnit(unit="refused first", state="sent"),
        StoredUnit(unit="denied", state="refused"),
        StoredUnit(unit="held", state="leased"),
        StoredUnit(unit="doubtful", state="uncertain"),
    ]

    score = compute_score([*(row.unit for row in rows), "nowhere"], arrivals, rows)

    assert (score.total, score.lost, score.duplicated, score.misreported, score.partial, score.uncertain) == (
        8,
        2,
        1,
        2,
        1,
        1,
    )
    assert Promises().result("F0", "a bad day", score).broken_promises == (
        "2 lost",
        "1 twice",
        "2 lied",
        "1 torn",
        "1 uncertain, promised 0",
    )
