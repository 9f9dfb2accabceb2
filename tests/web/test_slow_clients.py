"""Clients that trickle, rest, or do not read: each is cut after its time, and the others are answered."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from digest.model.clock import FixedClock
from digest.storage import Store
from digest.web.server import ConnectionLimits
from tests.support.plain_http import NO_TLS
from tests.web.running_site import RunningSite, run_site

SLOW_CLIENTS = 200
QUICK_REQUESTS = 100
MAX_CONNECTIONS = 20
REQUEST_TIMEOUT = 1.0

HEADER = b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "
BODY = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
COMPLETE_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
CONNECTIONS: list[Connection] = []


@pytest.fixture
async def limited_site(store: Store, clock: FixedClock) -> AsyncIterator[RunningSite]:
    """Return the pages in a small room: few connections, a second for a request."""
    async with run_site(
        store, clock, pool=ConnectionLimits(max_connections=MAX_CONNECTIONS, request_timeout=REQUEST_TIMEOUT)
    ) as running:
        yield running


async def open_connection(site: RunningSite, *said: bytes) -> Connection:
    """Connect and say something."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
    writer.writelines(said)
    CONNECTIONS.append((reader, writer))
    return reader, writer


async def is_closed(line: Connection, *, within: float) -> bool:
    """Return whether the other side ends the line, whatever it says first."""
    try:
        async with asyncio.timeout(within):
            while await line[0].read(1 << 16):
                pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


async def send_slowly(line: Connection) -> None:
    """Say one byte after the other until the line is cut."""
    try:
        while not line[1].is_closing():
            line[1].write(b"a")
            await line[1].drain()
            await asyncio.sleep(REQUEST_TIMEOUT / 10)
    except ConnectionError:
        pass


@pytest.fixture(autouse=True)
async def close_connections() -> AsyncIterator[None]:
    """Close every line at the end."""
    CONNECTIONS.clear()
    yield
    for _, writer in CONNECTIONS:
        writer.transport.abort()
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    "said",
    [b"", b"G", HEADER, BODY, CHUNKED, COMPLETE_REQUEST + HEADER, COMPLETE_REQUEST + BODY],
    ids=["nothing", "a letter", "headers", "a body", "chunks", "then headers", "then a body"],
)
async def test_a_request_that_trickles_in_is_cut_after_its_time_however_it_trickles(
    limited_site: RunningSite, said: bytes
) -> None:
    silent, busy = await open_connection(limited_site, said), await open_connection(limited_site, said)
    talking = asyncio.create_task(send_slowly(busy))

    cut = await asyncio.gather(*(is_closed(line, within=10 * REQUEST_TIMEOUT) for line in (silent, busy)))

    assert cut == [True, True]
    await talking


async def test_a_body_without_end_is_cut_though_its_answer_was_given(limited_site: RunningSite) -> None:
    line = await open_connection(limited_site, CHUNKED)

    async def endless() -> None:
        while not line[1].is_closing():
            line[1].write(b"400\r\n" + b"a" * 1024 + b"\r\n")
            await line[1].drain()
            await asyncio.sleep(0.005)

    talking = asyncio.create_task(endless())

    assert await is_closed(line, within=10 * REQUEST_TIMEOUT)
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)


@pytest.mark.parametrize(
    "said", [HEADER, BODY, COMPLETE_REQUEST], ids=["slow with headers", "slow with a body", "resting after an answer"]
)
async def test_whoever_is_quick_is_answered_while_two_hundred_are_slow(
    store: Store, clock: FixedClock, said: bytes
) -> None:
    async with run_site(
        store, clock, pool=ConnectionLimits(max_connections=MAX_CONNECTIONS, request_timeout=30)
    ) as site:
        slow = [await open_connection(site, said) for _ in range(SLOW_CLIENTS)]

        async with httpx.AsyncClient(
            base_url=site.url,
            limits=httpx.Limits(max_connections=5, max_keepalive_connections=0),
            timeout=60,
            verify=NO_TLS,
        ) as quick:
            answers = await asyncio.gather(*(quick.get("/healthz") for _ in range(QUICK_REQUESTS)))

        assert [one.status_code for one in answers] == [200] * QUICK_REQUESTS
        cut = [await is_closed(line, within=10) for line in slow[: SLOW_CLIENTS - MAX_CONNECTIONS]]
        assert all(cut)


async def test_whoever_asks_much_and_reads_nothing_keeps_nobody_out(limited_site: RunningSite) -> None:
    asking = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 200
    greedy = [await open_connection(limited_site, asking) for _ in range(MAX_CONNECTIONS)]
    for reader, _ in greedy:
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # noqa: SLF001 - a client that does not read
    await asyncio.sleep(REQUEST_TIMEOUT)

    async with httpx.AsyncClient(base_url=limited_site.url, timeout=60, verify=NO_TLS) as quick:
        answer = await quick.get("/healthz")

    assert answer.status_code == 200


async def test_a_connection_that_is_kept_serves_many_requests_beyond_the_bound_of_one(
    limited_site: RunningSite,
) -> None:
    reader, writer = await open_connection(limited_site)

    for _ in range(4):
        writer.write(COMPLETE_REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        await asyncio.sleep(REQUEST_TIMEOUT / 2)

    assert head.startswith(b"HTTP/1.1 200")
