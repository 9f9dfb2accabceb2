"""An IMAP server on loopback with one account and a few folders, for whoever only looks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tests.support.certificate import Certificate


@contextlib.asynccontextmanager
async def run_imap_stub(
    *folders: str,
    password: str = "right",  # noqa: S107 - made up
    certificate: Certificate | None = None,
    greeting: str = "* OK ready",
    delay: float = 0,
) -> AsyncIterator[int]:
    """Return the port of a server that greets ``delay`` some seconds and knows these folders."""

    def reply_lines(tag: str, verb: str, rest: str) -> list[str]:
        match verb:
            case "CAPABILITY":
                return ["* CAPABILITY IMAP4rev1", f"{tag} OK done"]
            case "LOGIN":
                right = rest.endswith(f'"{password}"')
                return [f"{tag} OK in" if right else f"{tag} NO [AUTHENTICATIONFAILED] wrong"]
            case "EXAMINE" if rest.strip('"') in folders:
                return ["* 3 EXISTS", "* FLAGS ()", f"{tag} OK [READ-ONLY] there"]
            case "STATUS" if rest.partition(" ")[0].strip('"') in folders:
                return [f"* STATUS {rest.partition(' ')[0]} (MESSAGES 3)", f"{tag} OK done"]
            case "LOGOUT":
                return ["* BYE", f"{tag} OK done"]
            case _:
                return [f"{tag} NO cannot {verb}"]

    tasks: set[asyncio.Task[None] | None] = set()

    async def serve_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await asyncio.sleep(delay)
            writer.write(f"{greeting}\r\n".encode())
            while line := (await reader.readline()).decode().strip():
                tag, verb, *rest = line.split(" ", 2)
                writer.write("".join(f"{one}\r\n" for one in reply_lines(tag, verb.upper(), *rest or [""])).encode())
                await writer.drain()
        writer.close()

    context = certificate.server_context() if certificate else None
    server = await asyncio.start_server(serve_client, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in filter(None, tasks):
            task.cancel()
        await asyncio.gather(*filter(None, tasks), return_exceptions=True)
