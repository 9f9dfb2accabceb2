"""A command at a terminal, at which somebody types."""

import asyncio
import os
import pty
import sys
from collections.abc import Mapping

from tests.support.child_process import ROOT, inherited_environment
from tests.support.program import BOT_SCRIPT, CommandResult


async def run_bot_at_terminal(*args: str, settings: Mapping[str, str], keystrokes: str) -> CommandResult:
    """Run one command to its end with a terminal as its standard input, at which ``keystrokes`` waits."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, keystrokes.encode())
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            BOT_SCRIPT,
            *args,
            cwd=ROOT,
            env={**inherited_environment(), **settings},
            stdin=theirs,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await child.communicate()
    finally:
        os.close(ours)
        os.close(theirs)
    return CommandResult(exit_code=child.returncode or 0, stdout=out.decode(), stderr=err.decode())
