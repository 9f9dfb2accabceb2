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
from tests.faults.ground import CampaignRun, Size
from tests.faults.score import CampaignResult

RowFunction = Callable[[CampaignRun], Awaitable[CampaignResult]]

ROWS: Mapping[str, RowFunction] = {
    "F1": kills.check_sigkill,
    "F3": sharing.check_frozen_sender,
    "F4": kills.check_sigterm,
    "F6": sharing.check_two_services,
    "F7": replies.check_smtp_replies,
    "F8": replies.check_smtp_drops,
    "F9": hangs.check_smtp_hangs,
    "F10": replies.check_greylisting,
    "F11": replies.check_odd_replies,
    "F12": telegram.check_telegram_refusals,
    "F13": telegram.check_telegram_silence,
    "F14": disk.check_disk_full,
    "F15": damage.check_damaged_database,
    "F16": days.check_clock_jumps,
    "F17": days.check_downtime,
    "F18": intake.check_bad_reports,
    "F19": poison.check_poison_unit,
    "F20": races.check_leaving_readers,
    "F21": upgrades.check_interrupted_upgrade,
    "F22": restore.check_restore,
    "F23": crowd.check_large_load,
    "F24": transport.check_transport_security,
    "F25": outages.check_outage,
    "F26": foreign.check_foreign_replies,
    "F27": outages.check_channel_refused,
    "F28": outages.check_stop_while_busy,
    "F29": overlap.check_overlapping_senders,
    "F30": files.check_replaced_files,
    "F31": slow_reports.check_slow_reports,
    "F32": floods.check_flood_waits,
}


async def run_row(name: str, *, size: Size, seed: int) -> CampaignResult:
    """Run one row; its randomness comes from the seed and its name alone."""
    return await ROWS[name](CampaignRun(size=size, rng=Random(f"{seed}.{name}")))  # noqa: S311 - repeatable on purpose


async def run_timed_row(name: str, *, size: Size, seed: int) -> tuple[CampaignResult, float]:
    """Run one row; give how many seconds it took, too."""
    began = time.monotonic()
    return await run_row(name, size=size, seed=seed), time.monotonic() - began
