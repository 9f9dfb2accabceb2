"""F26: a proxy, a firewall or a portal answers in Telegram's place."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta

from digest.deliver.telegram_request import build_bot
from digest.model import Channel
from tests.faults.ground import Ground, Run, ground
from tests.faults.kills import PATIENCE
from tests.faults.office import Pattern, pattern
from tests.faults.process import Program, running, settled
from tests.faults.score import Promises, Result, Score, judge, together
from tests.faults.telegram import READER, arrivals_of, bulk_for, enter, send_by
from tests.support.telegram_faults import Foreign
from tests.support.telegram_proxies import INSTEAD
from tests.support.telegram_server import TelegramServer

UNITS = 4
ALWAYS = ("API gateway 403", "nginx 404", "proxy 401", "proxy 400", "portal page", "portal in JSON")
MOST_POLLING_LINES = 12
"""The pause between two polls grows to half a minute; each that fails is one line."""


async def answered_by_others(run: Run) -> Result:
    """F26: nobody is gone or refused and nobody's try is counted; all is sent once it is over."""
    small = (*ALWAYS, *run.rng.sample(sorted(set(INSTEAD) - set(ALWAYS)), 4))
    names = list(INSTEAD) if run.size == "full" else small
    promises, scores = Promises(), list[Score]()
    async with pattern(UNITS, Channel.TELEGRAM) as mails:
        for name in names:
            scores.append(await _cell(mails, name, promises))
    scores.append(await _service([INSTEAD[name] for name in names], promises))
    return promises.of("F26", f"somebody else answers ({len(names)}), a service", together(scores))


async def _cell(mails: Pattern, name: str, promises: Promises) -> Score:
    """Let everything meet one answer, then nothing."""
    async with (
        mails.office() as office,
        TelegramServer() as telegram,
        build_bot(telegram.token, telegram.url) as bot,
    ):
        enter(telegram, mails.units)
        with telegram.behind(INSTEAD[name]):
            stopped = await send_by(bot, office)
        promises.hold(not stopped, f"{name}: the channel stopped")
        for unit in mails.units:
            kept, _ = await office.fate(unit)
            promises.hold(kept.state == "due", f"{name}: {unit} is {kept.state}")
            promises.hold(kept.attempts == 0, f"{name}: {kept.attempts} tries counted")
        office.clock.forward(timedelta(minutes=1))
        await send_by(bot, office)
        unsent = [row for row in office.place.rows if row.state != "sent"]
        promises.hold(not unsent, f"{name}: not sent afterwards: {unsent[:2]}")
        return judge(mails.units, arrivals_of(telegram), office.place.rows)


async def _service(answers: Sequence[Foreign], promises: Promises) -> Score:
    """Let a service start, poll, send and stop behind them; it goes on by itself, and its log stays short."""
    async with ground() as place, TelegramServer(wire_file=place.folder / "telegram.jsonl") as telegram:
        everybody = await bulk_for(place, telegram)
        reader = telegram.user(READER)
        async with running(place) as service:
            with telegram.behind(answers[0]):
                promises.hold(
                    await service.says("telegram is not reachable", within=PATIENCE),
                    "a start behind a proxy is not told",
                )
            await service.says("telegram: answering", within=PATIENCE)
            await _sent_behind(answers, service, place, telegram)
            over = time.time()
            _check_rows(place, everybody, promises)
            promises.hold(await settled(place, within=2 * PATIENCE), "not everything was settled")
            recovered = time.time() - over
            reader.send("/help")
            await reader.wait_for_message("/today", timeout=PATIENCE)
            with telegram.behind(answers[0]):
                code = await service.stop()
        promises.hold(code == 0, f"the service ended with {code}")
        promises.hold("Traceback" not in service.words, "a traceback in the log")
        polls = service.words.count("telegram polling")
        promises.hold(polls <= MOST_POLLING_LINES, f"{polls} lines of polling")
        rows = [row for row in place.rows if row.unit in everybody]
        mine = [one for one in arrivals_of(telegram) if one.unit in everybody]
        return judge(everybody, mine, rows, recovered=recovered)


async def _sent_behind(
    answers: Sequence[Foreign], service: Program, place: Ground, telegram: TelegramServer
) -> None:
    """Let everybody's message and the polling meet one answer after the other."""
    with telegram.behind(answers[0]):
        await place.broadcast()
        await service.says("channel waits", within=PATIENCE)
    for answer in answers[1:]:
        with telegram.behind(answer):
            await asyncio.sleep(0.5)


def _check_rows(place: Ground, units: Sequence[str], promises: Promises) -> None:
    lost = [row for row in place.rows if row.unit in units and row.state not in ("due", "leased", "sent")]
    promises.hold(not lost, f"behind a proxy {len(lost)} were not kept: {lost[:2]}")
