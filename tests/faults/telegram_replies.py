"""F12 and F13: what Telegram answers, or fails to."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from telegram.ext import ExtBot

from digest.model import Channel, DeliveryState
from digest.model.errors import ChannelMisconfigured
from digest.telegram.client import build_bot, build_request
from digest.telegram.rate_limiter import Priority, TelegramRateLimiter
from digest.telegram.sender import TelegramSender
from tests.faults.environment import BROADCAST_TEXT, CampaignEnv, CampaignRun, campaign_env
from tests.faults.kills import PROGRESS_TIMEOUT
from tests.faults.program import run_program, wait_until_settled
from tests.faults.score import Arrival, CampaignResult, CampaignScore, Promises, add_scores, compute_score
from tests.faults.workers import QueuedBroadcast, WorkerEnv, queued_broadcast
from tests.support.telegram_faults import DropReply, HangReply, TelegramFault, TelegramRefusal, TruncateReply
from tests.support.telegram_server import TelegramServer

UNITS = 4
READER_ID = 5001
TIME_TOLERANCE = 1.0
MAX_DAYS = 8
SHORT_FLOOD = 60
FLOODS_BEFORE_PAUSE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalCase:
    """An answer of Telegram's and what TELEGRAM.md's table makes of it.

    ``stops_channel`` the whole channel.
    """

    fault: TelegramFault
    states: frozenset[str]
    expected_wait: timedelta | None = None
    stops_channel: bool = False


def _refusal_case(status: int, description: str, *states: str, waits: timedelta | None = None) -> RefusalCase:
    answer = TelegramRefusal(status=status, description=description)
    return RefusalCase(fault=answer, states=frozenset(states), expected_wait=waits)


A_DAY, HALF_A_DAY = timedelta(hours=20), timedelta(hours=12)
REFUSALS = (
    _refusal_case(403, "Forbidden: bot was blocked by the user", "gone"),
    _refusal_case(403, "Forbidden: user is deactivated", "gone"),
    _refusal_case(403, "Forbidden: bot was kicked from the supergroup chat", "gone"),
    _refusal_case(403, "Forbidden: the group chat was deleted", "gone"),
    _refusal_case(400, "Bad Request: chat not found", "gone"),
    _refusal_case(400, "Bad Request: CHAT_WRITE_FORBIDDEN", "due", waits=A_DAY),
    _refusal_case(400, "Bad Request: not enough rights to send text messages to the chat", "due", waits=A_DAY),
    _refusal_case(400, "Bad Request: TOPIC_CLOSED", "due", waits=A_DAY),
    _refusal_case(400, "Bad Request: message thread not found", "gone"),
    _refusal_case(400, "Bad Request: can't parse entities: unsupported start tag", "sent"),
    _refusal_case(400, "Bad Request: message is too long", "sent"),
    _refusal_case(400, "Bad Request: BUTTON_DATA_INVALID", "sent"),
    RefusalCase(
        fault=TelegramRefusal(status=429, description="Too Many Requests", retry_after=1), states=frozenset({"due"})
    ),
    RefusalCase(
        fault=TelegramRefusal(status=429, description="Too Many Requests", retry_after=43200),
        states=frozenset({"due"}),
        expected_wait=HALF_A_DAY,
    ),
    _refusal_case(500, "Internal Server Error", "uncertain"),
    _refusal_case(502, "Bad Gateway", "uncertain"),
    _refusal_case(504, "Gateway Timeout", "uncertain"),
    RefusalCase(
        fault=TelegramRefusal(status=401, description="Unauthorized"), states=frozenset({"due"}), stops_channel=True
    ),
    RefusalCase(
        fault=TelegramRefusal(status=409, description="Conflict: other"), states=frozenset({"due"}), stops_channel=True
    ),
)


async def check_telegram_refusals(run: CampaignRun) -> CampaignResult:
    """F12: every refusal at its table; a flood halts bulk over a restart, and replies keep coming."""
    cases = REFUSALS if run.size == "full" else run.rng.sample(REFUSALS, 8)
    promises, scores = Promises(), list[CampaignScore]()
    async with queued_broadcast(UNITS, Channel.TELEGRAM) as mails:
        for case in cases:
            scores.append(await _check_case(mails, case, promises))
    scores.append(await _check_flood(promises, seconds=1))
    if run.size == "full":
        scores.append(await _check_flood(promises, seconds=12 * 3600))
    doubts = sum("uncertain" in case.states for case in cases)
    what = f"Telegram's refusals ({len(cases)}), floods over a restart"
    return promises.result("F12", what, add_scores(scores), max_uncertain=doubts)


async def check_telegram_silence(_run: CampaignRun) -> CampaignResult:
    """F13: Telegram stores and then cuts, sends half an answer, hangs: as many doubts as such calls."""
    faults = (DropReply(processed=True), TruncateReply(), HangReply(seconds=30), DropReply(processed=False))
    uncertain = frozenset({"uncertain"})
    promises, scores = Promises(), list[CampaignScore]()
    async with queued_broadcast(UNITS, Channel.TELEGRAM) as mails:
        for fault in faults:
            scores.append(await _check_case(mails, RefusalCase(fault=fault, states=uncertain), promises))
    total = add_scores(scores)
    promises.check(total.uncertain == len(faults), f"{total.uncertain} uncertain of {len(faults)} such calls")
    return promises.result("F13", "stored then cut, half an answer, silence", total, max_uncertain=len(faults))


async def _check_case(queued: QueuedBroadcast, case: RefusalCase, promises: Promises) -> CampaignScore:
    """Let one message meet a fault once; check its fate, then let days pass until all is settled."""
    victim, *others = queued.units
    async with queued.open_copy() as office, TelegramServer() as telegram:
        register_users(telegram, queued.units)
        telegram.plan_fault(case.fault, chat=int(victim))
        stopped = await _send_due(office, telegram)
        fate, wait = await office.delivery_status(victim)
        named = str(case.fault)
        promises.check(stopped is case.stops_channel, f"{named}: the channel {'stopped' if stopped else 'went on'}")
        promises.check(fate.state in case.states, f"{named}: {fate.state}, promised {'/'.join(sorted(case.states))}")
        if fate.state == "due" and case.expected_wait:
            promises.check(wait >= case.expected_wait - timedelta(minutes=5), f"{named}: waits only {wait}")
        for _ in range(MAX_DAYS):
            if not await office.store.outbox.list_deliveries(DeliveryState.DUE):
                break
            office.clock.advance(timedelta(days=1, minutes=1))
            await _send_due(office, telegram)
        # A long wait is kept by the machine's own clock, which nobody here can move.
        allowed = ("sent", "due") if case.expected_wait == HALF_A_DAY else ("sent",)
        unsent = [row for row in office.env.outbox_rows if row.unit in others and row.state not in allowed]
        promises.check(not unsent, f"{named}: others were not sent: {unsent[:2]}")
        return compute_score(queued.units, telegram_arrivals(telegram), office.env.outbox_rows)


async def _send_due(worker_env: WorkerEnv, telegram: TelegramServer) -> bool:
    """Send what is due, with a bot of its own; tell whether the channel stopped."""
    bot = build_bot(telegram.token, telegram.url, TelegramRateLimiter(1000), build_request(read_timeout=1.0))
    async with bot:
        return await send_with_bot(bot, worker_env)


async def send_with_bot(bot: ExtBot[Priority], worker_env: WorkerEnv) -> bool:
    """Send what is due; tell whether the channel stopped."""
    try:
        await worker_env.send_due(TelegramSender(bot))
    except ChannelMisconfigured:
        return True
    return False


async def _check_flood(promises: Promises, *, seconds: int) -> CampaignScore:
    """Flood the first bulk messages of a service, restart it, and talk to it all the while."""
    async with campaign_env() as place, TelegramServer(wire_file=place.folder / "telegram.jsonl") as telegram:
        everybody = await add_telegram_subscribers(place, telegram)
        reader = telegram.user(READER_ID)
        async with run_program(place) as service:
            reader.send("/domains")
            await reader.wait_for_message(timeout=PROGRESS_TIMEOUT)
            for unit in everybody[:FLOODS_BEFORE_PAUSE]:
                telegram.plan_flood(seconds, chat=int(unit))
            await place.queue_broadcast()
            await service.wait_for_output("channel waits", within=PROGRESS_TIMEOUT)
            until, began = time.time() + seconds - TIME_TOLERANCE, time.time()
            reader.send("/help")
            await reader.wait_for_message("/today", timeout=PROGRESS_TIMEOUT)
            answered = time.time() - began
            await service.stop()
        async with run_program(place) as service:
            await service.wait_for_output("telegram: answering", within=PROGRESS_TIMEOUT)
            reader.send("/start")
            await reader.wait_for_message("Paper Digest", timeout=PROGRESS_TIMEOUT)
            if seconds < SHORT_FLOOD:
                promises.check(await wait_until_settled(place, within=PROGRESS_TIMEOUT), "not everything was settled")
            else:
                await asyncio.sleep(5 * TIME_TOLERANCE)
            await service.stop()
        early = count_early_bulk(telegram, everybody, until)
        promises.check(not early, f"a flood wait of {seconds} s was forgotten: {early} sent in it")
        mine = [one for one in telegram_arrivals(telegram) if one.unit in everybody]
        rows = [row for row in place.outbox_rows if row.unit in everybody]
        return compute_score(everybody, mine, rows, recovery_seconds=answered)


def count_early_bulk(telegram: TelegramServer, units: Sequence[str], until: float) -> int:
    """Count the bulk taken between the last refusal and ``until``, without what was in flight."""
    # Only the broadcast is bulk: a reply to one of these people may leave at any time.
    bulk = [entry for entry in telegram.wire if entry.to in units and _is_complete_text(entry.text)]
    refusal = max(entry.at for entry in bulk if not entry.accepted)
    return sum(entry.accepted and refusal + TIME_TOLERANCE < entry.at < until for entry in bulk)


async def add_telegram_subscribers(env: CampaignEnv, telegram: TelegramServer) -> list[str]:
    """Enrol people whom the stand-in knows."""
    env.settings |= {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url, "TELEGRAM_RATE": "1000"}
    everybody = await env.add_subscribers(20, Channel.TELEGRAM)
    register_users(telegram, everybody)
    return everybody


def register_users(telegram: TelegramServer, units: Sequence[str]) -> None:
    """Let the stand-in know everybody."""
    for unit in units:
        telegram.user(int(unit))


def telegram_arrivals(telegram: TelegramServer) -> list[Arrival]:
    """Return what the wire log of the stand-in holds of messages; whole is the text as it was queued."""
    return [
        Arrival(unit=entry.to, accepted=entry.accepted, is_complete=_is_complete_text(entry.text))
        for entry in telegram.wire
        if entry.kind == "sendMessage"
    ]


def _is_complete_text(text: str) -> bool:
    return BROADCAST_TEXT.partition(",")[2] in text
