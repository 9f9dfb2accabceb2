"""F18: reports that are cut, foreign, enormous, repeated, edited or gone before they were read."""

import os
from collections.abc import Iterator
from datetime import date

from digest.app.report_watcher import ReportWatcher
from digest.model.errors import InvalidReport
from digest.papers.report import parse_report
from digest.sources.report_folder import MAX_REPORT_SIZE, ReportFolder
from tests.faults.environment import CampaignEnv, CampaignRun, campaign_env
from tests.faults.made_up_reports import report_bytes
from tests.faults.score import CampaignResult, CampaignScore, Promises
from tests.support.child_process import ROOT

SEED = ROOT / "seeds" / "2026-01-24.md"
DAY = date(2026, 1, 24)
STATE_QUERIES = (
    "SELECT count(*), coalesce(sum(length(sections)), 0) FROM paper_texts",
    "SELECT count(*) FROM reports",
    "SELECT count(*) FROM papers",
)
MAX_PAPERS_PER_REPORT = 2000


async def check_bad_reports(run: CampaignRun) -> CampaignResult:
    """F18: parsed, or refused with a reason and the store unchanged; nothing in between."""
    promises, tried = Promises(), 0
    async with campaign_env() as place, place.open_container() as core:
        for name, data in _bad_reports(run):
            tried += 1
            before = _database_state(place)
            try:
                taken = await core.archive.ingest(data[: MAX_REPORT_SIZE + 1], name="2026-01-24.md")
            except InvalidReport as error:
                line = str(error)
                promises.check(_database_state(place) == before, f"{name}: refused, and the store has changed")
                promises.check(bool(line) and "\n" not in line, f"{name}: refused without one clear line")
            else:
                promises.check(taken.date == DAY, f"{name}: taken in for {taken.date}")
        whole = await core.archive.ingest(SEED.read_bytes(), name=SEED.name)
        again = await core.archive.ingest(SEED.read_bytes(), name=SEED.name)
        promises.check(whole.new + whole.updated + whole.unchanged == 27, f"the whole seed: {whole}")
        promises.check(again.already_ingested and not again.new, "the same bytes again changed something")
        edited = SEED.read_bytes().replace("机器人".encode(), "机器人们".encode())
        after = await core.archive.ingest(edited, name=SEED.name)
        promises.check(after.updated > 0 and not after.new, f"an edited report: {after}")
        tried += 3 + await _ingest_odd_files(
            place, ReportWatcher(archive=core.archive, folder=ReportFolder(root=place.reports_dir))
        )
        kept = {paper for (paper,) in place.query("SELECT id FROM papers")}
        lost = {paper.id for paper in parse_report(SEED.read_bytes()).papers} - kept
    score = CampaignScore(total=tried, lost=len(lost))
    return promises.result("F18", "reports cut at each KB, foreign, huge, edited, vanishing", score)


def _bad_reports(run: CampaignRun) -> Iterator[tuple[str, bytes]]:
    seed = SEED.read_bytes()
    cuts = range(0, len(seed), 1024 * run.by_size(small=16, full=1))
    yield from ((f"cut at {at}", seed[:at]) for at in cuts)
    yield "empty", b""
    yield "blank", b" \n\t\n" * 100
    yield "binary", run.rng.randbytes(100_000)
    yield "GBK", seed.decode().encode("gbk", "replace")
    yield "50 MB", seed + b"x" * 50_000_000
    yield "NUL", seed.replace("机器人".encode(), b"\0")
    yield "all NUL", b"\0" * 10_000
    yield "10,000 papers", report_bytes(DAY, run.by_size(small=MAX_PAPERS_PER_REPORT + 10, full=10_000))
    yield "HTML", b"<!doctype html><title>502</title><h1>Bad Gateway</h1>"
    yield "JSON", b'{"papers": []}'


async def _ingest_odd_files(env: CampaignEnv, intake: ReportWatcher) -> int:
    """Let files vanish, be folders, pipes and links to nowhere; give how many there were."""
    now = SEED.stat().st_mtime + 10**9
    gone = env.reports_dir / "2026-01-20.md"
    (env.reports_dir / "2026-01-21.md").mkdir()
    os.mkfifo(env.reports_dir / "2026-01-22.md")
    (env.reports_dir / "2026-01-23.md").symlink_to(env.folder / "nowhere")
    gone.write_bytes(SEED.read_bytes())
    gone.unlink()
    await intake.poll(now)
    await intake.poll(now + 60)
    return 4


def _database_state(env: CampaignEnv) -> list[object]:
    return [env.query(sql) for sql in STATE_QUERIES]
