"""Between a heading and its sections a paper's address may stand anywhere, and labels that nobody knows."""

from collections.abc import Sequence
from itertools import cycle, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Paper, Section
from digest.model.errors import InvalidReport
from digest.papers.report import parse_report

IDS = ("2601.30007", "2601.30008", "2601.30009")
TITLES = ("A Robot: Learning to Walk", "Second Paper", "The Third One of 3")
URL = "https://arxiv.org/abs/{id}"
NAMES = ("应用领域", "一句话核心贡献", "使用指南", "主要创新点", "实验效果")

ADDRESSES = {
    "row of links": "[arXiv](https://arxiv.org/abs/{id}) | [PDF](https://arxiv.org/pdf/{id})",
    "row with icons": "🔗 [论文](https://huggingface.co/papers/{id}) · 💻 [代码](https://github.com/a/b)",
    "row, code first": "[GitHub](https://github.com/a/b) [HF](https://huggingface.co/papers/{id})",
    "list of links": "- [arXiv](https://arxiv.org/abs/{id})\n- [PDF](https://arxiv.org/pdf/{id})",
    "label": "- **链接**: https://huggingface.co/papers/{id}",
    "label, linked": "**Paper**: [arXiv:{id}](https://arxiv.org/abs/{id})",
    "unknown label": "- **论文主页**: https://arxiv.org/abs/{id}",
    "known label of another kind": "- **PDF**: https://arxiv.org/pdf/{id}",
    "label without bold": "论文页面：https://arxiv.org/abs/{id}",
    "bare address": "https://arxiv.org/abs/{id}",
    "angle brackets": "<https://arxiv.org/abs/{id}>",
    "brackets": "（https://arxiv.org/abs/{id}）",
    "linked id": "[{id}](https://arxiv.org/abs/{id})",
    "id alone": "arXiv:{id}",
    "id in code": "`{id}`",
    "bold": "**[arXiv](https://arxiv.org/abs/{id})**",
    "quote": "> 🔗 https://arxiv.org/abs/{id}",
    "quoted label": "> **链接**：https://arxiv.org/abs/{id}",
    "table row": "| 链接 | https://arxiv.org/abs/{id} |\n|---|---|",
    "italic": "*[arXiv:{id}](https://arxiv.org/abs/{id})*",
    "sentence": "论文见 https://arxiv.org/abs/{id} 。",
    "HTML": '<a href="https://arxiv.org/abs/{id}">arXiv</a>',
    "numbers beside it": "👍 35 | 💬 4 | [arXiv](https://arxiv.org/abs/{id})",
}
LABELS = (
    "- **热度**: 35",
    "- **GitHub Stars**: 120",
    "- **组织**: Google DeepMind",
    "- **中文标题**: 一种很好的方法",
    "- **发布日期**: 2026-01-20",
    "*   **Venue：** ICLR 2026",
    "**团队**：清华大学",
    "- 推荐指数: ⭐⭐⭐⭐",
    "热度: 35",
    "组织：清华大学、字节跳动",
    "Upvotes: 1.2k",
    "> 热度：35",
    "| 热度 | 35 |",
    "👍 35 · 💬 4",
    "35 upvotes",
    "#agents #robots",
    "![](https://example.org/a.png)",
    "1. **热度**：35",
)
TITLE_FORMS = ("## 📄 {title}", "## {title}", "### {n}. {title}", "**{title}**", "**{n}. {title}**")


def paper_text(n: int, title: str, before_sections: Sequence[str], *, heading: str = "{n}. **{name}**") -> str:
    """Write one paper: a heading, what stands below it, five sections."""
    sections = [f"{heading.format(n=at, name=name)}\n   {name}的文字" for at, name in enumerate(NAMES, start=1)]
    return "\n\n".join([title.format(title=TITLES[n], n=n + 1, id=IDS[n]), *before_sections, *sections])


def report_text(papers: Sequence[str], *, separator: str = "") -> str:
    """Write a report of these papers."""
    head = "# Daily Papers\n**Date**: 2026-01-25"
    return f"\n\n{separator}\n\n".join([head, *papers]) + "\n"


def labelled_paper(n: int) -> str:
    return f"- **链接**: {URL.format(id=IDS[n])}\n- **阅读来源**: HTML"


