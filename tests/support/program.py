"""``bot.py`` as a child process: run to its end, or running while a test talks to it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
BOT = ROOT / "bot.py"
KEPT = ("PATH", "HOME", "LANG", "SSL_CERT_FILE", "COVERAGE_PROCESS_START")
"""What a child sees of this process' environment; its settings come from the test alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


async def run_bot(*words: str, settings: Mapping[str, str], lines: str = "") -> Ended:
    """Run one command to its end."""
    child = await _start(words, settings)
    out, err = await child.communicate(lines.encode())
    return Ended(code=child.returncode or 0, out=out.decode(), err=err.decode())


async def start_bot(*words: str, settings: Mapping[str, str]) -> asyncio.subprocess.Process:
    """Start one command, and give its process."""
    return await _start(words, settings)


@dataclass(slots=True, kw_only=True)
class Service:
    """A service that runs; ``log`` is what it has said so far."""

    child: asyncio.subprocess.Process
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
    service = Service(child=await _start(("run",), settings))
    listening = asyncio.create_task(service.listen())
    try:
        yield service
    finally:
        if service.child.returncode is None:
            service.child.kill()
        await service.child.wait()
        await listening


async def _start(words: tuple[str, ...], settings: Mapping[str, str]) -> asyncio.subprocess.Process:
    kept = {name: value for name in KEPT if (value := os.environ.get(name))}  # noqa: TID251 - a child needs a PATH
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(BOT),
        *words,
        cwd=ROOT,
        env={**kept, "WEB_PORT": "0", **settings},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
