"""The rows of the campaign, by name, and running them."""

import time
from collections.abc import Awaitable, Callable, Mapping
from random import Random

from tests.faults import (
    backup_restore,
    bad_reports,
    clock_changes,
    damaged_database,
    disk_full,
    flood_waits,
    foreign_replies,
    kills,
    large_load,
    leaving_subscribers,
    outages,
    overlapping_senders,
    poison,
    replaced_files,
    shared_database,
    slow_reports,
    smtp_hangs,
    smtp_replies,
    telegram_replies,
    transport_security,
    upgrades,
)
from tests.faults.environment import CampaignRun, Size
from tests.faults.score import CampaignResult

RowFunction = Callable[[CampaignRun], Awaitable[CampaignResult]]

ROWS: Mapping[str, RowFunction] = {
    "F1": kills.check_sigkill,
    "F3": shared_database.check_frozen_sender,
    "F4": kills.check_sigterm,
    "F6": shared_database.check_two_services,
    "F7": smtp_replies.check_smtp_replies,
    "F8": smtp_replies.check_smtp_drops,
    "F9": smtp_hangs.check_smtp_hangs,
    "F10": smtp_replies.check_greylisting,
    "F11": smtp_replies.check_odd_replies,
    "F12": telegram_replies.check_telegram_refusals,
    "F13": telegram_replies.check_telegram_silence,
    "F14": disk_full.check_disk_full,
    "F15": damaged_database.check_damaged_database,
    "F16": clock_changes.check_clock_jumps,
    "F17": clock_changes.check_downtime,
    "F18": bad_reports.check_bad_reports,
    "F19": poison.check_poison_unit,
    "F20": leaving_subscribers.check_leaving_readers,
    "F21": upgrades.check_interrupted_upgrade,
    "F22": backup_restore.check_restore,
    "F23": large_load.check_large_load,
    "F24": transport_security.check_transport_security,
    "F25": outages.check_outage,
    "F26": foreign_replies.check_foreign_replies,
    "F27": outages.check_channel_refused,
    "F28": outages.check_stop_while_busy,
    "F29": overlapping_senders.check_overlapping_senders,
    "F30": replaced_files.check_replaced_files,
    "F31": slow_reports.check_slow_reports,
    "F32": flood_waits.check_flood_waits,
}


async def run_row(name: str, *, size: Size, seed: int) -> CampaignResult:
    """Run one row; its randomness comes from the seed and its name alone."""
    return await ROWS[name](CampaignRun(size=size, rng=Random(f"{seed}.{name}")))  # noqa: S311 - repeatable on purpose


async def run_timed_row(name: str, *, size: Size, seed: int) -> tuple[CampaignResult, float]:
    """Run one row; give how many seconds it took, too."""
    began = time.monotonic()
    return await run_row(name, size=size, seed=seed), time.monotonic() - began
