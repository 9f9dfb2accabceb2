"""What makes no sense in a report is told with its line, and the rest stays."""

from collections.abc import Sequence

import pytest

from digest.model import Paper, Report, Section
from digest.model.errors import InvalidReport
from digest.papers.report import parse_report
from tests.papers.report.golden_report import SEED

SOURCE = SEED.read_text(encoding="utf-8")
SEED_REPORT = parse_report(SOURCE)
FIRST_PAPER, SECOND_PAPER = SEED_REPORT.papers[:2]


def problems_of(report: Report) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in report.problems]


def line_number(text: str, start: str) -> int:
    return next(n for n, line in enumerate(text.split("\n"), start=1) if line.startswith(start))


def papers_without(papers: Sequence[Paper], *ids: str) -> list[Paper]:
    return [paper for paper in papers if paper.id not in ids]


def test_a_missing_section_is_told_and_the_paper_stays() -> None:
    start, end = (
        SOURCE.index("3. **使用指南**\n   *   **输入**：基于"),
        SOURCE.index("4. **主要创新点**\n   *   **思想"),
    )
    text = SOURCE[:start] + SOURCE[end:]

    report = parse_report(text)

    assert problems_of(report) == [(7, "The paper 2601.16004 lacks sections: usage.")]
    assert Section.USAGE not in report.papers[0].sections
    assert report.papers[0].sections[Section.RESULTS] == FIRST_PAPER.sections[Section.RESULTS]
    assert report.papers[1:] == SEED_REPORT.papers[1:]


def test_a_heading_without_text_counts_as_missing() -> None:
    only = next(line for line in SOURCE.split("\n") if line.startswith("   量子计算（"))
    text = SOURCE.replace(f"{only}\n", "")

    assert problems_of(parse_report(text)) == [(7, "The paper 2601.16004 lacks sections: area.")]


def test_a_missing_source_is_told_and_the_paper_stays() -> None:
    report = parse_report(SOURCE.replace("- **阅读来源**: HTML\n", "", 1))

    assert problems_of(report) == [(7, "The paper 2601.16004 does not tell what it was read from.")]
    assert report.papers[0].summary_source is None
    assert report.papers[0].sections == FIRST_PAPER.sections


@pytest.mark.parametrize("link", ["", "- **链接**: \n", "- **链接**: 待补充\n", "- **链接**: https://example.com/x\n"])
@pytest.mark.parametrize("source", ["", "- **阅读来源**: HTML\n"])
def test_a_paper_without_id_is_left_out_and_nobody_gets_its_text(link: str, source: str) -> None:
    old = "- **链接**: https://huggingface.co/papers/2601.15549\n- **阅读来源**: HTML\n"

    report = parse_report(SOURCE.replace(old, link + source))

    assert list(report.papers) == papers_without(SEED_REPORT.papers, "2601.15549")
    assert [(line, what[-33:]) for line, what in problems_of(report)] == [(43, "has no arXiv id and was left out.")]


@pytest.mark.parametrize("separator", ["=" * 60, "---", ""])
@pytest.mark.parametrize("title", ["## 📄 ", "## "])
def test_a_paper_without_link_and_source_does_not_run_into_the_one_before(separator: str, title: str) -> None:
    old = "- **链接**: https://huggingface.co/papers/2601.15549\n- **阅读来源**: HTML\n"
    text = SOURCE.replace(old, "").replace("=" * 60, separator).replace("## 📄 ", title)

    report = parse_report(text)

    assert list(report.papers) == papers_without(SEED_REPORT.papers, "2601.15549")
    assert len(report.problems) == 1


def test_a_paper_without_title_keeps_its_text() -> None:
    report = parse_report(SOURCE.replace(f"## 📄 {SECOND_PAPER.title}\n", ""))

    assert problems_of(report) == [(44, "The paper 2601.15549 has no title; its id stands for it.")]
    assert report.papers[1].title == "2601.15549"
    assert report.papers[1].sections == SECOND_PAPER.sections
    assert report.papers[0] == FIRST_PAPER


def test_sections_behind_a_separator_are_never_the_paper_s_before() -> None:
    link = f"- **链接**: {SECOND_PAPER.url}\n- **阅读来源**: HTML"
    old = f"## 📄 {SECOND_PAPER.title}\n\n{link}\n\n# {SECOND_PAPER.title}\n"

    report = parse_report(SOURCE.replace(old, ""))

    assert list(report.papers) == papers_without(SEED_REPORT.papers, "2601.15549")
    assert len(report.problems) == 1


