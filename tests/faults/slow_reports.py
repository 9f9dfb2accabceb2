"""F31: reports that take long to parse, beside readers whose hour has come."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from digest.model.clock import system_clock
from digest.sources.report_folder import MAX_REPORT_SIZE
from tests.faults.environment import CampaignEnv, CampaignRun, campaign_env
from tests.faults.kills import CONNECTIONS
from tests.faults.made_up_reports import report_bytes
from tests.faults.program import Program, run_program
from tests.faults.score import CampaignResult, CampaignScore, Promises
from tests.faults.smtp_sink import SmtpSink
from tests.papers.report.hostile_shapes import shape_number

SHORT_LINES = b"# R\n**Date**: 2026-01-24\n" + b"a\n" * (MAX_REPORT_SIZE // 2 - 20)
"""The largest file of the shortest lines: to parse it takes longer than the bound, or nearly so."""
SETTLE_TIMEOUT = 300.0
STOP_SECONDS = 20.0


async def check_slow_reports(run: CampaignRun) -> CampaignResult:
    """F31: everybody who is due is served while reports are parsed, and a stop ends the parsing."""
    units, papers = run.by_size(small=100, full=1000), 20
    promises = Promises()
    async with campaign_env() as place, SmtpSink(wire_file=place.folder / "wire.jsonl", rng=run.rng) as sink:
        place.use_smtp_server(sink.port, connections=CONNECTIONS)
        await place.add_subscribers(units)
        today = system_clock().date()
        async with place.open_container() as core:
            await core.archive.ingest(report_bytes(today, papers), name=f"{today}.md")
        names = await asyncio.to_thread(_write_reports, place, run)
        place.execute("UPDATE subscribers SET next_digest_at = created_at")
        began = time.monotonic()
        async with run_program(place) as service:
            promises.check(await sink.wait_for_accepted(units, within=SETTLE_TIMEOUT), "not everybody got their digest")
            seconds = time.monotonic() - began
            promises.check(names[-1] not in service.output, "readers waited until all reports were parsed")
            promises.check(await _wait_for_parser(service), "no report was being parsed when the stop came")
            children = _child_processes(service)
            promises.check(await service.stop(within=STOP_SECONDS) == 0, f"no end within {STOP_SECONDS:g} s")
            promises.check(not any(map(_is_running, children)), "a parser outlived the service")
        written = int(str(place.query("SELECT count(*) FROM outbox")[0][0]))
    what = f"{len(names)} reports of 5 MB that parse slowly, {units:,} due readers"
    score = CampaignScore(total=units, lost=units - written, recovery_seconds=seconds)
    return promises.result("F31", what, score)


def _write_reports(env: CampaignEnv, run: CampaignRun) -> list[str]:
    """Write the slow reports; give their names, in the order in which they are read."""
    names = []
    for number, data in enumerate(_slow_reports(run)):
        names.append(f"slow-{number:02d}.md")
        (env.reports_dir / names[-1]).write_bytes(data[:MAX_REPORT_SIZE])
    return names


def _slow_reports(run: CampaignRun) -> Iterator[bytes]:
    yield SHORT_LINES
    if run.size == "full":
        yield from (shape_number(number).generate(MAX_REPORT_SIZE).encode() for number in range(0, 80, 2))
    yield from (SHORT_LINES, SHORT_LINES)


async def _wait_for_parser(service: Program) -> bool:
    """Wait for a child of the service; tell whether there is one."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_TIMEOUT):
            while not _child_processes(service):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
            return True
    return False


def _child_processes(service: Program) -> list[str]:
    """Return the processes that the service has started."""
    lists = Path(f"/proc/{service.child.pid}/task").glob("*/children")
    return [child for one in lists for child in one.read_text(encoding="ascii").split()]


def _is_running(process: str) -> bool:
    return Path(f"/proc/{process}").exists()
