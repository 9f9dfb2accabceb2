"""F25, F27 and F28: a channel fails for a while, for good, or just when the service is told to stop."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager

import httpx

from digest.model import Channel
from tests.faults.ground import Ground, Run, ground
from tests.faults.kills import PATIENCE
from tests.faults.process import Program, running, settled
from tests.faults.replies import arrivals_of as mails_of
from tests.faults.score import Promises, Result, Score, judge, states, together
from tests.faults.telegram import READER, bulk_for, enter
from tests.faults.telegram import arrivals_of as messages_of
from tests.support.loopback import NO_TLS
from tests.support.mail_faults import Drop, MailStage, Wait
from tests.support.mail_server import MailServer
from tests.support.telegram_faults import Answer, Fault, Hang
from tests.support.telegram_proxies import IN_DOUBT, INSTEAD
from tests.support.telegram_server import TelegramServer

MOST_DOUBTS = 12
ADMIN = "admin@example.org"
STOP_SECONDS = 20.0
SLACK = 3.0
"""What a busy machine may add to a stop before anybody looks at the clock."""

OUTAGES: dict[str, Fault] = {
    "502 page": IN_DOUBT["nginx 502"],
    "JSON 500": IN_DOUBT["JSON 500"],
    "captive portal": INSTEAD["portal page"],
    "Telegram's own 502": Answer(status=502, description="Bad Gateway"),
}


async def outage(run: Run) -> Result:
    """F25: an outage at the hour costs at most a dozen doubts; then one row tries, and the rest follow."""
    names = list(OUTAGES) if run.size == "full" else ["502 page", "captive portal"]
    promises = Promises()
    chats = [_chat_outage(run, name, OUTAGES[name], promises) for name in names]
    cells = [_mail_outage(run, promises), *chats]
    score = together(await asyncio.gather(*cells))
    return promises.of(
        "F25", "each channel out for a while at the hour", score, most_uncertain=MOST_DOUBTS * len(cells)
    )


async def _mail_outage(run: Run, promises: Promises) -> Score:
    """Let the server die after each final dot for a while."""
    async with ground() as place, MailServer(security=run.security) as server:
        place.mail_to(server.port, security=run.security, connections=4)
        everybody = await place.crowd(run.pick(small=60, full=400))
        await place.broadcast()
        dying = server.order(MailStage.END, Drop(stored=False), times=None)
        async with running(place) as service:
            await service.says("channel waits", within=PATIENCE)
            await asyncio.sleep(run.pick(small=2, full=20))
            dying.times = dying.used
            over = time.time()
            promises.hold(await settled(place, within=PATIENCE), "mail: not everything was settled")
            recovered = time.time() - over
            await service.stop()
        score = judge(everybody, mails_of(server), place.rows, recovered=recovered)
        promises.hold(score.uncertain <= MOST_DOUBTS, f"mail: {score.uncertain} uncertain")
        return score


async def _chat_outage(run: Run, name: str, fault: Fault, promises: Promises) -> Score:
    """Let something else answer in Telegram's place for a while."""
    async with ground() as place, TelegramServer(wire_file=place.folder / "telegram.jsonl") as telegram:
        place.settings |= {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "TELEGRAM_RATE": "1000",
        }
        everybody = await place.crowd(run.pick(small=60, full=400), Channel.TELEGRAM)
        enter(telegram, everybody)
        async with running(place) as service:
            await service.says("telegram: answering", within=PATIENCE)
            with telegram.behind(fault):
                await place.broadcast()
                await service.says("channel waits", within=PATIENCE)
                await asyncio.sleep(run.pick(small=2, full=20))
            over = time.time()
            promises.hold(await settled(place, within=PATIENCE), f"{name}: not everything was settled")
            recovered = time.time() - over
            await service.stop()
        rows = [row for row in place.rows if row.unit in everybody]
        score = judge(everybody, messages_of(telegram), rows, recovered=recovered)
        lost = [row for row in rows if row.state not in ("sent", "uncertain")]
        promises.hold(not lost, f"{name}: {states(lost)}")
        promises.hold(score.uncertain <= MOST_DOUBTS, f"{name}: {score.uncertain} uncertain")
        return score


async def refused_altogether(run: Run) -> Result:
    """F27: Telegram refuses us; it stops alone, mail and pages go on, an admin is told by mail."""
    promises = Promises()
    scores = await asyncio.gather(
        _refused(run, "token revoked", _revoked, promises),
        _refused(run, "second poller", _second_poller, promises),
        _refused(run, "one odd 404", _one_404, promises),
    )
    return promises.of("F27", "token revoked, second poller, one odd 404", together(scores))


@contextmanager
def _revoked(telegram: TelegramServer) -> Iterator[None]:
    with telegram.behind(Answer(status=401, description="Unauthorized")):
        yield


