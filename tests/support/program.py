"""``bot.py`` as a child process: run to its end, or running while a test talks to it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.child_process import ChildProcess, start_child

BOT_SCRIPT = "bot.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """A command that has ended."""

    exit_code: int
    stdout: str
    stderr: str


async def run_bot(*args: str, settings: Mapping[str, str], stdin: str = "") -> CommandResult:
    """Run one command to its end."""
    child = await start_bot(*args, settings=settings, stdin=stdin)
    out, err = await child.communicate()
    return CommandResult(exit_code=child.returncode or 0, stdout=out.decode(), stderr=err.decode())


async def start_bot(*args: str, settings: Mapping[str, str], stdin: str = "") -> ChildProcess:
    """Start one command, which is typed ``stdin``, and give its process."""
    return await start_child(BOT_SCRIPT, *args, settings={"WEB_PORT": "0", **settings}, stdin=stdin.encode())


@dataclass(slots=True, kw_only=True)
class RunningService:
    """A service that runs; ``log_lines`` is what it has said so far."""

    child: ChildProcess
    log_lines: list[str] = field(default_factory=list)
    _line_arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait_for_log(self, text: str, *, within: float = 120) -> str:
        """Return the first line of the log with these words, waiting for it."""
        try:
            async with asyncio.timeout(within):
                while not (line := next((line for line in self.log_lines if text in line), None)):
                    self._line_arrived.clear()
                    await self._line_arrived.wait()
        except TimeoutError:
            raise AssertionError(f"no {text!r} in the log:\n{''.join(self.log_lines)}") from None
        return line

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and give the exit code."""
        if self.child.returncode is None:
            self.child.send_signal(number)
        return await self.child.wait()

    async def read_log(self) -> None:
        """Keep what the child says."""
        while self.child.stderr and (line := await self.child.stderr.readline()):
            self.log_lines.append(line.decode())
            self._line_arrived.set()


@asynccontextmanager
async def running_service(settings: Mapping[str, str]) -> AsyncIterator[RunningService]:
    """Start the service, and stop it at the latest on leaving."""
    service = RunningService(child=await start_bot("run", settings=settings))
    listening = asyncio.create_task(service.read_log())
    try:
        yield service
    finally:
        if service.child.returncode is None:
            service.child.kill()
        await service.child.wait()
        await listening
