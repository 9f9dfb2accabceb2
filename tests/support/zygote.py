"""The process that children are forked from: it has loaded what ``bot.py`` loads, and runs nothing itself.

Run as ``python -m tests.support.zygote FD`` by ``tests.support.children``; ``FD`` is a socket of packets. An
order is ``{"id", "words", "env", "cwd"}`` in JSON with three files, the child's standard streams; the answers
are ``{"id", "pid"}``, and once the child has ended ``{"id", "code"}`` as ``subprocess`` counts it.
"""

import gc
import json
import os
import random
import runpy
import selectors
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

from digest.cli import ROOMS

LOADED = (
    *(f"digest.cli.{room}" for room in ROOMS),
    "digest.app.service",
    "digest.app.talking",
    "digest.store.upgrade",
    "tests.faults.child",
)
"""Modules that the children find loaded; what draws is not among them, as it is not in a service."""

PACKET = 1 << 17
_OUR_SOCKET = 0


class _Child(BaseException):
    """Leaves the loop in a forked child, with what it shall run."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words


def main(ours: socket.socket) -> None:
    """Fork a child for each order, and tell their ends, until whoever orders is gone."""
    load()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    running: dict[int, tuple[int, int]] = {}
    with suppress(OSError):  # Whoever orders may be gone at any moment.
        _serve(ours, running)
    _end(running)


def _serve(ours: socket.socket, running: dict[int, tuple[int, int]]) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(ours, selectors.EVENT_READ, _OUR_SOCKET)
        while True:
            for key, _ in selector.select():
                if key.fileobj is ours:
                    packet, files, _, _ = socket.recv_fds(ours, PACKET, 3)
                    if not packet:
                        return
                    order = json.loads(packet)
                    pid = _fork(ours, order, files)
                    watch = os.pidfd_open(pid)
                    running[watch] = (pid, order["id"])
                    selector.register(watch, selectors.EVENT_READ)
                    ours.send(json.dumps({"id": order["id"], "pid": pid}).encode())
                else:
                    pid, number = running.pop(key.fd)
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                    ours.send(json.dumps({"id": number, "code": code}).encode())


def load() -> None:
    """Load what children need."""
    for name in LOADED:
        import_module(name)


def run(words: Sequence[str]) -> NoReturn:
    """Run a script, or with ``-m`` a module, as Python's own command line would."""
    if words[0] == "-m":
        sys.argv = list(words[1:])
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(words)
        runpy.run_path(words[0], run_name="__main__")
    sys.exit(0)


def _fork(ours: socket.socket, order: Mapping[str, object], files: Sequence[int]) -> int:
    pid = os.fork()
    if pid:
        for file in files:
            os.close(file)
        return pid
    ours.close()
    for stream, file in enumerate(files):
        os.dup2(file, stream)
        os.close(file)
    env, cwd, words = order["env"], order["cwd"], order["words"]
    assert isinstance(env, dict)
    assert isinstance(words, list)
    os.environ.clear()  # noqa: TID251 - a child has an environment of its own
    os.environ.update(env)  # noqa: TID251
    os.chdir(str(cwd))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    random.seed()
    raise _Child(words)


def _end(running: Mapping[int, tuple[int, int]]) -> None:
    for watch in running:
        signal.pidfd_send_signal(watch, signal.SIGKILL)


if __name__ == "__main__":
    try:
        main(socket.socket(fileno=int(sys.argv[1])))
    except _Child as child:
        words = child.words
    else:
        sys.exit(0)
    run(words)
