"""F18: reports that are cut, foreign, enormous, repeated, edited or gone before they were read."""

import os
from collections.abc import Iterator
from datetime import date

from digest.app.intake import Intake
from digest.errors import NotAReport
from digest.parse import parse_report
from digest.source.folder import LARGEST, ReportFolder
from tests.faults.ground import Ground, Run, ground
from tests.faults.paper_text import a_report
from tests.faults.score import Promises, Result, Score
from tests.support.children import ROOT

SEED = ROOT / "seeds" / "2026-01-24.md"
DAY = date(2026, 1, 24)
STATE = (
    "SELECT count(*), coalesce(sum(length(sections)), 0) FROM paper_texts",
    "SELECT count(*) FROM reports",
    "SELECT count(*) FROM papers",
)
MOST_PAPERS = 2000


async def strange(run: Run) -> Result:
    """F18: parsed, or refused with a reason and the store unchanged; nothing in between."""
    promises, tried = Promises(), 0
    async with ground() as place, place.core() as core:
        for name, data in _texts(run):
            tried += 1
            before = _state(place)
            try:
                taken = await core.archive.ingest(data[: LARGEST + 1], name="2026-01-24.md")
            except NotAReport as error:
                line = str(error)
                promises.hold(_state(place) == before, f"{name}: refused, and the store has changed")
                promises.hold(bool(line) and "\n" not in line, f"{name}: refused without one clear line")
            else:
                promises.hold(taken.date == DAY, f"{name}: taken in for {taken.date}")
        whole = await core.archive.ingest(SEED.read_bytes(), name=SEED.name)
        again = await core.archive.ingest(SEED.read_bytes(), name=SEED.name)
        promises.hold(whole.new + whole.updated + whole.unchanged == 27, f"the whole seed: {whole}")
        promises.hold(again.known and not again.new, "the same bytes again changed something")
        edited = SEED.read_bytes().replace("机器人".encode(), "机器人们".encode())
        after = await core.archive.ingest(edited, name=SEED.name)
        promises.hold(after.updated > 0 and not after.new, f"an edited report: {after}")
        tried += 3 + await _from_folder(
            place, Intake(archive=core.archive, folder=ReportFolder(root=place.reports))
        )
        kept = {paper for (paper,) in place.ask("SELECT id FROM papers")}
        lost = {paper.id for paper in parse_report(SEED.read_bytes()).papers} - kept
    score = Score(tried=tried, lost=len(lost))
    return promises.of("F18", "reports cut at each KB, foreign, huge, edited, vanishing", score)


def _texts(run: Run) -> Iterator[tuple[str, bytes]]:
    seed = SEED.read_bytes()
    cuts = range(0, len(seed), 1024 * run.pick(small=16, full=1))
    yield from ((f"cut at {at}", seed[:at]) for at in cuts)
    yield "empty", b""
    yield "blank", b" \n\t\n" * 100
    yield "binary", run.rng.randbytes(100_000)
    yield "GBK", seed.decode().encode("gbk", "replace")
    yield "50 MB", seed + b"x" * 50_000_000
    yield "NUL", seed.replace("机器人".encode(), b"\0")
    yield "all NUL", b"\0" * 10_000
    yield "10,000 papers", a_report(DAY, run.pick(small=MOST_PAPERS + 10, full=10_000))
    yield "HTML", b"<!doctype html><title>502</title><h1>Bad Gateway</h1>"
    yield "JSON", b'{"papers": []}'


async def _from_folder(place: Ground, intake: Intake) -> int:
    """Let files vanish, be folders, pipes and links to nowhere; give how many there were."""
    now = SEED.stat().st_mtime + 10**9
    gone = place.reports / "2026-01-20.md"
    (place.reports / "2026-01-21.md").mkdir()
    os.mkfifo(place.reports / "2026-01-22.md")
    (place.reports / "2026-01-23.md").symlink_to(place.folder / "nowhere")
    gone.write_bytes(SEED.read_bytes())
    gone.unlink()
    await intake.look(now)
    await intake.look(now + 60)
    return 4


def _state(place: Ground) -> list[object]:
    return [place.ask(sql) for sql in STATE]
