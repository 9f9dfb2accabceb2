"""What waits between the program and the operating system, with TLS and without."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from digest.mail.smtp_stream import WriteBuffers
from tests.support.certificate import loopback_certificate

OVERSIZED_DATA = b"x" * 20_000_000


@dataclass(slots=True)
class ReadingPeer:
    """The other side: it reads nothing until ``start_reading`` is set, and counts what it has read."""

    start_reading: asyncio.Event = field(default_factory=asyncio.Event)
    received_bytes: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read to the end, once that is wanted."""
        await self.start_reading.wait()
        while data := await reader.read(1 << 16):
            self.received_bytes += len(data)
        writer.close()


@asynccontextmanager
async def connect_pair(security: str) -> AsyncIterator[tuple[asyncio.WriteTransport, ReadingPeer]]:
    """Return our transport to a peer: plain, TLS from the first byte, or TLS begun later."""
    peer, certificate, serving = ReadingPeer(), loopback_certificate(), asyncio.Event()
    server_tls = certificate.server_context() if security == "tls" else None

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if security == "starttls":
                await writer.start_tls(certificate.server_context())
            await peer.serve(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()
            serving.set()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=server_tls)
    port = server.sockets[0].getsockname()[1]
    client_tls = certificate.client_context() if security == "tls" else None
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_tls)
    if security == "starttls":
        await writer.start_tls(certificate.client_context(), server_hostname="127.0.0.1")
    try:
        yield writer.transport, peer
    finally:
        peer.start_reading.set()
        writer.transport.abort()
        await serving.wait()
        server.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


@pytest.mark.parametrize("security", ["none", "tls", "starttls"])
async def test_bytes_that_the_system_has_not_taken_are_counted_until_it_has(security: str) -> None:
    async with connect_pair(security) as (transport, peer):
        buffers = WriteBuffers(transport)
        transport.write(OVERSIZED_DATA)
        waiting = asyncio.create_task(buffers.wait_until_empty(60))
        await asyncio.wait([waiting], timeout=0.1)
        kept_back, ended_early = buffers.size, waiting.done()

        peer.start_reading.set()
        await waiting

        assert kept_back > 0
        assert not ended_early
        assert buffers.size == 0


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_bytes_below_tls_are_counted_too(security: str) -> None:
    """Fails where a later Python keeps its TCP transport elsewhere."""
    async with connect_pair(security) as (transport, _peer):
        buffers = WriteBuffers(transport)

        transport.write(OVERSIZED_DATA)

        assert buffers.size > transport.get_write_buffer_size()


@pytest.mark.parametrize("security", ["none", "tls", "starttls"])
async def test_a_peer_that_reads_nothing_is_given_up_in_time(security: str) -> None:
    async with connect_pair(security) as (transport, _peer):
        buffers = WriteBuffers(transport)
        transport.write(OVERSIZED_DATA)

        with pytest.raises(TimeoutError):
            await buffers.wait_until_empty(0.2)


@pytest.mark.parametrize("security", ["none", "tls", "starttls"])
async def test_bytes_thrown_away_with_their_connection_were_not_taken(security: str) -> None:
    async with connect_pair(security) as (transport, _peer):
        buffers = WriteBuffers(transport)
        transport.write(OVERSIZED_DATA)

        transport.abort()

        with pytest.raises(ConnectionError):
            await buffers.wait_until_empty(60)
