"""F12 and F13: what Telegram answers, or fails to."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from telegram.ext import ExtBot

from digest.deliver.pacing import Pace, Pacing
from digest.deliver.telegram import TelegramPostbox
from digest.deliver.telegram_request import build_bot, build_request
from digest.errors import ChannelStopped
from digest.model import Channel, DeliveryState
from tests.faults.ground import TEXT, Ground, Run, ground
from tests.faults.kills import PATIENCE
from tests.faults.office import Office, Pattern, pattern
from tests.faults.process import running, settled
from tests.faults.score import Arrival, Promises, Result, Score, judge, together
from tests.support.telegram_faults import Answer, Cut, Fault, Half, Hang
from tests.support.telegram_server import TelegramServer

UNITS = 4
READER = 5001
SLACK = 1.0
MOST_DAYS = 8
SHORT_FLOOD = 60
SEVERAL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An answer of Telegram's and what TELEGRAM.md's table makes of it; ``stops`` the whole channel."""

    fault: Fault
    states: frozenset[str]
    waits: timedelta | None = None
    stops: bool = False


def _refusal(status: int, words: str, *allowed: str, waits: timedelta | None = None) -> Case:
    answer = Answer(status=status, description=words)
    return Case(fault=answer, states=frozenset(allowed), waits=waits)


A_DAY, HALF_A_DAY = timedelta(hours=20), timedelta(hours=12)
REFUSALS = (
    _refusal(403, "Forbidden: bot was blocked by the user", "gone"),
    _refusal(403, "Forbidden: user is deactivated", "gone"),
    _refusal(403, "Forbidden: bot was kicked from the supergroup chat", "gone"),
    _refusal(403, "Forbidden: the group chat was deleted", "gone"),
    _refusal(400, "Bad Request: chat not found", "gone"),
    _refusal(400, "Bad Request: CHAT_WRITE_FORBIDDEN", "due", waits=A_DAY),
    _refusal(400, "Bad Request: not enough rights to send text messages to the chat", "due", waits=A_DAY),
    _refusal(400, "Bad Request: TOPIC_CLOSED", "due", waits=A_DAY),
    _refusal(400, "Bad Request: message thread not found", "gone"),
    _refusal(400, "Bad Request: can't parse entities: unsupported start tag", "sent"),
    _refusal(400, "Bad Request: message is too long", "sent"),
    _refusal(400, "Bad Request: BUTTON_DATA_INVALID", "sent"),
    Case(fault=Answer(status=429, description="Too Many Requests", retry_after=1), states=frozenset({"due"})),
    Case(
        fault=Answer(status=429, description="Too Many Requests", retry_after=43200),
        states=frozenset({"due"}),
        waits=HALF_A_DAY,
    ),
    _refusal(500, "Internal Server Error", "uncertain"),
    _refusal(502, "Bad Gateway", "uncertain"),
    _refusal(504, "Gateway Timeout", "uncertain"),
    Case(fault=Answer(status=401, description="Unauthorized"), states=frozenset({"due"}), stops=True),
    Case(fault=Answer(status=409, description="Conflict: other"), states=frozenset({"due"}), stops=True),
)


async def refused(run: Run) -> Result:
    """F12: every refusal at its table; a flood halts bulk over a restart, and replies keep coming."""
    cases = REFUSALS if run.size == "full" else run.rng.sample(REFUSALS, 8)
    promises, scores = Promises(), list[Score]()
    async with pattern(UNITS, Channel.TELEGRAM) as mails:
        for case in cases:
            scores.append(await _cell(mails, case, promises))
    scores.append(await _flooded(promises, seconds=1))
    if run.size == "full":
        scores.append(await _flooded(promises, seconds=12 * 3600))
    doubts = sum("uncertain" in case.states for case in cases)
    what = f"Telegram's refusals ({len(cases)}), floods over a restart"
    return promises.of("F12", what, together(scores), most_uncertain=doubts)


async def unanswered(_run: Run) -> Result:
    """F13: Telegram stores and then cuts, sends half an answer, hangs: as many doubts as such calls."""
    faults = (Cut(stored=True), Half(), Hang(seconds=30), Cut(stored=False))
    uncertain = frozenset({"uncertain"})
    promises, scores = Promises(), list[Score]()
    async with pattern(UNITS, Channel.TELEGRAM) as mails:
        for fault in faults:
            scores.append(await _cell(mails, Case(fault=fault, states=uncertain), promises))
    total = together(scores)
    promises.hold(total.uncertain == len(faults), f"{total.uncertain} uncertain of {len(faults)} such calls")
    return promises.of("F13", "stored then cut, half an answer, silence", total, most_uncertain=len(faults))


