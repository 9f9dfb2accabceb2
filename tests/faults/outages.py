"""F25, F27 and F28: a channel fails for a while, for good, or just when the service is told to stop."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager

import httpx

from digest.model import Channel
from tests.faults.environment import CampaignEnv, CampaignRun, campaign_env
from tests.faults.kills import PROGRESS_TIMEOUT
from tests.faults.program import Program, run_program, wait_until_settled
from tests.faults.score import CampaignResult, CampaignScore, Promises, add_scores, compute_score, count_states
from tests.faults.smtp_replies import arrivals_of as mails_of
from tests.faults.telegram_replies import READER_ID, add_telegram_subscribers, register_users
from tests.faults.telegram_replies import telegram_arrivals as messages_of
from tests.support.plain_http import NO_TLS
from tests.support.smtp_faults import DelayReply, DropConnection, SmtpFaultStage
from tests.support.smtp_server import SmtpServer
from tests.support.telegram_faults import HangReply, TelegramFault, TelegramRefusal
from tests.support.telegram_proxy_replies import AMBIGUOUS_REPLIES, FOREIGN_REPLIES
from tests.support.telegram_server import TelegramServer

MAX_UNCERTAIN = 12
ADMIN = "admin@example.org"
STOP_SECONDS = 20.0
STOP_TOLERANCE = 3.0
"""What a busy machine may add to a stop before anybody looks at the clock."""

OUTAGE_FAULTS: dict[str, TelegramFault] = {
    "502 page": AMBIGUOUS_REPLIES["nginx 502"],
    "JSON 500": AMBIGUOUS_REPLIES["JSON 500"],
    "captive portal": FOREIGN_REPLIES["portal page"],
    "Telegram's own 502": TelegramRefusal(status=502, description="Bad Gateway"),
}


async def check_outage(run: CampaignRun) -> CampaignResult:
    """F25: an outage at the hour costs at most a dozen doubts; then one row tries, and the rest follow."""
    names = list(OUTAGE_FAULTS) if run.size == "full" else ["502 page", "captive portal"]
    promises = Promises()
    chats = [_check_telegram_outage(run, name, OUTAGE_FAULTS[name], promises) for name in names]
    cells = [_check_mail_outage(run, promises), *chats]
    score = add_scores(await asyncio.gather(*cells))
    return promises.result(
        "F25", "each channel out for a while at the hour", score, max_uncertain=MAX_UNCERTAIN * len(cells)
    )


async def _check_mail_outage(run: CampaignRun, promises: Promises) -> CampaignScore:
    """Let the server die after each final dot for a while."""
    async with campaign_env() as place, SmtpServer(security=run.security) as server:
        place.use_smtp_server(server.port, security=run.security, connections=4)
        everybody = await place.add_subscribers(run.by_size(small=60, full=400))
        await place.queue_broadcast()
        dying = server.plan_fault(SmtpFaultStage.END, DropConnection(stored=False), times=None)
        async with run_program(place) as service:
            await service.wait_for_output("channel waits", within=PROGRESS_TIMEOUT)
            await asyncio.sleep(run.by_size(small=2, full=20))
            dying.times = dying.use_count
            over = time.time()
            promises.check(await wait_until_settled(place, within=PROGRESS_TIMEOUT), "mail: not everything was settled")
            recovered = time.time() - over
            await service.stop()
        score = compute_score(everybody, mails_of(server), place.outbox_rows, recovery_seconds=recovered)
        promises.check(score.uncertain <= MAX_UNCERTAIN, f"mail: {score.uncertain} uncertain")
        return score


async def _check_telegram_outage(
    run: CampaignRun, name: str, fault: TelegramFault, promises: Promises
) -> CampaignScore:
    """Let something else answer in Telegram's place for a while."""
    async with campaign_env() as place, TelegramServer(wire_file=place.folder / "telegram.jsonl") as telegram:
        place.settings |= {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "TELEGRAM_RATE": "1000",
        }
        everybody = await place.add_subscribers(run.by_size(small=60, full=400), Channel.TELEGRAM)
        register_users(telegram, everybody)
        async with run_program(place) as service:
            await service.wait_for_output("telegram: answering", within=PROGRESS_TIMEOUT)
            with telegram.replaced_by(fault):
                await place.queue_broadcast()
                await service.wait_for_output("channel waits", within=PROGRESS_TIMEOUT)
                await asyncio.sleep(run.by_size(small=2, full=20))
            over = time.time()
            promises.check(
                await wait_until_settled(place, within=PROGRESS_TIMEOUT), f"{name}: not everything was settled"
            )
            recovered = time.time() - over
            await service.stop()
        rows = [row for row in place.outbox_rows if row.unit in everybody]
        score = compute_score(everybody, messages_of(telegram), rows, recovery_seconds=recovered)
        lost = [row for row in rows if row.state not in ("sent", "uncertain")]
        promises.check(not lost, f"{name}: {count_states(lost)}")
        promises.check(score.uncertain <= MAX_UNCERTAIN, f"{name}: {score.uncertain} uncertain")
        return score


async def check_channel_refused(run: CampaignRun) -> CampaignResult:
    """F27: Telegram refuses us; it stops alone, mail and pages go on, an admin is told by mail."""
    promises = Promises()
    scores = await asyncio.gather(
        _check_refused(run, "token revoked", _revoke_token, promises),
        _check_refused(run, "second poller", _run_second_poller, promises),
        _check_refused(run, "one odd 404", _reply_404_once, promises),
    )
    return promises.result("F27", "token revoked, second poller, one odd 404", add_scores(scores))


