"""Child processes that start at once: forked from one that has the program's modules loaded already.

Loading them costs two seconds of a processor, and the tests start some hundred children. A child is a process
of its own in everything else: its arguments, environment, folder, standard streams, signals and end.
"""

import asyncio
import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from signal import SIGKILL, Signals
from typing import Any

from tests.support.fork_server import MAX_PACKET

ROOT = Path(__file__).parents[2]
INHERITED_VARIABLES = ("PATH", "HOME", "LANG", "SSL_CERT_FILE", "COVERAGE_PROCESS_START")
"""What a child sees of this process' environment; its settings come from the test alone."""


def inherited_environment() -> dict[str, str]:
    """Return what a child sees of this process' environment."""
    return {name: value for name in INHERITED_VARIABLES if (value := os.environ.get(name))}  # noqa: TID251 - a child needs a PATH


@dataclass(slots=True, kw_only=True)
class ChildProcess:
    """A child process, with the face of ``asyncio.subprocess.CrashingProcess`` as far as tests need it."""

    pid: int
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader | None
    _exit_code: "Future[int]"

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal, None while it runs."""
        return self._exit_code.result() if self._exit_code.done() else None

    async def wait(self) -> int:
        """Return the exit code once it has ended."""
        return await asyncio.shield(asyncio.wrap_future(self._exit_code))

    async def communicate(self) -> tuple[bytes, bytes]:
        """Return all that it writes, once it has ended."""
        out = asyncio.create_task(self.stdout.read())
        err = await self.stderr.read() if self.stderr else b""
        await self.wait()
        return await out, err

    def send_signal(self, number: Signals) -> None:
        """Send a signal, unless it has ended."""
        if not self._exit_code.done():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(SIGKILL)


async def start_child(
    *args: str, settings: Mapping[str, str], stdin: bytes = b"", merge_stderr: bool = False
) -> ChildProcess:
    """Start a script of the project, or a module with ``-m``; ``merge_stderr``.

    Its errors go to standard output.
    """
    streams = [_Pipe() for _ in range(1 if merge_stderr else 2)]
    with tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        files = [given.fileno(), streams[0].write_end, streams[-1].write_end]
        pid, end = await asyncio.to_thread(
            _fork_server_client().request_fork, args, {**inherited_environment(), **settings}, files
        )
    readers = [await stream.open_reader() for stream in streams]
    return ChildProcess(pid=pid, stdout=readers[0], stderr=None if merge_stderr else readers[1], _exit_code=end)


@dataclass(slots=True)
class _Pipe:
    """A pipe of which a child gets the writing end."""

    _read_end: int = field(init=False)
    write_end: int = field(init=False)

    def __post_init__(self) -> None:
        self._read_end, self.write_end = os.pipe()

    async def open_reader(self) -> asyncio.StreamReader:
        """Return the reading end, and close the other here."""
        os.close(self.write_end)
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        file = os.fdopen(self._read_end, "rb", buffering=0)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader, loop=loop), file)
        return reader


@dataclass(slots=True)
class _ForkServerClient:
    """The zygote, as this process knows it."""

    _socket: socket.socket
    _request_ids: "count[int]" = field(default_factory=lambda: count(1))
    _pids: dict[int, "Future[int]"] = field(default_factory=dict)
    _exit_codes: dict[int, "Future[int]"] = field(default_factory=dict)

    def request_fork(
        self, args: tuple[str, ...], env: Mapping[str, str], files: list[int]
    ) -> tuple[int, "Future[int]"]:
        """Let a child be forked; give its pid, and its exit code to come."""
        number = next(self._request_ids)
        pid, end = self._pids[number], self._exit_codes[number] = Future[int](), Future[int]()
        order = {"id": number, "words": args, "env": env, "cwd": str(ROOT)}
        socket.send_fds(self._socket, [json.dumps(order).encode()], files)
        return pid.result(timeout=120), end

    def read_events(self) -> None:
        """Hear which children began and ended."""
        while packet := self._socket.recv(MAX_PACKET):
            told: dict[str, Any] = json.loads(packet)
            if "pid" in told:
                self._pids.pop(told["id"]).set_result(told["pid"])
            else:
                self._exit_codes.pop(told["id"]).set_result(told["code"])
        for waiting in (*self._pids.values(), *self._exit_codes.values()):
            waiting.set_exception(ChildProcessError("the process that children are forked from has ended"))


@cache
def _fork_server_client() -> _ForkServerClient:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        zygote = subprocess.Popen(  # noqa: S603 - our own interpreter
            (sys.executable, "-m", "tests.support.fork_server", str(theirs.fileno())),
            cwd=ROOT,
            env=inherited_environment(),
            pass_fds=(theirs.fileno(),),
        )
    nest = _ForkServerClient(ours)
    listening = threading.Thread(target=nest.read_events, daemon=True)
    listening.start()

    def shut_down() -> None:
        ours.shutdown(socket.SHUT_RDWR)
        listening.join()
        ours.close()
        zygote.wait()

    atexit.register(shut_down)
    return nest
