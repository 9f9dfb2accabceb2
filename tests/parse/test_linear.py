"""Hostile shapes cost linear time: twice the input, about twice the work.

Work is counted in lines of Python that run, not in seconds, so the test says the same on any machine.
The time-out guards against what happens inside one call, such as a pattern that backtracks.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

from digest.arxiv import find_arxiv_id
from digest.errors import NotAReport
from digest.parse import parse_report

TOP = "# R\n**Date**: 2026-01-24\n\n"
PAPER = "=====\n\n## 📄 T\n\n- **链接**: https://arxiv.org/abs/2601.00001\n- **阅读来源**: HTML\n\n"
BODY = f"{TOP}{PAPER}1. **应用领域**\n甲\n\n"

SHAPES: dict[str, Callable[[int], str]] = {
    "blank lines": lambda n: BODY + "\n" * n,
    "blank lines before a link": lambda n: (
        f"## T\n{chr(10) * n}- **链接**: https://arxiv.org/abs/2601.00001\n"
    ),
    "links only": lambda n: TOP + "- **链接**: https://arxiv.org/abs/2601.00001\n" * (n // 20),
    "titles only": lambda n: TOP + "## 📄 T\n" * (n // 8),
    "separators only": lambda n: BODY + "=====\n" * (n // 6),
    "headings only": lambda n: BODY + "5. **实验效果**\n" * (n // 12),
    "fences that open": lambda n: BODY + "```py\n" * (n // 6),
    "fences that open before all": lambda n: TOP + PAPER + "```py\n" * (n // 6) + "1. **应用领域**\n",
    "fences with headings": lambda n: BODY + "```\n5. **实验效果**\n```\n" * (n // 20),
    "papers without end": lambda n: TOP + (PAPER + "1. **应用领域**\n") * (n // 80),
    "stars": lambda n: BODY + ("*" * 5_000 + "\n") * (n // 5_000),
    "stars and blanks": lambda n: BODY + ("* " * 2_500 + "\n") * (n // 5_000),
    "hashes": lambda n: BODY + ("#" * 5_000 + "\n") * (n // 5_000),
    "brackets": lambda n: BODY + ("[" * 5_000 + "\n") * (n // 5_000),
    "links that do not close": lambda n: BODY + ("[a](" * 1_250 + "\n") * (n // 5_000),
    "indentation": lambda n: BODY + (" " * 4_999 + "a\n") * (n // 5_000),
    "colons": lambda n: BODY + ("链接：" * 1_600 + "\n") * (n // 5_000),
    "numerals": lambda n: BODY + ("1." * 2_500 + "\n") * (n // 5_000),
    "names": lambda n: BODY + ("应用领域" * 1_250 + "\n") * (n // 5_000),
    "glosses": lambda n: BODY + ("应用领域（" * 1_000 + "\n") * (n // 5_000),
    "separators with text": lambda n: TOP + PAPER + "1. **应用领域**\n" + "=====\na\n" * (n // 8),
    "rules with headings": lambda n: BODY + "=====\n\n1. **应用领域**\n甲\n" * (n // 20),
    "other heads": lambda n: BODY + "# R\n**Date**: 2026-01-24\n" * (n // 24),
    "controls": lambda n: BODY + "a\x07\n" * (n // 60) + "b" * (n // 2),
    "one long line": lambda n: BODY + "a" * n,
}


def work(action: Callable[[], object]) -> int:
    """Count the lines of Python that ``action`` runs."""
    lines = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:  # noqa: ANN401 - the type of sys.settrace
        nonlocal lines
        lines += event == "line"
        return trace if "digest" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with suppress(NotAReport):
            action()
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.timeout(300)
@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_text_is_at_most_twice_the_work(shape: str) -> None:
    once, twice = SHAPES[shape](20_000), SHAPES[shape](40_000)

    small, large = work(lambda: parse_report(once)), work(lambda: parse_report(twice))

    assert large <= 2.2 * small + 500


@pytest.mark.timeout(300)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_large_hostile_report_ends(shape: str) -> None:
    text = SHAPES[shape](400_000)

    with suppress(NotAReport):
        parse_report(text)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "piece", ["2601.", "1234.5678", "a", "cs/", "math.gt/", "hep-", "0", ".", "arxiv:", "2601.15876x"]
)
def test_a_long_text_without_an_id_is_searched_in_no_time(piece: str) -> None:
    text = piece * (2_000_000 // len(piece))

    find_arxiv_id(text)
