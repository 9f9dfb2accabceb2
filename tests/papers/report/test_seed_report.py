"""The seed report as a whole, against its golden file and against the file itself."""

import datetime as dt
import json

import pytest

from digest.model import Paper, Section
from digest.papers.report import parse_report
from tests.papers.report.golden_report import GOLDEN, SEED, render_parsed_seed
from tests.papers.report.report_styles import SIMPLIFIED

SOURCE = SEED.read_text(encoding="utf-8")
REPORT = parse_report(SOURCE)


def without_whitespace(text: str) -> str:
    return "".join(text.split())


def paper_block(paper: Paper) -> str:
    """Cut the paper's block out of the file in the simplest way there is."""
    blocks = SOURCE.split("=" * 60)
    return next(block for block in blocks if f"/papers/{paper.id}\n" in block)


def test_the_seed_gives_its_golden_file() -> None:
    assert render_parsed_seed() == GOLDEN.read_text(encoding="utf-8")


def test_the_head_is_read() -> None:
    assert REPORT.date == dt.date(2026, 1, 24)
    assert REPORT.source_url == "https://huggingface.co/papers/date/2026-01-24"
    assert REPORT.problems == ()


def test_all_papers_come_in_the_order_of_the_file() -> None:
    links = [line.removeprefix("- **链接**: ") for line in SOURCE.split("\n") if line.startswith("- **链接**: ")]

    assert [paper.url for paper in REPORT.papers] == links
    assert len(links) == 27


@pytest.mark.parametrize("paper", REPORT.papers, ids=lambda paper: paper.id)
def test_no_word_of_a_paper_is_lost_added_or_moved(paper: Paper) -> None:
    block = paper_block(paper).replace("```markdown", "").replace("```", "")
    lines = block.strip().split("\n")
    headings = [
        next(at for at, line in enumerate(lines) if line.strip("*# ：").endswith(name) and line.strip("*# ")[1] == ".")
        for name in SIMPLIFIED.values()
    ]
    ends = [*headings[1:], len(lines)]

    texts = ["".join(lines[start + 1 : end]) for start, end in zip(headings, ends, strict=True)]

    assert lines[0] == f"## 📄 {paper.title}"
    assert f"- **阅读来源**: {paper.summary_source}" in lines
    assert [without_whitespace(text) for text in texts] == [
        without_whitespace(paper.sections[section]) for section in Section
    ]


@pytest.mark.parametrize("paper", REPORT.papers, ids=lambda paper: paper.id)
def test_every_line_of_a_section_stands_so_in_the_file(paper: Paper) -> None:
    lines = {line.strip() for line in paper_block(paper).split("\n")}

    for text in paper.sections.values():
        assert {line.strip() for line in text.split("\n")} <= lines
        assert text == text.strip("\n")
        assert any(line and not line[0].isspace() for line in text.split("\n"))


def test_numbered_items_of_the_innovations_are_no_headings() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    innovations = "\n".join(paper["sections"]["innovations"] for paper in golden["papers"])

    items = [line for line in SOURCE.split("\n") if line.startswith(("1.  **", "2.  **", "3.  **", "4.  **"))]

    assert items
    assert all(item in "\n".join([innovations, *(p["sections"]["usage"] for p in golden["papers"])]) for item in items)
