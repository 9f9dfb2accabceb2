"""The process that children are forked from: it has loaded what ``bot.py`` loads, and runs nothing itself.

Run as ``python -m tests.support.fork_server FD`` by ``tests.support.child_process``; ``FD`` is a socket of
packets. An order is ``{"id", "words", "env", "cwd"}`` in JSON with three files, the child's standard streams;
the answers are ``{"id", "pid"}``, and once the child has ended ``{"id", "code"}`` as ``subprocess`` counts
it.
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

from digest.app.cli import COMMAND_MODULES

PRELOADED_MODULES = (
    *(f"digest.app.cli.{room}" for room in COMMAND_MODULES),
    "digest.app.service",
    "digest.telegram.receiver",
    "digest.storage.schema",
    "tests.faults.faulty_sender",
)
"""Modules that the children find loaded; what draws is not among them, as it is not in a service."""

MAX_PACKET = 1 << 17
_CONTROL_SOCKET = 0


class _RunInChild(BaseException):
    """Leaves the loop in a forked child, with what it shall run."""

    def __init__(self, args: Sequence[str]) -> None:
        self.arguments = args


def main(control: socket.socket) -> None:
    """Fork a child for each order, and tell their ends, until whoever orders is gone."""
    preload_modules()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    running: dict[int, tuple[int, int]] = {}
    with suppress(OSError):  # Whoever orders may be gone at any moment.
        _serve(control, running)
    _kill_children(running)


def _serve(control: socket.socket, children: dict[int, tuple[int, int]]) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ, _CONTROL_SOCKET)
        while True:
            for key, _ in selector.select():
                if key.fileobj is control:
                    packet, files, _, _ = socket.recv_fds(control, MAX_PACKET, 3)
                    if not packet:
                        return
                    order = json.loads(packet)
                    pid = _fork(control, order, files)
                    watch = os.pidfd_open(pid)
                    children[watch] = (pid, order["id"])
                    selector.register(watch, selectors.EVENT_READ)
                    control.send(json.dumps({"id": order["id"], "pid": pid}).encode())
                else:
                    pid, number = children.pop(key.fd)
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                    control.send(json.dumps({"id": number, "code": code}).encode())


def preload_modules() -> None:
    """Load what children need."""
    for name in PRELOADED_MODULES:
        import_module(name)


def run_script(args: Sequence[str]) -> NoReturn:
    """Run a script, or with ``-m`` a module, as Python's own command line would."""
    if args[0] == "-m":
        sys.argv = list(args[1:])
        runpy.run_module(args[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(args)
        runpy.run_path(args[0], run_name="__main__")
    sys.exit(0)


def _fork(control: socket.socket, request: Mapping[str, object], files: Sequence[int]) -> int:
    pid = os.fork()
    if pid:
        for file in files:
            os.close(file)
        return pid
    control.close()
    for stream, file in enumerate(files):
        os.dup2(file, stream)
        os.close(file)
    env, cwd, words = request["env"], request["cwd"], request["words"]
    assert isinstance(env, dict)
    assert isinstance(words, list)
    os.environ.clear()  # noqa: TID251 - a child has an environment of its own
    os.environ.update(env)  # noqa: TID251
    os.chdir(str(cwd))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    random.seed()
    raise _RunInChild(words)


def _kill_children(children: Mapping[int, tuple[int, int]]) -> None:
    for watch in children:
        signal.pidfd_send_signal(watch, signal.SIGKILL)


if __name__ == "__main__":
    try:
        main(socket.socket(fileno=int(sys.argv[1])))
    except _RunInChild as child:
        words = child.arguments
    else:
        sys.exit(0)
    run_script(words)