def summaries(papers: Sequence[Paper]) -> list[tuple[str, str, int]]:
    """Return what a reader would miss first."""
    return [(paper.id, paper.title, len(paper.sections)) for paper in papers]


EXPECTED = [(id_, title, 5) for id_, title in zip(IDS, TITLES, strict=True)]


ADDRESSED_TITLES = (
    "### [{title}](https://huggingface.co/papers/{id})",
    "## 📄 [{title}](https://arxiv.org/abs/{id})",
    "## {n}. [{title}](https://arxiv.org/abs/{id})",
    "**[{title}](https://arxiv.org/abs/{id})**",
    "## {title} (arXiv:{id})",
    "## {title} [{id}](https://arxiv.org/abs/{id})",
    "### {title}（https://arxiv.org/abs/{id}）",
    "## [{id}] {title}",
    "## {id} {title}",
    "## {id}: {title}",
    "## {title} | [arXiv](https://arxiv.org/abs/{id})",
    "## [{title}](https://arxiv.org/abs/{id}) [PDF](https://arxiv.org/pdf/{id})",
)


def read_summaries(papers: Sequence[str], separator: str = "") -> list[tuple[str, str, int]]:
    """Return what a reader would miss first in a report of these papers."""
    return summaries(parse_report(report_text(papers, separator=separator)).papers)


def test_a_paper_is_found_wherever_its_address_stands() -> None:
    def papers(title: str, address: str, place: int) -> list[str]:
        return [
            paper_text(n, title, [ADDRESSES[address].format(id=IDS[n]) if n == place else labelled_paper(n)])
            for n in range(3)
        ]

    rows = [(*row, n % 3) for n, row in enumerate(product(TITLE_FORMS, ADDRESSES))]

    assert [row for row in rows if read_summaries(papers(*row)) != EXPECTED] == []


def test_all_papers_may_be_written_so() -> None:
    rows = list(zip(product(["", "=" * 60], ADDRESSES), cycle(TITLE_FORMS), strict=False))

    assert [
        (separator, address, title)
        for (separator, address), title in rows
        if read_summaries([paper_text(n, title, [ADDRESSES[address].format(id=IDS[n])]) for n in range(3)], separator)
        != EXPECTED
    ] == []


def test_the_address_may_stand_in_the_title() -> None:
    def papers(title: str, place: int, source: str) -> list[str]:
        alike = title.partition("{")[0].rstrip("[") + "{title}" + ("**" if title.startswith("**") else "")
        return [
            paper_text(n, title, [source] if source else [])
            if n == place
            else paper_text(n, alike.replace("{id}", ""), [labelled_paper(n)])
            for n in range(3)
        ]

    sources = ("", "- **阅读来源**: HTML", "- **热度**: 35")
    rows = [(title, place, sources[(n + place) % 3]) for n, title in enumerate(ADDRESSED_TITLES) for place in range(3)]

    assert [row for row in rows if read_summaries(papers(*row)) != EXPECTED] == []


def test_the_address_may_stand_before_or_behind_other_lines() -> None:
    def papers(between: str, address: str, *, first: bool, place: int) -> list[str]:
        found = []
        for n in range(3):
            lines = [between.format(title=TITLES[n]), ADDRESSES[address].format(id=IDS[n])]
            own = lines[::-1] if first else lines
            found.append(paper_text(n, "## 📄 {title}", own if n == place else [labelled_paper(n)]))
        return found

    lines = ["# {title} 研究报告", "一种很好的方法", "作者：张三、李四", "```markdown", "---"]
    addresses = ["row of links", "bare address", "sentence", "label"]
    rows = enumerate(product(lines, addresses, [True, False]))

    assert [
        row for n, (*row, first) in rows if read_summaries(papers(*row, first=first, place=n % 3)) != EXPECTED
    ] == []


def test_a_label_that_nobody_knows_costs_neither_title_nor_day() -> None:
    wrong = []
    titles, separators = cycle(["## 📄 {title}", "**{title}**", "{title}"]), cycle(["", "=" * 60])
    for (label, at), title, separator in zip(product(LABELS, range(3)), titles, separators, strict=False):
        papers = []
        for n in range(3):
            lines = labelled_paper(n).split("\n")
            lines.insert(at, label)
            papers.append(paper_text(n, title, ["\n".join(lines)]))
        report = parse_report(report_text(papers, separator=separator))
        sources = [paper.summary_source for paper in report.papers]
        if (summaries(report.papers), sources, str(report.date), report.problems) != (
            EXPECTED,
            ["HTML"] * 3,
            "2026-01-25",
            (),
        ):
            wrong.append((label, at, title, separator))

    assert wrong == []


