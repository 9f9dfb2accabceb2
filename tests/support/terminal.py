"""A command at a terminal, at which somebody types."""

import asyncio
import os
import pty
import sys
from collections.abc import Mapping

from tests.support.children import ROOT, kept_environment
from tests.support.program import BOT, Ended


async def run_bot_at_terminal(*words: str, settings: Mapping[str, str], typed: str) -> Ended:
    """Run one command to its end with a terminal as its standard input, at which ``typed`` waits."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, typed.encode())
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            BOT,
            *words,
            cwd=ROOT,
            env={**kept_environment(), **settings},
            stdin=theirs,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await child.communicate()
    finally:
        os.close(ours)
        os.close(theirs)
    return Ended(code=child.returncode or 0, out=out.decode(), err=err.decode())
