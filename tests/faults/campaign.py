"""The rows of the campaign, by name, and running them."""

import time
from collections.abc import Awaitable, Callable, Mapping
from random import Random

from tests.faults import (
    crowd,
    damage,
    days,
    disk,
    files,
    floods,
    foreign,
    hangs,
    intake,
    kills,
    outages,
    overlap,
    poison,
    races,
    replies,
    restore,
    sharing,
    slow_reports,
    telegram,
    transport,
    upgrades,
)
from tests.faults.ground import Run, Size
from tests.faults.score import Result

Row = Callable[[Run], Awaitable[Result]]

ROWS: Mapping[str, Row] = {
    "F1": kills.killed,
    "F3": sharing.frozen,
    "F4": kills.terminated,
    "F6": sharing.two_services,
    "F7": replies.refused,
    "F8": replies.dropped,
    "F9": hangs.silent,
    "F10": replies.greylisted,
    "F11": replies.odd,
    "F12": telegram.refused,
    "F13": telegram.unanswered,
    "F14": disk.full,
    "F15": damage.damaged,
    "F16": days.jumping,
    "F17": days.away,
    "F18": intake.strange,
    "F19": poison.poisoned,
    "F20": races.leaving,
    "F21": upgrades.interrupted,
    "F22": restore.restored,
    "F23": crowd.crowded,
    "F24": transport.every_security,
    "F25": outages.outage,
    "F26": foreign.answered_by_others,
    "F27": outages.refused_altogether,
    "F28": outages.told_to_stop,
    "F29": overlap.overlapping,
    "F30": files.taken_away,
    "F31": slow_reports.slow,
    "F32": floods.flooded,
}


async def run_row(name: str, *, size: Size, seed: int) -> Result:
    """Run one row; its randomness comes from the seed and its name alone."""
    return await ROWS[name](Run(size=size, rng=Random(f"{seed}.{name}")))  # noqa: S311 - repeatable on purpose


async def timed_row(name: str, *, size: Size, seed: int) -> tuple[Result, float]:
    """Run one row; give how many seconds it took, too."""
    began = time.monotonic()
    return await run_row(name, size=size, seed=seed), time.monotonic() - began