@contextmanager
def _revoke_token(telegram: TelegramServer) -> Iterator[None]:
    with telegram.replaced_by(TelegramRefusal(status=401, description="Unauthorized")):
        yield


@contextmanager
def _run_second_poller(telegram: TelegramServer) -> Iterator[None]:
    words = "Conflict: terminated by other getUpdates request"
    arranged = telegram.plan_refusal(409, words, method="getUpdates", times=None)
    yield
    arranged.times = arranged.use_count


@contextmanager
def _reply_404_once(telegram: TelegramServer) -> Iterator[None]:
    telegram.plan_refusal(404, "Not Found", method="sendMessage", chat=1)
    yield


async def _check_refused(
    run: CampaignRun, name: str, refuse: Callable[[TelegramServer], AbstractContextManager[None]], promises: Promises
) -> CampaignScore:
    async with _both_servers(run) as (place, telegram, server):
        everybody = await add_telegram_subscribers(place, telegram)
        place.settings["ADMIN_EMAILS"] = ADMIN
        async with run_program(place) as service:
            await service.wait_for_output("telegram: answering", within=PROGRESS_TIMEOUT)
            pages = await service.wait_for_output("web: pages", within=PROGRESS_TIMEOUT)
            with refuse(telegram):
                await place.queue_broadcast()
                told = await _wait_for_mail(server, b"Telegram", within=PROGRESS_TIMEOUT)
                promises.check(told, f"{name}: no admin was told by mail")
                promises.check(pages and service.child.returncode is None, f"{name}: the service has ended")
                promises.check(await _request_page(service) == httpx.codes.OK, f"{name}: no pages")
            over = time.time()
            promises.check(
                await wait_until_settled(place, within=PROGRESS_TIMEOUT), f"{name}: not everything was settled"
            )
            reader = telegram.user(READER_ID)
            reader.send("/help")
            await reader.wait_for_message("/today", timeout=PROGRESS_TIMEOUT)
            recovered = time.time() - over
            promises.check(await service.stop() == 0, f"{name}: the service did not end well")
        rows = [row for row in place.outbox_rows if row.unit in everybody]
        mine = [one for one in messages_of(telegram) if one.unit in everybody and one.is_complete]
        return compute_score(everybody, mine, rows, recovery_seconds=recovered)


async def check_stop_while_busy(run: CampaignRun) -> CampaignResult:
    """F28: SIGTERM while chat, mail and pages are busy with servers that hang: exit 0 within 20 seconds."""
    promises = Promises()
    scores = await asyncio.gather(
        _check_stop(run, SmtpFaultStage.GREETING, promises), _check_stop(run, SmtpFaultStage.RCPT, promises)
    )
    return promises.result("F28", "told to stop while everything hangs", add_scores(scores), max_uncertain=2 * 8)


async def _check_stop(run: CampaignRun, stage: SmtpFaultStage, promises: Promises) -> CampaignScore:
    async with _both_servers(run) as (place, telegram, server):
        server.plan_fault(stage, DelayReply(seconds=120), times=None)
        everybody = await place.add_subscribers(40)
        reader = telegram.user(READER_ID)
        async with run_program(place) as service:
            await service.wait_for_output("telegram: answering", within=PROGRESS_TIMEOUT)
            telegram.plan_fault(HangReply(seconds=120, processed=False), method="sendMessage", times=None)
            reader.send("/help")
            await place.queue_broadcast()
            slow = await asyncio.open_connection("127.0.0.1", _find_port(service))
            slow[1].write(b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
            await _wait_until_sending(place)
            began = time.monotonic()
            code = await service.stop(within=4 * STOP_SECONDS)
            took = time.monotonic() - began
            slow[1].close()
        promises.check(code == 0, f"hanging at {stage}: ended with {code}")
        promises.check(took <= STOP_SECONDS + STOP_TOLERANCE, f"hanging at {stage}: it took {took:.1f} s")
        left = count_states(place.outbox_rows)
        promises.check(not left["sending"], f"hanging at {stage}: {left['sending']} left in sending")
        return compute_score(everybody, mails_of(server), place.outbox_rows, recovery_seconds=took)


@asynccontextmanager
async def _both_servers(run: CampaignRun) -> AsyncIterator[tuple[CampaignEnv, TelegramServer, SmtpServer]]:
    """Return a ground between both stand-ins."""
    async with (
        campaign_env() as place,
        TelegramServer(wire_file=place.folder / "telegram.jsonl") as telegram,
        SmtpServer(security=run.security) as server,
    ):
        place.use_smtp_server(server.port, security=run.security, connections=4)
        place.settings |= {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
        yield place, telegram, server


async def _wait_until_sending(env: CampaignEnv) -> None:
    """Wait until messages are being sent."""
    under_way = "SELECT count(*) FROM outbox WHERE state = 'sending'"
    while not (await asyncio.to_thread(env.query, under_way))[0][0]:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.05)


async def _wait_for_mail(server: SmtpServer, words: bytes, *, within: float) -> bool:
    until = time.monotonic() + within
    while not any(words in one.raw for one in server.messages):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.1)
    return True


async def _request_page(service: Program) -> int:
    async with httpx.AsyncClient(timeout=60, verify=NO_TLS) as client:
        return (await client.get(f"http://127.0.0.1:{_find_port(service)}/healthz")).status_code


def _find_port(service: Program) -> int:
    line = next(line for line in service.output.splitlines() if "web: pages" in line)
    return int(line.partition("127.0.0.1:")[2].split()[0].strip("\x1b[0m"))
