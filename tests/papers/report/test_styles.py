"""The seed's papers come out the same, in whatever style they are written."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from itertools import cycle, product

import pytest

from digest.model import Report
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


@cache
def parse_sample() -> Report:
    """Return the first papers of the seed: enough to see what a style does to a paper and to the next one."""
    return replace(parse_seed(), papers=parse_seed().papers[:4])


def other_papers(styles: Iterable[ReportStyle]) -> list[ReportStyle]:
    """Return the styles in which the papers would not be read as they are."""
    expected = report_to_json(parse_sample())
    return [one for one in styles if report_to_json(parse_report(write_report(parse_sample(), one))) != expected]


def test_a_section_is_known_by_its_name_in_any_style() -> None:
    names = cycle([SIMPLIFIED, TRADITIONAL, ENGLISH])
    forms = product(HEADINGS.values(), range(2))

    assert not other_papers(
        ReportStyle(heading=one, names=words) for (one, _), words in zip(forms, names, strict=False)
    )


def test_a_style_works_without_inner_title_and_blank_lines() -> None:
    assert not other_papers(ReportStyle(heading=one, repeated_title="", blank_lines=False) for one in HEADINGS.values())


def test_a_text_may_begin_on_the_line_of_its_heading() -> None:
    assert not other_papers(ReportStyle(heading=one, inline=True) for one in INLINE.values())


def test_a_paper_begins_with_a_title_in_any_style() -> None:
    titles = [
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
    ]
    rows = [*zip(titles, cycle(["=" * 60, "---", ""]), strict=False), *((one, "") for one in titles)]

    assert not other_papers(ReportStyle(title=title, separator=separator) for title, separator in rows)


def test_papers_are_parted_by_any_separator() -> None:
    separators = ["===", "=" * 30, "=" * 200, "---", "-" * 80, "***", "* * *", "___", "═" * 40, ""]
    headings = cycle(HEADINGS[name] for name in ("number, bold", "level 2, number", "bold", "nothing"))

    assert not other_papers(
        ReportStyle(separator=one, heading=heading)
        for one, heading in zip([*separators, "", "", ""], headings, strict=False)
    )


def test_rules_between_sections_are_nobodys_text() -> None:
    assert not other_papers(ReportStyle(divider=one) for one in ("---", "***", "=====", "-" * 60, "=" * 60))


def test_a_fence_around_the_body_is_dropped() -> None:
    fences = [("```markdown", "```"), ("```", "```"), ("~~~md", "~~~"), ("````text", "````"), ("```", "")]
    headings = [HEADINGS[name] for name in ("number, bold", "level 2, number", "number in bold")]
    titles = cycle(["# {title} 研究报告", ""])

    assert not other_papers(
        ReportStyle(fence=fence, heading=heading, repeated_title=title)
        for (fence, heading), title in zip(product(fences, headings), titles, strict=False)
    )


def test_a_link_is_known_in_any_style() -> None:
    links = [
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
    ]

    assert not other_papers(
        ReportStyle(link=link, title=title)
        for link, title in zip(links, cycle(["## 📄 {title}", "## {title}"]), strict=False)
    )


def test_what_was_read_is_known_in_any_style() -> None:
    sources = [
        "- **阅读来源**：{read_from}",
        "- 阅读来源: **{read_from}**",
        "*   **Read from**: {read_from}",
        "閱讀來源：{read_from}",
        "- **来源**: {read_from}",
    ]

    assert not other_papers(ReportStyle(source=one) for one in sources)


def test_an_inner_title_is_dropped() -> None:
    titles = [
        "# {title}",
        "{title}",
        "**论文分析报告：{title}**",
        "###### {title} 论文报告",
        "# 研究报告",
        "# 📄 {title}",
    ]

    assert not other_papers(
        ReportStyle(repeated_title=title, separator=separator)
        for title, separator in zip(titles * 2, ["=" * 60] * 6 + [""] * 6, strict=True)
    )


def test_the_indentation_of_all_lines_is_dropped() -> None:
    headings = cycle([HEADINGS["number, bold"], HEADINGS["level 3, number"]])

    assert not other_papers(
        ReportStyle(indent=indent, heading=heading)
        for indent, heading in zip(["   ", "    ", "\t", "\u3000\u3000", "   "], headings, strict=False)
    )


def test_a_date_is_known_in_any_style() -> None:
    dates = [
        "**日期**：2026-01-24",
        "日期: 2026/01/24",
        "**Date:** 2026.1.24",
        "- Date: 2026年1月24日",
        "*日期*：２０２６年１月２４日",
        "Report date: Saturday, 2026-01-24",
    ]

    assert not other_papers(ReportStyle(date=one) for one in dates)


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
