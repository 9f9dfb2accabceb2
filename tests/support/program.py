"""``bot.py`` as a child process: run to its end, or running while a test talks to it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.children import Child, start

BOT = "bot.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


async def run_bot(*words: str, settings: Mapping[str, str], lines: str = "") -> Ended:
    """Run one command to its end."""
    child = await start_bot(*words, settings=settings, lines=lines)
    out, err = await child.communicate()
    return Ended(code=child.returncode or 0, out=out.decode(), err=err.decode())


async def start_bot(*words: str, settings: Mapping[str, str], lines: str = "") -> Child:
    """Start one command, which is typed ``lines``, and give its process."""
    return await start(BOT, *words, settings={"WEB_PORT": "0", **settings}, stdin=lines.encode())


@dataclass(slots=True, kw_only=True)
class Service:
    """A service that runs; ``log`` is what it has said so far."""

    child: Child
    log: list[str] = field(default_factory=list)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def says(self, words: str, *, within: float = 120) -> str:
        """Give the first line of the log with these words, waiting for it."""
        try:
            async with asyncio.timeout(within):
                while not (line := next((line for line in self.log if words in line), None)):
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            raise AssertionError(f"no {words!r} in the log:\n{''.join(self.log)}") from None
        return line

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and give the exit code."""
        if self.child.returncode is None:
            self.child.send_signal(number)
        return await self.child.wait()

    async def listen(self) -> None:
        """Keep what the child says."""
        while self.child.stderr and (line := await self.child.stderr.readline()):
            self.log.append(line.decode())
            self._came.set()


@asynccontextmanager
async def running_service(settings: Mapping[str, str]) -> AsyncIterator[Service]:
    """Start the service, and stop it at the latest on leaving."""
    service = Service(child=await start_bot("run", settings=settings))
    listening = asyncio.create_task(service.listen())
    try:
        yield service
    finally:
        if service.child.returncode is None:
            service.child.kill()
        await service.child.wait()
        await listening
