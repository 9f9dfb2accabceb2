"""Programs under test: started, heard through a file, killed, frozen and thawed."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.ground import Ground
from tests.support.children import ROOT, Child, kept_environment, start

SERVICE = ("bot.py", "run")
CHILD = ("-m", "tests.faults.child")


@dataclass(slots=True, kw_only=True)
class Program:
    """A child process; ``heard`` is the file that its words go to."""

    child: Child | asyncio.subprocess.Process
    heard: Path
    listening: asyncio.Task[None]

    @property
    def words(self) -> str:
        """Everything it has said so far."""
        return self.heard.read_text(encoding="utf-8", errors="replace")

    async def says(self, words: str, *, within: float = 60) -> bool:
        """Wait until it says these words; tell whether it did."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while words not in self.words:
                    if self.child.returncode is not None:
                        return words in self.words
                    await asyncio.sleep(0.02)
                return True
        return False

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        with suppress(ProcessLookupError):
            self.child.send_signal(number)

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.send(signal.SIGKILL)
        await self.ended()

    async def stop(self, *, within: float = 60) -> int | None:
        """Ask it to end with SIGTERM; give its exit code, None where it does not end."""
        self.send(signal.SIGTERM)
        return await self.ended(within=within)

    async def ended(self, *, within: float = 60) -> int | None:
        """Wait for its end; give its exit code, None where there is none."""
        with suppress(TimeoutError):
            code = await asyncio.wait_for(self.child.wait(), within)
            await self.listening
            return code
        return None


@asynccontextmanager
async def running(
    ground: Ground, words: Sequence[str] = SERVICE, *, before: Sequence[str] = ()
) -> AsyncIterator[Program]:
    """Run a program inside; what is left of it is killed on leaving.

    ``before`` stands before Python's name.
    """
    heard = await asyncio.to_thread(_fresh_file, ground.folder)
    child = await _started(words, {"WEB_PORT": "0", **ground.settings}, before)
    program = Program(child=child, heard=heard, listening=asyncio.create_task(_listen(child, heard)))
    try:
        yield program
    finally:
        if child.returncode is None:
            program.send(signal.SIGCONT)
            program.send(signal.SIGKILL)
        await program.ended()


async def finished(ground: Ground, words: Sequence[str], *, within: float = 60) -> tuple[int | None, str]:
    """Run a program to its end; give its exit code and what it said."""
    async with running(ground, words) as program:
        code = await program.ended(within=within)
        return code, program.words


async def settled(ground: Ground, *, within: float) -> bool:
    """Wait until nothing is due, leased or being sent; tell whether that came."""
    open_ones = "SELECT count(*) FROM outbox WHERE state IN ('due', 'leased', 'sending')"
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while (await asyncio.to_thread(ground.ask, open_ones))[0][0]:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
            return True
    return False


async def _started(
    words: Sequence[str], settings: Mapping[str, str], before: Sequence[str]
) -> Child | asyncio.subprocess.Process:
    if not before:
        return await start(*words, settings=settings, merge=True)
    return await asyncio.create_subprocess_exec(
        *before,
        sys.executable,
        *words,
        cwd=ROOT,
        env={**kept_environment(), **settings},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def _listen(child: Child | asyncio.subprocess.Process, heard: Path) -> None:
    """Write down what a child says; it writes no file for that, so that its own disk may be full."""
    assert child.stdout is not None
    with heard.open("ab", buffering=0) as file:
        while words := await child.stdout.read(1 << 16):
            file.write(words)


def _fresh_file(folder: Path) -> Path:
    file = folder / f"heard-{len(list(folder.glob('heard-*.txt'))):03d}.txt"
    file.touch()
    return file
