"""Parsing in a child process: the event loop goes on meanwhile, and what takes too long is ended.

A thread would do neither: it shares the interpreter's lock with the event loop, and nothing can end it.
"""

import asyncio
import json
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

import digest
from digest.errors import NotAReport
from digest.model import Report
from digest.parse import report_from_json

SECONDS = 20.0
"""How long one report may take to parse; a report of 100 papers takes less than one second."""

AT_ONCE = 2
"""Children at the same time: an admin's file need not wait for one that takes long."""

_MOST_COMPLAINT = 2_000
_ROOT = Path(digest.__file__).parents[1]
_CODE = "import sys; sys.path.insert(0, sys.argv[1]); from digest.source.parser_child import main; main()"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParserProcess:
    """Parses each report in a child process of its own, for at most ``seconds``; ``code`` is what it runs."""

    seconds: float = SECONDS
    code: str = _CODE
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def parse(self, data: bytes) -> Report:
        """Return the report; raise ``NotAReport`` where there is none, or where parsing takes too long.

        The child is ended when the bound is reached and when the caller is cancelled.
        """
        async with self.room:
            answer = json.loads(await self._answer(data))
        if "refused" in answer:
            raise NotAReport(answer["refused"])
        return report_from_json(answer["report"])

    async def _answer(self, data: bytes) -> bytes:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", self.code, str(_ROOT)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self.seconds):
                answer, complaint = await _conversation(child, data)
        except TimeoutError:
            raise NotAReport(
                f"parsing took longer than {self.seconds:g} seconds and was stopped; "
                f"split the file ({len(data) / 1e6:.1f} MB), or look for lines that no report has"
            ) from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode:
            why = complaint.decode(errors="replace")[-_MOST_COMPLAINT:]
            log.error("the parser failed", exit=child.returncode, why=why)
            raise NotAReport(f"the parser failed on it (exit code {child.returncode}); the log says why")
        return answer


async def _conversation(child: asyncio.subprocess.Process, data: bytes) -> tuple[bytes, bytes]:
    """Hand the bytes over; return what the child said on its outputs until it ended.

    Its input stays open until then: by the end of that it knows that nobody waits for it any more.
    """
    if child.stdin is None or child.stdout is None or child.stderr is None:
        raise AssertionError("the child was started with pipes")
    with suppress(BrokenPipeError, ConnectionResetError):
        child.stdin.write(b"%d\n" % len(data) + data)
        await child.stdin.drain()
    answer, complaint = await asyncio.gather(child.stdout.read(), child.stderr.read())
    await child.wait()
    return answer, complaint
