"""F31: reports that take long to parse, beside readers whose hour has come."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from digest.clock import system_clock
from digest.source.folder import LARGEST
from tests.faults.ground import Ground, Run, ground
from tests.faults.kills import CONNECTIONS
from tests.faults.paper_text import a_report
from tests.faults.process import Program, running
from tests.faults.score import Promises, Result, Score
from tests.faults.sink import Sink
from tests.parse.shapes import a_shape

SHORT_LINES = b"# R\n**Date**: 2026-01-24\n" + b"a\n" * (LARGEST // 2 - 20)
"""The largest file of the shortest lines: to parse it takes longer than the bound, or nearly so."""
PATIENCE = 300.0
STOP_SECONDS = 20.0


async def slow(run: Run) -> Result:
    """F31: everybody who is due is served while reports are parsed, and a stop ends the parsing."""
    units, papers = run.pick(small=100, full=1000), 20
    promises = Promises()
    async with ground() as place, Sink(wire_file=place.folder / "wire.jsonl", rng=run.rng) as sink:
        place.mail_to(sink.port, connections=CONNECTIONS)
        await place.crowd(units)
        today = system_clock().date()
        async with place.core() as core:
            await core.archive.ingest(a_report(today, papers), name=f"{today}.md")
        names = await asyncio.to_thread(_lay, place, run)
        place.write("UPDATE subscribers SET next_digest_at = created_at")
        began = time.monotonic()
        async with running(place) as service:
            promises.hold(await sink.reach(units, within=PATIENCE), "not everybody got their digest")
            seconds = time.monotonic() - began
            promises.hold(names[-1] not in service.words, "readers waited until all reports were parsed")
            promises.hold(await _parsing(service), "no report was being parsed when the stop came")
            children = _children(service)
            promises.hold(await service.stop(within=STOP_SECONDS) == 0, f"no end within {STOP_SECONDS:g} s")
            promises.hold(not any(map(_lives, children)), "a parser outlived the service")
        written = int(str(place.ask("SELECT count(*) FROM outbox")[0][0]))
    what = f"{len(names)} reports of 5 MB that parse slowly, {units:,} due readers"
    score = Score(tried=units, lost=units - written, recovered=seconds)
    return promises.of("F31", what, score)


def _lay(place: Ground, run: Run) -> list[str]:
    """Write the slow reports; give their names, in the order in which they are read."""
    names = []
    for number, data in enumerate(_texts(run)):
        names.append(f"slow-{number:02d}.md")
        (place.reports / names[-1]).write_bytes(data[:LARGEST])
    return names


def _texts(run: Run) -> Iterator[bytes]:
    yield SHORT_LINES
    if run.size == "full":
        yield from (a_shape(number).text(LARGEST).encode() for number in range(0, 80, 2))
    yield from (SHORT_LINES, SHORT_LINES)


async def _parsing(service: Program) -> bool:
    """Wait for a child of the service; tell whether there is one."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while not _children(service):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
            return True
    return False


def _children(service: Program) -> list[str]:
    """Give the processes that the service has started."""
    lists = Path(f"/proc/{service.child.pid}/task").glob("*/children")
    return [child for one in lists for child in one.read_text(encoding="ascii").split()]


def _lives(process: str) -> bool:
    return Path(f"/proc/{process}").exists()