async def _cell(mails: Pattern, case: Case, promises: Promises) -> Score:
    """Let one message meet a fault once; check its fate, then let days pass until all is settled."""
    victim, *others = mails.units
    async with mails.office() as office, TelegramServer() as telegram:
        enter(telegram, mails.units)
        telegram.say(case.fault, chat=int(victim))
        stopped = await _send(office, telegram)
        fate, wait = await office.fate(victim)
        named = str(case.fault)
        promises.hold(stopped is case.stops, f"{named}: the channel {'stopped' if stopped else 'went on'}")
        promises.hold(
            fate.state in case.states, f"{named}: {fate.state}, promised {'/'.join(sorted(case.states))}"
        )
        if fate.state == "due" and case.waits:
            promises.hold(wait >= case.waits - timedelta(minutes=5), f"{named}: waits only {wait}")
        for _ in range(MOST_DAYS):
            if not await office.store.outbox.rows(DeliveryState.DUE):
                break
            office.clock.forward(timedelta(days=1, minutes=1))
            await _send(office, telegram)
        # A long wait is kept by the machine's own clock, which nobody here can move.
        allowed = ("sent", "due") if case.waits == HALF_A_DAY else ("sent",)
        unsent = [row for row in office.place.rows if row.unit in others and row.state not in allowed]
        promises.hold(not unsent, f"{named}: others were not sent: {unsent[:2]}")
        return judge(mails.units, arrivals_of(telegram), office.place.rows)


async def _send(office: Office, telegram: TelegramServer) -> bool:
    """Send what is due, with a bot of its own; tell whether the channel stopped."""
    bot = build_bot(telegram.token, telegram.url, Pacing(1000), build_request(read_timeout=1.0))
    async with bot:
        return await send_by(bot, office)


async def send_by(bot: ExtBot[Pace], office: Office) -> bool:
    """Send what is due; tell whether the channel stopped."""
    try:
        await office.send(TelegramPostbox(bot))
    except ChannelStopped:
        return True
    return False


async def _flooded(promises: Promises, *, seconds: int) -> Score:
    """Flood the first bulk messages of a service, restart it, and talk to it all the while."""
    async with ground() as place, TelegramServer(wire_file=place.folder / "telegram.jsonl") as telegram:
        everybody = await bulk_for(place, telegram)
        reader = telegram.user(READER)
        async with running(place) as service:
            reader.send("/domains")
            await reader.wait_for_message(timeout=PATIENCE)
            for unit in everybody[:SEVERAL]:
                telegram.flood_next(seconds, chat=int(unit))
            await place.broadcast()
            await service.says("channel waits", within=PATIENCE)
            until, began = time.time() + seconds - SLACK, time.time()
            reader.send("/help")
            await reader.wait_for_message("/today", timeout=PATIENCE)
            answered = time.time() - began
            await service.stop()
        async with running(place) as service:
            await service.says("telegram: answering", within=PATIENCE)
            reader.send("/start")
            await reader.wait_for_message("Paper Digest", timeout=PATIENCE)
            if seconds < SHORT_FLOOD:
                promises.hold(await settled(place, within=PATIENCE), "not everything was settled")
            else:
                await asyncio.sleep(5 * SLACK)
            await service.stop()
        early = early_bulk(telegram, everybody, until)
        promises.hold(not early, f"a flood wait of {seconds} s was forgotten: {early} sent in it")
        mine = [one for one in arrivals_of(telegram) if one.unit in everybody]
        rows = [row for row in place.rows if row.unit in everybody]
        return judge(everybody, mine, rows, recovered=answered)


def early_bulk(telegram: TelegramServer, units: Sequence[str], until: float) -> int:
    """Count the bulk taken between the last refusal and ``until``, without what was in flight."""
    bulk = [entry for entry in telegram.wire if entry.to in units]
    refusal = max(entry.at for entry in bulk if not entry.accepted)
    return sum(entry.accepted and refusal + SLACK < entry.at < until for entry in bulk)


async def bulk_for(place: Ground, telegram: TelegramServer) -> list[str]:
    """Enrol people whom the stand-in knows."""
    place.settings |= {
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "TELEGRAM_RATE": "1000",
    }
    everybody = await place.crowd(20, Channel.TELEGRAM)
    enter(telegram, everybody)
    return everybody


def enter(telegram: TelegramServer, units: Sequence[str]) -> None:
    """Let the stand-in know everybody."""
    for unit in units:
        telegram.user(int(unit))


def arrivals_of(telegram: TelegramServer) -> list[Arrival]:
    """Give what the wire log of the stand-in holds of messages; whole is the text as it was queued."""
    return [
        Arrival(unit=entry.to, accepted=entry.accepted, whole=_is_whole(entry.text))
        for entry in telegram.wire
        if entry.kind == "sendMessage"
    ]


def _is_whole(text: str) -> bool:
    return TEXT.partition(",")[2] in text
