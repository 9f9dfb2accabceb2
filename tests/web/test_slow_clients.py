"""Clients that trickle, rest, or do not read: each is cut after its time, and the others are answered."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from digest.clock import SetClock
from digest.store import Store
from digest.web.server import Room
from tests.support.loopback import NO_TLS
from tests.web.site import Site, running_site

SLOW = 200
QUICK = 100
MOST = 20
SECONDS = 1.0

HEADER = b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "
BODY = (
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
)
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LINES: list[Line] = []


@pytest.fixture
async def small(store: Store, clock: SetClock) -> AsyncIterator[Site]:
    """Give the pages in a small room: few connections, a second for a request."""
    async with running_site(store, clock, room=Room(most=MOST, seconds=SECONDS)) as running:
        yield running


async def opened(site: Site, *said: bytes) -> Line:
    """Connect and say something."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
    writer.writelines(said)
    LINES.append((reader, writer))
    return reader, writer


async def is_cut(line: Line, *, within: float) -> bool:
    """Tell whether the other side ends the line, whatever it says first."""
    try:
        async with asyncio.timeout(within):
            while await line[0].read(1 << 16):
                pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


async def trickle(line: Line) -> None:
    """Say one byte after the other until the line is cut."""
    try:
        while not line[1].is_closing():
            line[1].write(b"a")
            await line[1].drain()
            await asyncio.sleep(SECONDS / 10)
    except ConnectionError:
        pass


@pytest.fixture(autouse=True)
async def hang_up() -> AsyncIterator[None]:
    """Close every line at the end."""
    LINES.clear()
    yield
    for _, writer in LINES:
        writer.transport.abort()
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    "said",
    [b"", b"G", HEADER, BODY, CHUNKED, WHOLE + HEADER, WHOLE + BODY],
    ids=["nothing", "a letter", "headers", "a body", "chunks", "then headers", "then a body"],
)
async def test_a_request_that_trickles_in_is_cut_after_its_time_however_it_trickles(
    small: Site, said: bytes
) -> None:
    silent, busy = await opened(small, said), await opened(small, said)
    talking = asyncio.create_task(trickle(busy))

    cut = await asyncio.gather(*(is_cut(line, within=10 * SECONDS) for line in (silent, busy)))

    assert cut == [True, True]
    await talking


async def test_a_body_without_end_is_cut_though_its_answer_was_given(small: Site) -> None:
    line = await opened(small, CHUNKED)

    async def endless() -> None:
        while not line[1].is_closing():
            line[1].write(b"400\r\n" + b"a" * 1024 + b"\r\n")
            await line[1].drain()
            await asyncio.sleep(0.005)

    talking = asyncio.create_task(endless())

    assert await is_cut(line, within=10 * SECONDS)
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)


@pytest.mark.parametrize(
    "said",
    [HEADER, BODY, WHOLE],
    ids=["slow with headers", "slow with a body", "resting after an answer"],
)
async def test_whoever_is_quick_is_answered_while_two_hundred_are_slow(
    store: Store, clock: SetClock, said: bytes
) -> None:
    async with running_site(store, clock, room=Room(most=MOST, seconds=30)) as site:
        slow = [await opened(site, said) for _ in range(SLOW)]

        async with httpx.AsyncClient(
            base_url=site.url,
            limits=httpx.Limits(max_connections=5, max_keepalive_connections=0),
            timeout=60,
            verify=NO_TLS,
        ) as quick:
            answers = await asyncio.gather(*(quick.get("/healthz") for _ in range(QUICK)))

        assert [one.status_code for one in answers] == [200] * QUICK
        cut = [await is_cut(line, within=10) for line in slow[: SLOW - MOST]]
        assert all(cut)


async def test_whoever_asks_much_and_reads_nothing_keeps_nobody_out(small: Site) -> None:
    asking = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 200
    greedy = [await opened(small, asking) for _ in range(MOST)]
    for reader, _ in greedy:
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # noqa: SLF001 - a client that does not read
    await asyncio.sleep(SECONDS)

    async with httpx.AsyncClient(base_url=small.url, timeout=60, verify=NO_TLS) as quick:
        answer = await quick.get("/healthz")

    assert answer.status_code == 200


async def test_a_connection_that_is_kept_serves_many_requests_beyond_the_bound_of_one(small: Site) -> None:
    reader, writer = await opened(small)

    for _ in range(4):
        writer.write(WHOLE)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        await asyncio.sleep(SECONDS / 2)

    assert head.startswith(b"HTTP/1.1 200")
