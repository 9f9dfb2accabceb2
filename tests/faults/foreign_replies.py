"""F26: a proxy, a firewall or a portal answers in Telegram's place."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta

from digest.model import Channel
from digest.telegram.client import build_bot
from tests.faults.environment import CampaignEnv, CampaignRun, campaign_env
from tests.faults.kills import PROGRESS_TIMEOUT
from tests.faults.program import Program, run_program, wait_until_settled
from tests.faults.score import CampaignResult, CampaignScore, Promises, add_scores, compute_score
from tests.faults.telegram_replies import (
    READER_ID,
    add_telegram_subscribers,
    register_users,
    send_with_bot,
    telegram_arrivals,
)
from tests.faults.workers import QueuedBroadcast, queued_broadcast
from tests.support.telegram_faults import ForeignReply
from tests.support.telegram_proxy_replies import FOREIGN_REPLIES
from tests.support.telegram_server import TelegramServer

UNITS = 4
SMALL_SIZE_REPLIES = ("API gateway 403", "nginx 404", "proxy 401", "proxy 400", "portal page", "portal in JSON")
MAX_POLLING_LINES = 12
"""The pause between two polls grows to half a minute; each that fails is one line."""


async def check_foreign_replies(run: CampaignRun) -> CampaignResult:
    """F26: nobody is gone or refused and nobody's try is counted; all is sent once it is over."""
    small = (*SMALL_SIZE_REPLIES, *run.rng.sample(sorted(set(FOREIGN_REPLIES) - set(SMALL_SIZE_REPLIES)), 4))
    names = list(FOREIGN_REPLIES) if run.size == "full" else small
    promises, scores = Promises(), list[CampaignScore]()
    async with queued_broadcast(UNITS, Channel.TELEGRAM) as mails:
        for name in names:
            scores.append(await _check_reply(mails, name, promises))
    scores.append(await _check_service([FOREIGN_REPLIES[name] for name in names], promises))
    return promises.result("F26", f"somebody else answers ({len(names)}), a service", add_scores(scores))


async def _check_reply(queued: QueuedBroadcast, name: str, promises: Promises) -> CampaignScore:
    """Let everything meet one answer, then nothing."""
    async with (
        queued.open_copy() as office,
        TelegramServer() as telegram,
        build_bot(telegram.token, telegram.url) as bot,
    ):
        register_users(telegram, queued.units)
        with telegram.replaced_by(FOREIGN_REPLIES[name]):
            stopped = await send_with_bot(bot, office)
        promises.check(not stopped, f"{name}: the channel stopped")
        for unit in queued.units:
            kept, _ = await office.delivery_status(unit)
            promises.check(kept.state == "due", f"{name}: {unit} is {kept.state}")
            promises.check(kept.attempts == 0, f"{name}: {kept.attempts} tries counted")
        office.clock.advance(timedelta(minutes=1))
        await send_with_bot(bot, office)
        unsent = [row for row in office.env.outbox_rows if row.state != "sent"]
        promises.check(not unsent, f"{name}: not sent afterwards: {unsent[:2]}")
        return compute_score(queued.units, telegram_arrivals(telegram), office.env.outbox_rows)


async def _check_service(answers: Sequence[ForeignReply], promises: Promises) -> CampaignScore:
    """Let a service start, poll, send and stop behind them; it goes on by itself, and its log stays short."""
    async with campaign_env() as place, TelegramServer(wire_file=place.folder / "telegram.jsonl") as telegram:
        everybody = await add_telegram_subscribers(place, telegram)
        reader = telegram.user(READER_ID)
        async with run_program(place) as service:
            with telegram.replaced_by(answers[0]):
                promises.check(
                    await service.wait_for_output("telegram is not reachable", within=PROGRESS_TIMEOUT),
                    "a start behind a proxy is not told",
                )
            await service.wait_for_output("telegram: answering", within=PROGRESS_TIMEOUT)
            await _send_through(answers, service, place, telegram)
            over = time.time()
            _check_rows(place, everybody, promises)
            promises.check(await wait_until_settled(place, within=2 * PROGRESS_TIMEOUT), "not everything was settled")
            recovered = time.time() - over
            reader.send("/help")
            await reader.wait_for_message("/today", timeout=PROGRESS_TIMEOUT)
            with telegram.replaced_by(answers[0]):
                code = await service.stop()
        promises.check(code == 0, f"the service ended with {code}")
        promises.check("Traceback" not in service.output, "a traceback in the log")
        polls = service.output.count("telegram polling")
        promises.check(polls <= MAX_POLLING_LINES, f"{polls} lines of polling")
        rows = [row for row in place.outbox_rows if row.unit in everybody]
        mine = [one for one in telegram_arrivals(telegram) if one.unit in everybody]
        return compute_score(everybody, mine, rows, recovery_seconds=recovered)


async def _send_through(
    answers: Sequence[ForeignReply], service: Program, env: CampaignEnv, telegram: TelegramServer
) -> None:
    """Let everybody's message and the polling meet one answer after the other."""
    with telegram.replaced_by(answers[0]):
        await env.queue_broadcast()
        await service.wait_for_output("channel waits", within=PROGRESS_TIMEOUT)
    for answer in answers[1:]:
        with telegram.replaced_by(answer):
            await asyncio.sleep(0.5)


def _check_rows(env: CampaignEnv, units: Sequence[str], promises: Promises) -> None:
    lost = [row for row in env.outbox_rows if row.unit in units and row.state not in ("due", "leased", "sent")]
    promises.check(not lost, f"behind a proxy {len(lost)} were not kept: {lost[:2]}")
