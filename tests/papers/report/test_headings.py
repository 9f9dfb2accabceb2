"""A name at the start of a line, and what is none."""

import pytest

from digest.model import Section
from digest.papers.report.headings import Ending, Field, Heading, parse_heading


def read_heading(line: str) -> tuple[object, Ending, str] | None:
    named = parse_heading(line)
    return (named.meaning, named.ending, named.rest) if isinstance(named, Heading) else None


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("**应用领域**：量子计算", "量子计算"),
        ("**应用领域：** **量子**", "**量子**"),
        ("**应用领域**：**语音** 合成", "**语音** 合成"),
        ("**应用领域：量子计算**", "量子计算"),
        ("**应用领域：量子** 计算", "**量子** 计算"),
        ("【应用领域】量子", "量子"),
        ("**【应用领域】** 量子", "量子"),
        ("**【应用领域】**：量子", "量子"),
        ("## 应用领域（NLP）", "（NLP）"),
        ("应用领域 / Application Area：量子", "量子"),
        ("应用领域（Application Area）：量子", "量子"),
        ("1. 应用领域:量子", "量子"),
    ],
)
def test_text_on_the_headings_own_line_is_kept_with_its_bold_in_balance(line: str, rest: str) -> None:
    assert read_heading(line) == (Section.AREA, Ending.COLON, rest)


@pytest.mark.parametrize(
    "line",
    [
        "应用领域包括语音合成。",
        "「应用领域」包括三类",
        "“应用领域”是什么",
        "**使用指南**见附录",
        "Results show that it works",
    ],
)
def test_a_sentence_that_begins_with_a_name_is_no_heading(line: str) -> None:
    named = parse_heading(line)

    assert isinstance(named, Heading)
    assert named.ending is Ending.TEXT


@pytest.mark.parametrize(
    "line", ["", "***", "本文的应用领域：语音", "360Anything", "usages", "Resultsx", "a" * 500, "#" * 500, "一" * 500]
)
def test_what_does_not_begin_with_a_name_is_none(line: str) -> None:
    assert read_heading(line) is None


@pytest.mark.parametrize(
    ("line", "meaning", "rest"),
    [
        (
            "- **链接**: https://huggingface.co/papers/2601.16004",
            Field.LINK,
            "https://huggingface.co/papers/2601.16004",
        ),
        ("- **阅读来源**: ArXiv Abs", Field.SUMMARY_SOURCE, "ArXiv Abs"),
        ("**Source URL**: https://huggingface.co", Field.SOURCE, "https://huggingface.co"),
        ("日期：2026-01-24", Field.DATE, "2026-01-24"),
    ],
)
def test_particulars_are_read_like_headings(line: str, meaning: Field, rest: str) -> None:
    assert read_heading(line) == (meaning, Ending.COLON, rest)
