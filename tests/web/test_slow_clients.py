"""Clients that trickle, rest, or do not read: the others are answered, and the slow ones are closed first."""

import asyncio
import logging
from collections.abc import AsyncIterator

import httpx
import pytest

from digest.model.clock import FixedClock
from digest.storage import Store
from tests.support.plain_http import NO_TLS
from tests.web.running_site import RunningSite, run_site

MAX_CONNECTIONS = 10

HEADER = b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "
BODY = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
COMPLETE_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
CONNECTIONS: list[Connection] = []


@pytest.fixture
async def limited_site(store: Store, clock: FixedClock) -> AsyncIterator[RunningSite]:
    """Return the pages with few connections."""
    async with run_site(store, clock, max_connections=MAX_CONNECTIONS) as running:
        yield running


@pytest.fixture(autouse=True)
async def close_connections() -> AsyncIterator[None]:
    """Close every connection at the end."""
    CONNECTIONS.clear()
    yield
    for _, writer in CONNECTIONS:
        writer.transport.abort()
    await asyncio.sleep(0)


async def open_connection(site: RunningSite, sent: bytes = b"") -> Connection:
    """Connect and send something."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
    writer.write(sent)
    CONNECTIONS.append((reader, writer))
    return reader, writer


async def wait_closed(connection: Connection) -> None:
    """Return once the server closes the connection, whatever it sends first."""
    try:
        async with asyncio.timeout(30):
            while await connection[0].read(1 << 16):
                pass
    except ConnectionError:
        pass


async def ask(connection: Connection) -> bytes:
    """Ask for a small page on an open connection; return the head of the answer."""
    connection[1].write(COMPLETE_REQUEST)
    head = await connection[0].readuntil(b"\r\n\r\n")
    await connection[0].readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
    return head


@pytest.mark.parametrize("answered", [False, True], ids=["at once", "after an answer"])
@pytest.mark.parametrize(
    "sent", [b"", b"G", HEADER, BODY, CHUNKED], ids=["rest", "letter", "headers", "body", "chunks"]
)
async def test_quick_clients_are_answered_beside_slow_ones_which_are_closed(
    limited_site: RunningSite, sent: bytes, *, answered: bool
) -> None:
    slow = []
    for _ in range(2 * MAX_CONNECTIONS):
        slow.append(await open_connection(limited_site))
        if answered:
            await ask(slow[-1])
        slow[-1][1].write(sent)

    for _ in range(MAX_CONNECTIONS):
        assert (await ask(await open_connection(limited_site))).startswith(b"HTTP/1.1 200")
        for _, writer in slow:
            if sent and not writer.is_closing():
                writer.write(b"a")

    await asyncio.gather(*map(wait_closed, slow))


async def test_who_asks_much_and_reads_nothing_keeps_nobody_out(limited_site: RunningSite) -> None:
    asking = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 200
    greedy = [await open_connection(limited_site, asking) for _ in range(MAX_CONNECTIONS)]
    for reader, _ in greedy:
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # noqa: SLF001 - a client that does not read

    async with httpx.AsyncClient(base_url=limited_site.url, timeout=60, verify=NO_TLS) as quick:
        answers = await asyncio.gather(*(quick.get("/healthz") for _ in range(MAX_CONNECTIONS)))

    assert {one.status_code for one in answers} == {200}


async def test_a_connection_in_use_is_kept_though_many_others_come(limited_site: RunningSite) -> None:
    used = await open_connection(limited_site)

    for _ in range(3 * MAX_CONNECTIONS):
        await open_connection(limited_site, HEADER)
        assert (await ask(used)).startswith(b"HTTP/1.1 200")


async def test_a_body_that_makes_no_sense_after_its_answer_ends_the_connection_alone(
    limited_site: RunningSite, caplog: pytest.LogCaptureFixture
) -> None:
    connection = await open_connection(limited_site, CHUNKED.replace(b"POST /", b"PUT /"))
    assert b" 405 " in await connection[0].readline()

    with caplog.at_level(logging.ERROR):
        connection[1].write(b"no chunk\r\n")
        await wait_closed(connection)

    assert not caplog.records
