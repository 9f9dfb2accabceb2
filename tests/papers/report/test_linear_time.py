"""Hostile shapes cost linear time: twice the input, about twice the work.

Work is counted, not timed, so the test says the same on any machine: the lines of Python that run, and the
length of each text of which a built-in method is called. The time-out guards against what happens
inside one call, such as a pattern that backtracks.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import digest
from digest.model.errors import InvalidReport
from digest.papers.arxiv import find_arxiv_id
from digest.papers.report import parse_report
from tests.papers.report.hostile_shapes import shape_number

REPORT_HEADER = "# R\n**Date**: 2026-01-24\n\n"
PAPER = "=====\n\n## 📄 T\n\n- **链接**: https://arxiv.org/abs/2601.00001\n- **阅读来源**: HTML\n\n"
BODY = f"{REPORT_HEADER}{PAPER}1. **应用领域**\n甲\n\n"

_OURS = str(Path(digest.__file__).parent)
_CHARACTERS_PER_LINE = 100
"""A built-in method reads so many characters in about the time of one line of Python."""

SHAPES: dict[str, Callable[[int], str]] = {
    "labels without an address": lambda n: "- **链接**: \n" * (n // 10),
    "labels behind a head": lambda n: REPORT_HEADER + "- **链接**: \n" * (n // 10),
    "blank lines": lambda n: BODY + "\n" * n,
    "blank lines before a link": lambda n: f"## T\n{chr(10) * n}- **链接**: https://arxiv.org/abs/2601.00001\n",
    "links only": lambda n: REPORT_HEADER + "- **链接**: https://arxiv.org/abs/2601.00001\n" * (n // 20),
    "titles only": lambda n: REPORT_HEADER + "## 📄 T\n" * (n // 8),
    "separators only": lambda n: BODY + "=====\n" * (n // 6),
    "headings only": lambda n: BODY + "5. **实验效果**\n" * (n // 12),
    "fences that open": lambda n: BODY + "```py\n" * (n // 6),
    "fences that open before all": lambda n: REPORT_HEADER + PAPER + "```py\n" * (n // 6) + "1. **应用领域**\n",
    "fences with headings": lambda n: BODY + "```\n5. **实验效果**\n```\n" * (n // 20),
    "papers without end": lambda n: REPORT_HEADER + (PAPER + "1. **应用领域**\n") * (n // 80),
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
    "separators with text": lambda n: REPORT_HEADER + PAPER + "1. **应用领域**\n" + "=====\na\n" * (n // 8),
    "rules with headings": lambda n: BODY + "=====\n\n1. **应用领域**\n甲\n" * (n // 20),
    "other heads": lambda n: BODY + "# R\n**Date**: 2026-01-24\n" * (n // 24),
    "controls": lambda n: BODY + "a\x07\n" * (n // 60) + "b" * (n // 2),
    "one long line": lambda n: BODY + "a" * n,
}


def measure_work(action: Callable[[], object]) -> int:
    """Count the lines of ours that ``action`` runs, and the length of the texts whose methods they call."""
    counted = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:  # noqa: ANN401 - the type of sys.settrace
        nonlocal counted
        counted += event == "line"
        return trace if _is_ours(frame) else None

    def profile(frame: FrameType, event: str, called: object) -> None:
        nonlocal counted
        owner = getattr(called, "__self__", None) if event == "c_call" and _is_ours(frame) else None
        if isinstance(owner, str | bytes):
            counted += len(owner) // _CHARACTERS_PER_LINE

    before = sys.gettrace(), sys.getprofile()
    sys.settrace(trace)
    sys.setprofile(profile)
    try:
        with suppress(InvalidReport):
            action()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return counted


def _is_ours(frame: FrameType) -> bool:
    return _OURS in frame.f_code.co_filename


def assert_linear(text: Callable[[int], str], size: int) -> None:
    """Hold that twice the text is at most a little more than twice the work."""
    once, twice = text(size), text(2 * size)

    small, large = measure_work(lambda: parse_report(once)), measure_work(lambda: parse_report(twice))

    assert large <= 1.1 * small * len(twice) / len(once) + 1_000


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", range(10))
def test_twice_of_whatever_lines_is_at_most_twice_the_work(number: int) -> None:
    shape = shape_number(number)

    assert_linear(shape.generate, 3_000)


@pytest.mark.timeout(600)
@given(number=st.integers(min_value=10))
@settings(max_examples=5)
def test_so_it_is_for_shapes_that_nobody_has_seen(number: int) -> None:
    assert_linear(shape_number(number).generate, 3_000)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_text_is_at_most_twice_the_work(shape: str) -> None:
    assert_linear(SHAPES[shape], 3_000)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_large_hostile_report_ends(shape: str) -> None:
    text = SHAPES[shape](100_000)

    with suppress(InvalidReport):
        parse_report(text)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "piece", ["2601.", "1234.5678", "a", "cs/", "math.gt/", "hep-", "0", ".", "arxiv:", "2601.15876x"]
)
def test_a_long_text_without_an_id_is_searched_in_no_time(piece: str) -> None:
    text = piece * (2_000_000 // len(piece))

    find_arxiv_id(text)
