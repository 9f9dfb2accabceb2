"""An HTTP server on loopback that answers everything alike, over TLS where it is given a certificate."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tests.support.certificate import Certificate


@contextlib.asynccontextmanager
async def serve_response(
    status: int = 200,
    body: bytes = b"",
    *,
    headers: tuple[str, ...] = (),
    certificate: Certificate | None = None,
    delay: float = 0,
) -> AsyncIterator[str]:
    """Return the address of a server that answers so, ``delay`` some seconds."""
    tasks: set[asyncio.Task[None] | None] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(delay)
            lines = (f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", "Connection: close", *headers)
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            await writer.drain()
        writer.close()

    context = certificate.server_context() if certificate else None
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http{'s' if certificate else ''}://127.0.0.1:{port}"
    finally:
        server.close()
        for task in filter(None, tasks):
            task.cancel()
        await asyncio.gather(*filter(None, tasks), return_exceptions=True)
