"""F32: a flood wait of one chat, and one of everybody; replies keep coming in both."""

import time
from datetime import UTC, datetime

from digest.clock import system_clock
from tests.faults.ground import Run, ground
from tests.faults.kills import PATIENCE
from tests.faults.process import running, settled
from tests.faults.score import Promises, Result, Score, judge, together
from tests.faults.telegram import READER, SEVERAL, SLACK, arrivals_of, bulk_for, early_bulk
from tests.support.telegram_server import TelegramServer

WAIT = 6
LONG_WAIT = 3600


async def flooded(_run: Run) -> Result:
    """F32: a 429 of one chat holds that chat; several within seconds hold all bulk, and no reply."""
    promises = Promises()
    scores = [await _one_chat(promises), await _everybody(promises)]
    return promises.of("F32", "429 for one chat, for several; replies meanwhile", together(scores))


async def _one_chat(promises: Promises) -> Score:
    """Flood one chat for an hour: everybody else gets theirs, and the hour stands in its row."""
    async with ground() as place, TelegramServer(wire_file=place.folder / "telegram.jsonl") as telegram:
        everybody = await bulk_for(place, telegram)
        held, *others = everybody
        reader, held_reader = telegram.user(READER), telegram.user(int(held))
        async with running(place) as service:
            await service.says("telegram: answering", within=PATIENCE)
            refusal = telegram.flood_next(LONG_WAIT, chat=int(held))
            await place.broadcast()
            await refusal.met(within=PATIENCE)
            for one in (reader, held_reader):
                one.send("/help")
                await one.wait_for_message("/today", timeout=PATIENCE)
            for other in others:
                await telegram.user(int(other)).wait_for_message(timeout=PATIENCE)
            await service.stop()
        (hour,) = place.ask("SELECT not_before FROM outbox WHERE state = 'due'")
        left = (_time_of(hour[0]) - system_clock()).total_seconds()
        promises.hold(LONG_WAIT / 2 < left <= LONG_WAIT, f"the chat's wait of an hour is kept as {left} s")
        promises.hold("channel waits" not in service.words, "one chat's wait held everybody")
        rows = [row for row in place.rows if row.unit in everybody]
        mine = [one for one in arrivals_of(telegram) if one.unit in everybody and one.whole]
        return judge(everybody, mine, rows)


async def _everybody(promises: Promises) -> Score:
    """Flood several chats for some seconds: all bulk waits, replies go on, then everything is sent."""
    async with ground() as place, TelegramServer(wire_file=place.folder / "telegram.jsonl") as telegram:
        everybody = await bulk_for(place, telegram)
        reader, held_reader = telegram.user(READER), telegram.user(int(everybody[0]))
        async with running(place) as service:
            await service.says("telegram: answering", within=PATIENCE)
            for unit in everybody[:SEVERAL]:
                telegram.flood_next(WAIT, chat=int(unit))
            await place.broadcast()
            promises.hold(await service.says("channel waits", within=PATIENCE), "nobody waited")
            until, began = time.time() + WAIT - 2 * SLACK, time.time()
            for one in (reader, held_reader):
                one.send("/help")
                await one.wait_for_message("/today", timeout=PATIENCE)
            answered = time.time() - began
            promises.hold(await settled(place, within=PATIENCE), "not everything was settled")
            await service.stop()
        early = early_bulk(telegram, everybody, until)
        promises.hold(not early, f"{early} sent during everybody's wait")
        rows = [row for row in place.rows if row.unit in everybody]
        mine = [one for one in arrivals_of(telegram) if one.unit in everybody and one.whole]
        return judge(everybody, mine, rows, recovered=answered)


def _time_of(kept: object) -> datetime:
    return datetime.fromisoformat(str(kept)).replace(tzinfo=UTC)
