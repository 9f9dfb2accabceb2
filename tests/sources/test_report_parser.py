"""Reports are parsed in a child process that can be ended, and is."""

import asyncio
import sys
from pathlib import Path

import pytest

from digest.model.errors import InvalidReport
from digest.papers.report import parse_report, report_from_json, report_to_json
from digest.sources.report_parser import ParserProcess
from digest.sources.report_parser_child import parse_to_json

SEED = Path("seeds/2026-01-24.md").read_bytes()
ENDLESS_CODE = "while True: pass"
BUSY_TICKS = 100
"""More than a child needs before it parses."""
ENDLESS_REPORT = "b'a\\n' * 2_499_999"
"""The largest file of the shortest lines, as an expression: it takes many seconds."""


def child_processes(parent: str = "self") -> set[str]:
    """Return the processes that one has started and not seen end."""
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return {child for task in tasks for child in task.read_text(encoding="ascii").split()}


def cpu_ticks(process: str) -> int:
    """Return the processor time that a process has had, in ticks of the kernel (proc(5), utime)."""
    status = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    return int(status.rpartition(")")[2].split()[11])


def is_running(process: str) -> bool:
    """Return whether a process has not ended; nobody may have asked yet how it did."""
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}


async def wait_for_child(before: set[str], *, parent: str = "self") -> str:
    """Wait for a child process, and give its number."""
    async with asyncio.timeout(60):
        while not (born := child_processes(parent) - before):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)
    return born.pop()


async def test_a_child_reads_the_same_as_the_parser_itself() -> None:
    report = await ParserProcess().parse(SEED)

    assert report == parse_report(SEED)


def test_nothing_is_lost_between_the_processes() -> None:
    damaged = SEED.replace("### 5. 实验效果".encode(), b"").replace(b"2601.15549", b"hep-th/9901001v3")
    report = parse_report(damaged.replace(b"**Date**: 2026-01-24", b""))

    assert report.problems
    assert report_from_json(report_to_json(report)) == report


async def test_what_is_no_report_is_refused_with_the_parser_s_own_line() -> None:
    with pytest.raises(InvalidReport, match=r"^The file is empty\.$"):
        await ParserProcess().parse(b"")


async def test_a_report_that_takes_too_long_is_refused_and_its_process_is_ended() -> None:
    before = child_processes()
    parser = ParserProcess(timeout=0.5, code=ENDLESS_CODE)

    with pytest.raises(InvalidReport, match=r"longer than 0\.5 seconds") as refused:
        await parser.parse(SEED)

    assert "\n" not in str(refused.value)
    assert child_processes() == before


async def test_who_stops_waiting_ends_the_process() -> None:
    before = child_processes()
    parsing = asyncio.create_task(ParserProcess(code=ENDLESS_CODE).parse(SEED))
    child = await wait_for_child(before)

    parsing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await parsing
    assert child not in child_processes()


async def test_a_report_that_takes_long_holds_no_other_up() -> None:
    parser = ParserProcess()
    slow = asyncio.create_task(ParserProcess(code=ENDLESS_CODE, slots=parser.slots).parse(SEED))
    await asyncio.sleep(0)

    report = await parser.parse(SEED)

    assert len(report.papers) == 27
    assert not slow.done()
    slow.cancel()
    await asyncio.wait([slow])


async def test_a_parser_that_fails_refuses_its_report_alone() -> None:
    with pytest.raises(InvalidReport, match=r"exit code 3"):
        await ParserProcess(code="import sys; sys.exit(3)").parse(SEED)


async def test_a_child_whose_parent_is_gone_ends() -> None:
    words = "import asyncio; from digest.sources.report_parser import ParserProcess as P; asyncio.run(P().parse("
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", f"{words}{ENDLESS_REPORT}))")
    born = await wait_for_child(set(), parent=str(parent.pid))

    async with asyncio.timeout(60):
        while cpu_ticks(born) < BUSY_TICKS:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)

    parent.kill()

    await parent.wait()
    async with asyncio.timeout(15):
        while is_running(born):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)


def test_a_child_answers_in_one_line_of_ascii() -> None:
    answers = [parse_to_json(SEED), parse_to_json(b"\x00" * 99)]

    assert all(answer.isascii() and "\n" not in answer for answer in answers)


async def test_no_bound_is_reached_by_the_largest_file_that_holds_papers() -> None:
    entry = "## 📄 T\n- **链接**: https://arxiv.org/abs/2601.{n:05}\n- **阅读来源**: HTML\n**应用领域**：{text}\n"
    text = "# R\n**Date**: 2026-01-24\n" + "".join(entry.format(n=n, text="甲" * 700) for n in range(2_200))

    report = await ParserProcess(timeout=300).parse(text.encode()[:5_000_000])

    assert len(report.papers) == 2_000