@given(
    labels=st.lists(st.lists(st.sampled_from(LABELS), max_size=4), min_size=4, max_size=4),
    addresses=st.lists(st.sampled_from(sorted(ADDRESSES)), min_size=3, max_size=3),
    title=st.sampled_from(TITLE_FORMS),
    gap=st.sampled_from(["\n", "\n\n", "\n\n\n"]),
)
def test_labels_and_addresses_stand_in_any_order(
    labels: list[list[str]], addresses: list[str], title: str, gap: str
) -> None:
    papers = []
    for n in range(3):
        lines = [*labels[n], ADDRESSES[addresses[n]].format(id=IDS[n]), *labels[n + 1]]
        papers.append(paper_text(n, title, [gap.join(lines)]))

    report = parse_report(report_text(papers))

    assert summaries(report.papers) == EXPECTED
    assert str(report.date) == "2026-01-25"


def test_a_first_paper_without_any_address_is_a_problem_with_its_line() -> None:
    papers = [paper_text(0, "## {title}", []), paper_text(1, "## {title}", [labelled_paper(1)])]

    report = parse_report(report_text(papers))

    assert summaries(report.papers) == EXPECTED[1:2]
    assert [problem.line for problem in report.problems] == [6]
    assert "5 sections before the first paper" in report.problems[0].message


def test_sections_before_the_first_paper_are_a_problem_with_their_line() -> None:
    text = report_text(["1. **应用领域**\n甲\n\n2. **实验效果**\n乙", paper_text(1, "## {title}", [labelled_paper(1)])])

    report = parse_report(text)

    assert summaries(report.papers) == EXPECTED[1:2]
    assert [(one.line, one.message) for one in report.problems] == [
        (6, "2 sections before the first paper belong to no paper and were left out.")
    ]


def test_an_address_before_the_first_paper_that_is_nobody_s_is_a_problem() -> None:
    text = report_text(
        [
            "## Lost\n[arXiv](https://arxiv.org/abs/2601.40000) | [PDF](https://arxiv.org/pdf/2601.40000)\n\n好。",
            paper_text(1, "## {title}", [labelled_paper(1)]),
        ]
    )

    report = parse_report(text)

    assert summaries(report.papers) == EXPECTED[1:2]
    assert [(one.line, one.message[:34]) for one in report.problems] == [(7, "The paper 2601.40000 stands before")]


def test_a_link_that_stands_where_a_title_should_gives_the_title() -> None:
    papers = [paper_text(0, "[{title}](https://arxiv.org/abs/{id})", []), paper_text(1, "{title}", [labelled_paper(1)])]

    report = parse_report(report_text(papers, separator="=" * 60))

    assert summaries(report.papers) == EXPECTED[:2]


def test_a_table_of_contents_is_no_paper() -> None:
    contents = "\n".join(f"{n + 1}. [{TITLES[n]}]({URL.format(id=IDS[n])})" for n in range(3))
    papers = [paper_text(n, "## {title}", [labelled_paper(n)]) for n in range(3)]

    report = parse_report(report_text([f"## 目录\n{contents}", *papers]))

    assert summaries(report.papers) == EXPECTED
    assert report.problems == ()


def test_related_work_in_a_text_is_no_paper() -> None:
    related = "\n\n#### 相关论文\n[arXiv](https://arxiv.org/abs/2501.00001) | [PDF](https://arxiv.org/pdf/2501.00001)"
    papers = [paper_text(n, "## {title}", [labelled_paper(n)]) + related for n in range(3)]

    report = parse_report(report_text(papers))

    assert summaries(report.papers) == EXPECTED
    assert all("2501.00001" in paper.sections[Section.RESULTS] for paper in report.papers)


def test_a_report_of_one_paper_without_sections_is_still_refused() -> None:
    with pytest.raises(InvalidReport):
        parse_report("# A\n\n[arXiv](https://arxiv.org/abs/2601.40000)\n\n好。\n")