def test_the_first_of_two_same_papers_stays() -> None:
    again = SOURCE.replace("2601.15549", "2601.16004v3")

    report = parse_report(again)

    assert problems_of(report) == [(43, "The paper 2601.16004 stands here again; the first one was kept.")]
    assert list(report.papers) == papers_without(SEED_REPORT.papers, "2601.15549")


def test_a_section_that_stands_twice_is_joined_and_told() -> None:
    text = SOURCE.replace("### 4. 主要创新点\n", "### 2. 一句话核心贡献\n补充一句。\n\n### 4. 主要创新点\n", 1)
    line = line_number(text, "补充一句。") - 1

    report = parse_report(text)

    assert problems_of(report) == [(line, "The section contribution stands here again; both texts were joined.")]
    assert report.papers[3].sections[Section.CONTRIBUTION].endswith("\n\n补充一句。")
    assert report.papers[3].sections[Section.USAGE] == SEED_REPORT.papers[3].sections[Section.USAGE]


def test_chatter_before_the_first_section_is_told() -> None:
    text = SOURCE.replace("1. **应用领域**\n", "好的，以下是对论文的分析。\n\n1. **应用领域**\n", 1)

    report = parse_report(text)

    assert problems_of(report) == [(14, "1 lines before the first section belong to none and were left out.")]
    assert report.papers == SEED_REPORT.papers


def test_text_behind_the_last_separator_is_nobody_s() -> None:
    report = parse_report(SOURCE + "\n*由模型生成*\n")

    assert problems_of(report) == [(1012, "1 lines behind a separator belong to no paper and were left out.")]
    assert report.papers == SEED_REPORT.papers


@pytest.mark.parametrize("date", ["", "**Date**: soon\n", "**Date**: 2026-02-30\n"])
def test_a_head_without_a_date_is_told(date: str) -> None:
    report = parse_report(SOURCE.replace("**Date**: 2026-01-24\n", date))

    assert report.date is None
    assert [what for _, what in problems_of(report)] == ["The head names no date that exists."]
    assert report.papers == SEED_REPORT.papers


def test_a_date_may_stand_in_the_head_s_title() -> None:
    text = SOURCE.replace("**Date**: 2026-01-24\n", "").replace("Papers Report", "Papers Report 2026-01-24")

    assert parse_report(text).date == SEED_REPORT.date


def test_two_reports_in_one_file_are_both_read() -> None:
    cut = SOURCE[: SOURCE.index("4. **主要创新点**\n   *   **密度")]

    report = parse_report(cut + SOURCE)

    assert {paper.id for paper in report.papers} == {paper.id for paper in SEED_REPORT.papers}
    assert "Hugging Face Daily" not in str(report.papers)
    assert report.papers[0] == FIRST_PAPER


@pytest.mark.parametrize(
    "content",
    [
        "*   **论文链接**：https://arxiv.org/abs/2501.00001",
        "#### 资源\n- **链接**: https://arxiv.org/abs/2501.00001",
        "**相关论文**\n- **链接**: https://huggingface.co/papers/2501.00001",
        "# 资源\n- https://arxiv.org/abs/2501.00001",
        "*   **应用领域**：还可用于机器人。",
        "    *   **实验效果**：提升 10%。",
        "应用领域包括机器人。",
        "本文的主要创新点：见下。",
        "*   **核心贡献**：一种方法。",
        "```python\n# 使用指南\nprint('## 5. 实验效果')\n```",
        "~~~\n**应用领域**\n~~~",
        "```\n没有结束的代码",
        "先有一段。\n\n---\n然后还有一段。",
        "小标题\n===\n然后还有一段。",
        "| 应用领域 | 值 |\n|---|---|\n| a | b |",
        "📄 一页纸的说明",
        "1.  **使用说明**：照着做。",
    ],
)
@pytest.mark.parametrize("heading", ["1. **应用领域**", "### 1. 应用领域", "**1. 应用领域**"])
def test_content_that_looks_like_structure_stays_content(content: str, heading: str) -> None:
    paper = next(one for one in SEED_REPORT.papers if f"{heading}\n" in SOURCE[SOURCE.index(one.url) :][:400])
    text = paper.sections[Section.INNOVATIONS].split("\n")[0]
    at = SOURCE.index(text)
    grown = f"{SOURCE[:at]}{content}\n{SOURCE[at:]}"

    report = parse_report(grown)

    found = next(one for one in report.papers if one.id == paper.id)
    assert found.sections[Section.INNOVATIONS].replace(" ", "").startswith(content.lstrip().replace(" ", ""))
    assert {s: t for s, t in found.sections.items() if s != Section.INNOVATIONS} == {
        s: t for s, t in paper.sections.items() if s != Section.INNOVATIONS
    }
    assert papers_without(report.papers, paper.id) == papers_without(SEED_REPORT.papers, paper.id)


