"""Programs under test: started, heard through a file, killed, frozen and thawed."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.environment import CampaignEnv
from tests.support.child_process import ROOT, ChildProcess, inherited_environment, start_child

SERVICE_ARGS = ("bot.py", "run")
FAULTY_SENDER_ARGS = ("-m", "tests.faults.faulty_sender")


@dataclass(slots=True, kw_only=True)
class Program:
    """A child process; ``log_file`` is the file that its words go to."""

    child: ChildProcess | asyncio.subprocess.Process
    log_file: Path
    log_task: asyncio.Task[None]

    @property
    def output(self) -> str:
        """Everything it has said so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    async def wait_for_output(self, text: str, *, within: float = 60) -> bool:
        """Wait until it says these words; tell whether it did."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while text not in self.output:
                    if self.child.returncode is not None:
                        return text in self.output
                    await asyncio.sleep(0.02)
                return True
        return False

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        with suppress(ProcessLookupError):
            self.child.send_signal(number)

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.send_signal(signal.SIGKILL)
        await self.wait_for_exit()

    async def stop(self, *, within: float = 60) -> int | None:
        """Ask it to end with SIGTERM; give its exit code, None where it does not end."""
        self.send_signal(signal.SIGTERM)
        return await self.wait_for_exit(within=within)

    async def wait_for_exit(self, *, within: float = 60) -> int | None:
        """Wait for its end; give its exit code, None where there is none."""
        with suppress(TimeoutError):
            code = await asyncio.wait_for(self.child.wait(), within)
            await self.log_task
            return code
        return None


@asynccontextmanager
async def run_program(
    env: CampaignEnv, args: Sequence[str] = SERVICE_ARGS, *, command_prefix: Sequence[str] = ()
) -> AsyncIterator[Program]:
    """Run a program inside; what is left of it is killed on leaving.

    ``command_prefix`` stands before Python's name.
    """
    heard = await asyncio.to_thread(_new_log_file, env.folder)
    child = await _start_child(args, {"WEB_PORT": "0", **env.settings}, command_prefix)
    program = Program(child=child, log_file=heard, log_task=asyncio.create_task(_copy_output(child, heard)))
    try:
        yield program
    finally:
        if child.returncode is None:
            program.send_signal(signal.SIGCONT)
            program.send_signal(signal.SIGKILL)
        await program.wait_for_exit()


async def run_to_exit(env: CampaignEnv, args: Sequence[str], *, within: float = 60) -> tuple[int | None, str]:
    """Run a program to its end; give its exit code and what it said."""
    async with run_program(env, args) as program:
        code = await program.wait_for_exit(within=within)
        return code, program.output


async def wait_until_settled(env: CampaignEnv, *, within: float) -> bool:
    """Wait until nothing is due, leased or being sent; tell whether that came."""
    open_ones = "SELECT count(*) FROM outbox WHERE state IN ('due', 'leased', 'sending')"
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while (await asyncio.to_thread(env.query, open_ones))[0][0]:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
            return True
    return False


async def _start_child(
    args: Sequence[str], settings: Mapping[str, str], command_prefix: Sequence[str]
) -> ChildProcess | asyncio.subprocess.Process:
    if not command_prefix:
        return await start_child(*args, settings=settings, merge_stderr=True)
    return await asyncio.create_subprocess_exec(
        *command_prefix,
        sys.executable,
        *args,
        cwd=ROOT,
        env={**inherited_environment(), **settings},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def _copy_output(child: ChildProcess | asyncio.subprocess.Process, log_file: Path) -> None:
    """Write down what a child says; it writes no file for that, so that its own disk may be full."""
    assert child.stdout is not None
    with log_file.open("ab", buffering=0) as file:
        while words := await child.stdout.read(1 << 16):
            file.write(words)


def _new_log_file(folder: Path) -> Path:
    file = folder / f"heard-{len(list(folder.glob('heard-*.txt'))):03d}.txt"
    file.touch()
    return file
