"""F32: a flood wait of one chat, and one of everybody; replies keep coming in both."""

import time
from datetime import UTC, datetime

from digest.model.clock import system_clock
from tests.faults.environment import CampaignRun, campaign_env
from tests.faults.kills import PROGRESS_TIMEOUT
from tests.faults.program import run_program, wait_until_settled
from tests.faults.score import CampaignResult, CampaignScore, Promises, add_scores, compute_score
from tests.faults.telegram_replies import (
    FLOODS_BEFORE_PAUSE,
    READER_ID,
    TIME_TOLERANCE,
    add_telegram_subscribers,
    count_early_bulk,
    telegram_arrivals,
)
from tests.support.telegram_server import TelegramServer

FLOOD_SECONDS = 6
LONG_FLOOD_SECONDS = 3600


async def check_flood_waits(_run: CampaignRun) -> CampaignResult:
    """F32: a 429 of one chat holds that chat; several within seconds hold all bulk, and no reply."""
    promises = Promises()
    scores = [await _check_one_chat(promises), await _check_all_chats(promises)]
    return promises.result("F32", "429 for one chat, for several; replies meanwhile", add_scores(scores))


async def _check_one_chat(promises: Promises) -> CampaignScore:
    """Flood one chat for an hour: everybody else gets theirs, and the hour stands in its row."""
    async with campaign_env() as place, TelegramServer(wire_file=place.folder / "telegram.jsonl") as telegram:
        everybody = await add_telegram_subscribers(place, telegram)
        held, *others = everybody
        reader, held_reader = telegram.user(READER_ID), telegram.user(int(held))
        async with run_program(place) as service:
            await service.wait_for_output("telegram: answering", within=PROGRESS_TIMEOUT)
            refusal = telegram.plan_flood(LONG_FLOOD_SECONDS, chat=int(held))
            await place.queue_broadcast()
            await refusal.wait_until_met(within=PROGRESS_TIMEOUT)
            for one in (reader, held_reader):
                one.send("/help")
                await one.wait_for_message("/today", timeout=PROGRESS_TIMEOUT)
            for other in others:
                await telegram.user(int(other)).wait_for_message(timeout=PROGRESS_TIMEOUT)
            await service.stop()
        (hour,) = place.query("SELECT not_before FROM outbox WHERE state = 'due'")
        left = (_retry_time(hour[0]) - system_clock()).total_seconds()
        promises.check(
            LONG_FLOOD_SECONDS / 2 < left <= LONG_FLOOD_SECONDS, f"the chat's wait of an hour is kept as {left} s"
        )
        promises.check("channel waits" not in service.output, "one chat's wait held everybody")
        rows = [row for row in place.outbox_rows if row.unit in everybody]
        mine = [one for one in telegram_arrivals(telegram) if one.unit in everybody and one.is_complete]
        return compute_score(everybody, mine, rows)


async def _check_all_chats(promises: Promises) -> CampaignScore:
    """Flood several chats for some seconds: all bulk waits, replies go on, then everything is sent."""
    async with campaign_env() as place, TelegramServer(wire_file=place.folder / "telegram.jsonl") as telegram:
        everybody = await add_telegram_subscribers(place, telegram)
        reader, held_reader = telegram.user(READER_ID), telegram.user(int(everybody[0]))
        async with run_program(place) as service:
            await service.wait_for_output("telegram: answering", within=PROGRESS_TIMEOUT)
            for unit in everybody[:FLOODS_BEFORE_PAUSE]:
                telegram.plan_flood(FLOOD_SECONDS, chat=int(unit))
            await place.queue_broadcast()
            promises.check(await service.wait_for_output("channel waits", within=PROGRESS_TIMEOUT), "nobody waited")
            until, began = time.time() + FLOOD_SECONDS - 2 * TIME_TOLERANCE, time.time()
            for one in (reader, held_reader):
                one.send("/help")
                await one.wait_for_message("/today", timeout=PROGRESS_TIMEOUT)
            answered = time.time() - began
            promises.check(await wait_until_settled(place, within=PROGRESS_TIMEOUT), "not everything was settled")
            await service.stop()
        early = count_early_bulk(telegram, everybody, until)
        promises.check(not early, f"{early} sent during everybody's wait")
        rows = [row for row in place.outbox_rows if row.unit in everybody]
        mine = [one for one in telegram_arrivals(telegram) if one.unit in everybody and one.is_complete]
        return compute_score(everybody, mine, rows, recovery_seconds=answered)


def _retry_time(row: object) -> datetime:
    return datetime.fromisoformat(str(row)).replace(tzinfo=UTC)
