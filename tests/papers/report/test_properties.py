"""Laws that hold for any text."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model import Report
from digest.model.errors import InvalidReport
from digest.papers.report import parse_report, report_to_json
from tests.papers.report.golden_report import SEED

SOURCE = SEED.read_text(encoding="utf-8")
LINES = SOURCE.split("\n")
LENIENT = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

pieces = st.sampled_from(
    [
        *LINES[:60],
        *[
            "",
            "```",
            "```markdown",
            "~~~",
            "---",
            "=" * 60,
            "# 📄",
            "## 📄 T",
            "**应用领域**：a",
            "*",
            "\x00",
            "\u2028",
        ],
        *["- **链接**: https://arxiv.org/abs/2601.00001v2", "- **阅读来源**: HTML", "**Date**: 2026-01-24", "\ud800"],
        *[
            "实验效果",
            "### 5. 实验效果",
            "   1.  **主要创新点**：x",
            "\u3000\u3000甲",
            "\t乙",
            "T\n===",
            "# R",
            "```py",
        ],
    ]
)
texts = st.lists(st.one_of(pieces, st.text(max_size=20)), max_size=60).map("\n".join)


def parse_or_none(data: str | bytes) -> Report | None:
    """Return the report, or None where it is refused; anything else raised fails the test."""
    try:
        return parse_report(data)
    except InvalidReport:
        return None


def report_values(report: Report | None) -> object:
    return report and report_to_json(report)


@given(texts)
def test_any_text_is_a_report_or_refused(text: str) -> None:
    report = parse_or_none(text)

    if report:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
        assert all(1 <= problem.line <= lines for problem in report.problems)
        assert [problem.line for problem in report.problems] == sorted(p.line for p in report.problems)
        assert len({paper.id for paper in report.papers}) == len(report.papers) > 0
        assert all(text.strip() for paper in report.papers for text in paper.sections.values())
        assert all(paper.title and paper.url.lower().startswith("http") for paper in report.papers)
        assert str(report_to_json(report)).encode()


@given(st.one_of(st.binary(), texts.map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_are_a_report_or_refused(data: bytes) -> None:
    parse_or_none(data)


@given(texts.filter(lambda text: "\r" not in text), st.sampled_from(["\r\n", "\r"]))
def test_line_ends_change_nothing(text: str, end: str) -> None:
    assert report_values(parse_or_none(text)) == report_values(parse_or_none(text.replace("\n", end)))


@given(texts)
def test_a_byte_order_mark_changes_nothing(text: str) -> None:
    assert report_values(parse_or_none(text)) == report_values(parse_or_none("\ufeff" + text))


@given(texts, st.sampled_from([" ", "  ", "\t", "\u00a0", "\u3000"]))
def test_trailing_blanks_change_nothing(text: str, blanks: str) -> None:
    assert report_values(parse_or_none(text)) == report_values(parse_or_none(text.replace("\n", f"{blanks}\n")))


@LENIENT
@given(st.integers(0, len(LINES)), st.integers(0, len(LINES)), st.lists(pieces, max_size=3))
def test_damage_between_two_separators_stays_between_them(first: int, second: int, new: list[str]) -> None:
    """Lines of one paper are lost or replaced: every paper outside the damage is the same as before."""
    bounds = [at for at, line in enumerate(LINES) if line == "=" * 60]
    start = max((at for at in bounds if at <= first), default=0)
    end = min((at for at in bounds if at > start), default=len(LINES))
    low, high = sorted((min(max(first, start + 1), end), min(max(second, start + 1), end)))
    calm = [line for line in new if not any(sign in line for sign in ("=", "~~~", "```", "http"))]

    report = parse_or_none("\n".join([*LINES[:low], *calm, *LINES[high:]]))

    assert report
    damaged = "\n".join(LINES[start:end])
    for paper in parse_report(SOURCE).papers:
        if paper.url not in damaged:
            assert paper in report.papers


@LENIENT
@given(st.integers(0, 26), st.integers(0, 26))
def test_two_reports_in_one_file_give_the_papers_of_both(low: int, high: int) -> None:
    blocks = SOURCE.split("=" * 60 + "\n")
    part = ("=" * 60 + "\n").join([blocks[0], *blocks[min(low, high) + 1 : max(low, high) + 2], ""])

    both, single = parse_report(part + SOURCE), parse_report(part)

    assert both.papers[: len(single.papers)] == single.papers
    assert sorted(p.id for p in both.papers) == sorted(p.id for p in parse_report(SOURCE).papers)