@contextmanager
def _second_poller(telegram: TelegramServer) -> Iterator[None]:
    words = "Conflict: terminated by other getUpdates request"
    arranged = telegram.refuse_next(409, words, method="getUpdates", times=None)
    yield
    arranged.times = arranged.used


@contextmanager
def _one_404(telegram: TelegramServer) -> Iterator[None]:
    telegram.refuse_next(404, "Not Found", method="sendMessage", chat=1)
    yield


async def _refused(
    run: Run,
    name: str,
    refusing: Callable[[TelegramServer], AbstractContextManager[None]],
    promises: Promises,
) -> Score:
    async with _both(run) as (place, telegram, server):
        everybody = await bulk_for(place, telegram)
        place.settings["ADMIN_EMAILS"] = ADMIN
        async with running(place) as service:
            await service.says("telegram: answering", within=PATIENCE)
            pages = await service.says("web: pages", within=PATIENCE)
            with refusing(telegram):
                await place.broadcast()
                told = await _mail_with(server, b"Telegram", within=PATIENCE)
                promises.hold(told, f"{name}: no admin was told by mail")
                promises.hold(pages and service.child.returncode is None, f"{name}: the service has ended")
                promises.hold(await _page(service) == httpx.codes.OK, f"{name}: no pages")
            over = time.time()
            promises.hold(await settled(place, within=PATIENCE), f"{name}: not everything was settled")
            reader = telegram.user(READER)
            reader.send("/help")
            await reader.wait_for_message("/today", timeout=PATIENCE)
            recovered = time.time() - over
            promises.hold(await service.stop() == 0, f"{name}: the service did not end well")
        rows = [row for row in place.rows if row.unit in everybody]
        mine = [one for one in messages_of(telegram) if one.unit in everybody and one.whole]
        return judge(everybody, mine, rows, recovered=recovered)


async def told_to_stop(run: Run) -> Result:
    """F28: SIGTERM while chat, mail and pages are busy with servers that hang: exit 0 within 20 seconds."""
    promises = Promises()
    scores = await asyncio.gather(
        _stopped(run, MailStage.GREETING, promises), _stopped(run, MailStage.RCPT, promises)
    )
    return promises.of("F28", "told to stop while everything hangs", together(scores), most_uncertain=2 * 8)


async def _stopped(run: Run, stage: MailStage, promises: Promises) -> Score:
    async with _both(run) as (place, telegram, server):
        server.order(stage, Wait(seconds=120), times=None)
        everybody = await place.crowd(40)
        reader = telegram.user(READER)
        async with running(place) as service:
            await service.says("telegram: answering", within=PATIENCE)
            telegram.say(Hang(seconds=120, stored=False), method="sendMessage", times=None)
            reader.send("/help")
            await place.broadcast()
            slow = await asyncio.open_connection("127.0.0.1", _port_of(service))
            slow[1].write(b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
            await _begun(place)
            began = time.monotonic()
            code = await service.stop(within=4 * STOP_SECONDS)
            took = time.monotonic() - began
            slow[1].close()
        promises.hold(code == 0, f"hanging at {stage}: ended with {code}")
        promises.hold(took <= STOP_SECONDS + SLACK, f"hanging at {stage}: it took {took:.1f} s")
        left = states(place.rows)
        promises.hold(not left["sending"], f"hanging at {stage}: {left['sending']} left in sending")
        return judge(everybody, mails_of(server), place.rows, recovered=took)


@asynccontextmanager
async def _both(run: Run) -> AsyncIterator[tuple[Ground, TelegramServer, MailServer]]:
    """Give a ground between both stand-ins."""
    async with (
        ground() as place,
        TelegramServer(wire_file=place.folder / "telegram.jsonl") as telegram,
        MailServer(security=run.security) as server,
    ):
        place.mail_to(server.port, security=run.security, connections=4)
        place.settings |= {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
        yield place, telegram, server


async def _begun(place: Ground) -> None:
    """Wait until messages are being sent."""
    under_way = "SELECT count(*) FROM outbox WHERE state = 'sending'"
    while not (await asyncio.to_thread(place.ask, under_way))[0][0]:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.05)


async def _mail_with(server: MailServer, words: bytes, *, within: float) -> bool:
    until = time.monotonic() + within
    while not any(words in one.raw for one in server.messages):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.1)
    return True


async def _page(service: Program) -> int:
    async with httpx.AsyncClient(timeout=60, verify=NO_TLS) as client:
        return (await client.get(f"http://127.0.0.1:{_port_of(service)}/healthz")).status_code


def _port_of(service: Program) -> int:
    line = next(line for line in service.words.splitlines() if "web: pages" in line)
    return int(line.partition("127.0.0.1:")[2].split()[0].strip("\x1b[0m"))
