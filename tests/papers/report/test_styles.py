"""The seed's papers come out the same, whatever dress a writer gives them."""

from functools import cache

import pytest

from digest.model import Report, Section
from digest.papers.report import parse_report, report_to_json
from tests.papers.report.golden_report import SEED
from tests.papers.report.report_styles import (
    ENGLISH,
    HEADINGS,
    INLINE,
    SIMPLIFIED,
    TRADITIONAL,
    ReportStyle,
    write_report,
)


@cache
def parse_seed() -> Report:
    return parse_report(SEED.read_bytes())


def assert_same_papers(text: str | bytes) -> None:
    found, expected = report_to_json(parse_report(text)), report_to_json(parse_seed())
    assert found == expected


@pytest.mark.parametrize("name", HEADINGS)
@pytest.mark.parametrize("names", [SIMPLIFIED, TRADITIONAL, ENGLISH], ids=["simplified", "traditional", "English"])
def test_a_section_is_known_by_its_name_in_any_dress(name: str, names: dict[Section, str]) -> None:
    assert_same_papers(write_report(parse_seed(), ReportStyle(heading=HEADINGS[name], names=names)))


@pytest.mark.parametrize("name", HEADINGS)
def test_a_dress_works_without_inner_title_and_blank_lines(name: str) -> None:
    assert_same_papers(
        write_report(parse_seed(), ReportStyle(heading=HEADINGS[name], repeated_title="", blank_lines=False))
    )


@pytest.mark.parametrize("name", INLINE)
def test_a_text_may_begin_on_the_line_of_its_heading(name: str) -> None:
    assert_same_papers(write_report(parse_seed(), ReportStyle(heading=INLINE[name], inline=True)))


@pytest.mark.parametrize(
    "title",
    [
        "## 📄 {title}",
        "## {title}",
        "# {title}",
        "### 📑 {title}",
        "### {n}. {title}",
        "## {n}. 📄 {title}",
        "## 📄 {n}. {title}",
        "## **{title}**",
        "**📄 {title}**",
        "**{title}**",
        "**{n}. {title}**",
        "{n}. {title}",
        "{n}. **{title}**",
        "[{n}] {title}",
        "{title}",
        "- **{title}**",
        "## [{title}]({url})",
        "## 论文 {n}：{title}",
        "## Paper {n}: {title}",
        "标题：{title}",
        "##\u3000📄\u00a0{title}\u3000",
        "{title}\n=====",
    ],
)
@pytest.mark.parametrize("separator", ["=" * 60, "---", ""])
def test_a_paper_begins_with_a_title_in_any_dress(title: str, separator: str) -> None:
    assert_same_papers(write_report(parse_seed(), ReportStyle(title=title, separator=separator)))


@pytest.mark.parametrize(
    "separator", ["===", "=" * 30, "=" * 200, "---", "-" * 80, "***", "* * *", "___", "═" * 40, ""]
)
@pytest.mark.parametrize("heading", ["number, bold", "level 2, number", "bold", "nothing"])
def test_papers_are_parted_by_any_separator(separator: str, heading: str) -> None:
    assert_same_papers(write_report(parse_seed(), ReportStyle(separator=separator, heading=HEADINGS[heading])))


@pytest.mark.parametrize("rule", ["---", "***", "=====", "-" * 60, "=" * 60])
def test_rules_between_sections_are_nobodys_text(rule: str) -> None:
    assert_same_papers(write_report(parse_seed(), ReportStyle(divider=rule)))


@pytest.mark.parametrize(
    "fence", [("```markdown", "```"), ("```", "```"), ("~~~md", "~~~"), ("````text", "````"), ("```", "")]
)
@pytest.mark.parametrize("heading", ["number, bold", "level 2, number", "number in bold"])
@pytest.mark.parametrize("inner_title", ["# {title} 研究报告", ""])
def test_a_fence_around_the_body_is_dropped(fence: tuple[str, str], heading: str, inner_title: str) -> None:
    assert_same_papers(
        write_report(parse_seed(), ReportStyle(fence=fence, heading=HEADINGS[heading], repeated_title=inner_title))
    )


@pytest.mark.parametrize(
    "link",
    [
        "- **链接**: {url}",
        "- **链接：** {url}",
        "- **链接**： <{url}>",
        "**链接** {url}",
        "- 🔗 链接: {url}",
        "* **Link**: {url}",
        "- **论文链接**：[{id}]({url})",
        "- **链接**: [{title}]({url})",
        "Paper Link: {url}",
        "-\u00a0**链接**:\u3000{url}",
        "{url}",
        "- {url}",
        "- **鏈接**: {url}",
    ],
)
@pytest.mark.parametrize("title", ["## 📄 {title}", "## {title}"])
def test_a_link_is_known_in_any_dress(link: str, title: str) -> None:
    assert_same_papers(write_report(parse_seed(), ReportStyle(link=link, title=title)))


@pytest.mark.parametrize(
    "source",
    [
        "- **阅读来源**：{read_from}",
        "- 阅读来源: **{read_from}**",
        "*   **Read from**: {read_from}",
        "閱讀來源：{read_from}",
        "- **来源**: {read_from}",
    ],
)
def test_what_was_read_is_known_in_any_dress(source: str) -> None:
    assert_same_papers(write_report(parse_seed(), ReportStyle(source=source)))


@pytest.mark.parametrize(
    "inner_title",
    ["# {title}", "{title}", "**论文分析报告：{title}**", "###### {title} 论文报告", "# 研究报告", "# 📄 {title}"],
)
@pytest.mark.parametrize("separator", ["=" * 60, ""])
def test_an_inner_title_is_dropped(inner_title: str, separator: str) -> None:
    assert_same_papers(write_report(parse_seed(), ReportStyle(repeated_title=inner_title, separator=separator)))


@pytest.mark.parametrize("indent", ["   ", "    ", "\t", "\u3000\u3000"])
@pytest.mark.parametrize("heading", ["number, bold", "level 3, number"])
def test_the_indentation_of_all_lines_is_dropped(indent: str, heading: str) -> None:
    assert_same_papers(write_report(parse_seed(), ReportStyle(indent=indent, heading=HEADINGS[heading])))


@pytest.mark.parametrize(
    "date",
    [
        "**日期**：2026-01-24",
        "日期: 2026/01/24",
        "**Date:** 2026.1.24",
        "- Date: 2026年1月24日",
        "*日期*：２０２６年１月２４日",
        "Report date: Saturday, 2026-01-24",
    ],
)
def test_a_date_is_known_in_any_dress(date: str) -> None:
    assert_same_papers(write_report(parse_seed(), ReportStyle(date=date)))


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_change_nothing(end: str, mark: str) -> None:
    text = mark + SEED.read_text(encoding="utf-8").replace("\n", end)

    assert_same_papers(text)
    assert_same_papers(text.encode())


def test_a_report_that_is_fenced_as_a_whole_is_read() -> None:
    assert_same_papers("```markdown\n" + SEED.read_text(encoding="utf-8") + "```\n")


def test_every_paper_may_have_another_dress() -> None:
    dresses = [ReportStyle(heading=heading) for heading in HEADINGS.values()]
    single = [Report(date=parse_seed().date, source_url=None, papers=(paper,)) for paper in parse_seed().papers]
    texts = [write_report(one, dress).split("=" * 60, 1)[1] for one, dress in zip(single, dresses, strict=False)]
    head = write_report(Report(date=parse_seed().date, source_url=parse_seed().source_url, papers=()), ReportStyle())

    assert_same_papers(("=" * 60).join([head.split("=" * 60)[0], *texts]))
