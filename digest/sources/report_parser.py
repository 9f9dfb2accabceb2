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
from digest.model import Report
from digest.model.errors import InvalidReport
from digest.papers.report import report_from_json

PARSE_TIMEOUT = 20.0
"""How long one report may take to parse; a report of 100 papers takes less than one second."""

MAX_CHILDREN = 2
"""Children at the same time: an admin's file need not wait for one that takes long."""

_MAX_STDERR = 2_000
_ROOT = Path(digest.__file__).parents[1]
_CHILD_CODE = "import sys; sys.path.insert(0, sys.argv[1]); from digest.sources.report_parser_child import main; main()"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParserProcess:
    """Parses each report in a child process of its own, for at most ``timeout``; ``code`` is what it runs."""

    timeout: float = PARSE_TIMEOUT
    code: str = _CHILD_CODE
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CHILDREN))

    async def parse(self, data: bytes) -> Report:
        """Return the report; raise ``InvalidReport`` where there is none, or where parsing takes too long.

        The child is ended when the bound is reached and when the caller is cancelled.
        """
        async with self.slots:
            answer = json.loads(await self._run_child(data))
        if "refused" in answer:
            raise InvalidReport(answer["refused"])
        return report_from_json(answer["report"])

    async def _run_child(self, data: bytes) -> bytes:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", self.code, str(_ROOT)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self.timeout):
                answer, complaint = await _communicate(child, data)
        except TimeoutError:
            raise InvalidReport(
                f"parsing took longer than {self.timeout:g} seconds and was stopped; "
                f"split the file ({len(data) / 1e6:.1f} MB), or look for lines that no report has"
            ) from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode:
            why = complaint.decode(errors="replace")[-_MAX_STDERR:]
            log.error("the parser failed", exit=child.returncode, why=why)
            raise InvalidReport(f"the parser failed on it (exit code {child.returncode}); the log says why")
        return answer


async def _communicate(child: asyncio.subprocess.Process, data: bytes) -> tuple[bytes, bytes]:
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