@pytest.mark.parametrize(
    "title",
    [
        "应用领域：一篇综述",
        "Usage: A Survey of How People Use Models",
        "Results",
        "实验效果",
        "Paper: A Language",
        "2601 Ways",
        "3. Not a Number",
        "[CLS] is All You Need",
        "C# and F#: Types",
        "*-Sparsity",
        "1.58-bit Models",
        "1. 应用领域",
    ],
)
def test_a_title_may_hold_anything(title: str) -> None:
    report = parse_report(SOURCE.replace(f"## 📄 {FIRST_PAPER.title}\n", f"## 📄 {title}\n"))

    assert report.papers[0].sections == FIRST_PAPER.sections
    assert report.papers[0].title in {title, title.removeprefix("3. ").removeprefix("1. ")}
    assert report.papers[1:] == SEED_REPORT.papers[1:]


def test_a_report_that_is_cut_anywhere_keeps_its_whole_papers() -> None:
    data = SEED.read_bytes()
    for size in range(3_000, len(data), 1_024):
        report = parse_report(data[:size])

        assert report.papers[:-1] == SEED_REPORT.papers[: len(report.papers) - 1]
        assert report.papers[-1].id == SEED_REPORT.papers[len(report.papers) - 1].id
        assert all(1 <= problem.line <= data[:size].count(b"\n") + 1 for problem in report.problems)


def test_a_report_that_is_cut_in_its_head_is_refused() -> None:
    with pytest.raises(InvalidReport, match="has no paper"):
        parse_report(SOURCE[:160])


@pytest.mark.parametrize(
    ("link", "url", "version"),
    [
        ("https://arxiv.org/abs/2601.16004v2", "https://arxiv.org/abs/2601.16004v2", 2),
        ("[PDF](https://arxiv.org/pdf/2601.16004v3.pdf)", "https://arxiv.org/pdf/2601.16004v3.pdf", 3),
        ("https://arxiv.org/html/2601.16004 (HTML)", "https://arxiv.org/html/2601.16004", None),
        ("arXiv:2601.16004v2", "https://arxiv.org/abs/2601.16004v2", 2),
        ("2601.16004", "https://arxiv.org/abs/2601.16004", None),
        ("huggingface.co/papers/2601.16004", "https://huggingface.co/papers/2601.16004", None),
        ("见 https://huggingface.co/papers/2601.16004。", "https://huggingface.co/papers/2601.16004", None),
        ("javascript:alert(1)//2601.16004", "https://arxiv.org/abs/2601.16004", None),
    ],
)
def test_the_address_is_kept_as_written_and_the_id_without_its_version(
    link: str, url: str, version: int | None
) -> None:
    paper = parse_report(SOURCE.replace(FIRST_PAPER.url, link)).papers[0]

    assert (paper.id, paper.url, paper.version) == ("2601.16004", url, version)
    assert paper.sections == FIRST_PAPER.sections


def test_an_old_id_is_a_key_too() -> None:
    paper = parse_report(SOURCE.replace(FIRST_PAPER.url, "https://arxiv.org/abs/hep-th/9901001v1")).papers[0]

    assert (paper.id, paper.version) == ("hep-th/9901001", 1)


def test_a_bold_item_with_a_section_s_name_is_no_heading_where_that_section_is_missing() -> None:
    start, end = SOURCE.index("### 5. 实验效果\n"), SOURCE.index("=" * 60, SOURCE.index("### 5. 实验效果\n"))
    text = f"{SOURCE[:start]}3.  **实验效果**：在三个任务上都更好。\n4.  **其他**：略。\n\n{SOURCE[end:]}"

    report = parse_report(text)

    assert [what for _, what in problems_of(report)] == ["The paper 2601.15703 lacks sections: results."]
    assert report.papers[3].sections[Section.INNOVATIONS].endswith("4.  **其他**：略。")
