"""Hostile reports of any size, made of lines that a generator writes: every kind of line the parser knows.

A shape has a number; its lines, their arrangement and what stands before them follow from that alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from digest.papers.report.headings import HEADING_NAMES

HEAD = "# R\n**Date**: 2026-01-24\n\n"
PAPER = "=====\n\n## 📄 T\n\n- **链接**: https://arxiv.org/abs/2601.00001\n- **阅读来源**: HTML\n\n"
SECTION = "1. **应用领域**\n甲\n\n"
PREFIXES = ("", HEAD, HEAD + PAPER, HEAD + PAPER + SECTION)

_NAMES = [name for names in HEADING_NAMES.by_first_character.values() for name, _ in names]
_LABELS = [*_NAMES, "热度", "GitHub Stars", "组织", "中文标题", "T", "甲", ""]
_KEY_LABELS = ["链接", "阅读来源", "来源", "Date", "应用领域", "实验效果", "热度"]
_SINGLE_LINES = [
    form.format(label=label, value=value)
    for form in ("- **{label}**: {value}", "### {label}：{value}", "{label} {value}")
    for label in _KEY_LABELS
    for value in ("", "https://arxiv.org/abs/2601.00001")
]
SINGLE_LINE_COUNT = len(_SINGLE_LINES)
_INDENTS = ["", "", "", "  ", "    ", "\t", "\u3000", " " * 40]
_MARKS = [
    "",
    "",
    "# ",
    "## ",
    "### 1. ",
    "## 📄 ",
    "📄 ",
    "- ",
    "*   ",
    "+ ",
    "1. ",
    "①",
    "一、",
    "（二）",
    "> ",
    ">> ",
]
_MARKS += ["| ", "【", "（", "[", "<b>", "🔗 ", "- [ ] ", "II. ", "第一部分：", "###", "`", "$", "\\"]
_BOLD = [("", ""), ("**", "**"), ("__", "__"), ("***", "***"), ("*", "*"), ("**", ""), ("", "**"), ("`", "`")]
_ENDS = ["", ":", "：", ": ", "：**", " — ", " / Usage", "（Application Area）", "】", " | ", "）", " ###"]
_VALUES = ["", "", "", "HTML", "35", "甲乙丙", "2026-01-24", "2601.00001", "https://arxiv.org/abs/2601.00001"]
_VALUES += ["[arXiv](https://arxiv.org/abs/2601.00001) | [PDF](https://arxiv.org/pdf/2601.00001)", "https://"]
_VALUES += ["[a](", "![", "$x$", "$", "{", "**", "**a", "<a href=", "a、b 等", "（" * 9, "x" * 99, "~", "| a | b |"]
_WHOLE_LINES = ["", "", "=====", "---", "***", "=" * 60, "- - -", "```", "```py", "~~~", "````markdown", "`````"]
_WHOLE_LINES += ["|---|---|", "$$", "<!--", "-->", "<details>", "{", "\\begin{x}", "[1]: http://a", "\x07", "\u2028"]
_RUN_CHARACTERS = [
    "*",
    "_",
    "#",
    "[",
    "]",
    "(",
    "（",
    "【",
    "<",
    ">",
    "`",
    "$",
    "\\",
    "{",
    "|",
    "~",
    "- ",
    "> ",
    "1.",
    "一",
    "①",
]
_RUN_CHARACTERS += [
    "📄",
    "：",
    "链接：",
    "应用领域",
    "应用领域（",
    "a",
    "甲",
    "a ",
    "[a](",
    "http://",
    "2601.",
    "0",
    "\u200d",
    " ",
]
_RUN_LENGTH = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileShape:
    """A way to fill a file: ``generate`` gives it about so many characters."""

    name: str
    generate: Callable[[int], str]


def random_line(rng: Random) -> str:
    """Write one line: marks, a label that the parser may know, what ends it, a value; or a rule, a fence."""
    if rng.random() < 0.25:
        return rng.choice(_WHOLE_LINES)
    opening, closing = rng.choice(_BOLD)
    label = rng.choice(_KEY_LABELS if rng.random() < 0.5 else _LABELS)
    words = f"{opening}{label}{closing}{rng.choice(_ENDS)}{rng.choice(_VALUES)}"
    return f"{rng.choice(_INDENTS)}{rng.choice(_MARKS)}{words}"


def shape_number(number: int) -> HostileShape:
    """Return the shape of a number.

    The first ``SINGLE_LINE_COUNT`` repeat one telling line, in turn each of them.
    """
    rng = Random(number)  # noqa: S311 - repeatable on purpose
    if number < SINGLE_LINE_COUNT:
        line = _SINGLE_LINES[number]
        before = rng.choice(PREFIXES)
        return HostileShape(name=f"{number} {line!r}", generate=lambda size: before + _repeat_lines([line], size))
    before = rng.choice(PREFIXES)
    arrange = _ARRANGEMENTS[number % len(_ARRANGEMENTS)]
    lines = [random_line(rng) for _ in range(rng.randint(1, 4))]
    if arrange is _long_lines:
        lines = [rng.choice(_RUN_CHARACTERS) for _ in range(rng.randint(1, 2))]
    name = f"{number} {arrange.__name__.strip('_')} {lines!r}"
    return HostileShape(name=name, generate=lambda size: before + arrange(lines, size))


def _repeat_lines(lines: Sequence[str], size: int) -> str:
    """Repeat the lines, over and over."""
    unit = "".join(f"{line}\n" for line in lines)
    return unit * max(1, size // len(unit))


def _group_lines(lines: Sequence[str], size: int) -> str:
    """Write first all of the one kind, then all of the next."""
    share = size // len(lines)
    return "".join(f"{line}\n" * max(1, share // (len(line) + 1)) for line in lines)


def _separate_lines(lines: Sequence[str], size: int) -> str:
    """Put blank lines between, as many as a line has characters."""
    unit = "".join(f"{line}\n" + "\n" * len(line) for line in lines) + "\n"
    return unit * max(1, size // len(unit))


def _wrap_in_papers(lines: Sequence[str], size: int) -> str:
    """Write papers whose texts are the lines."""
    unit = PAPER + SECTION + "".join(f"{line}\n" for line in lines)
    return unit * max(1, size // len(unit))


def _long_lines(runs: Sequence[str], size: int) -> str:
    """Write long lines of one sign, or of two."""
    unit = "".join(run * (_RUN_LENGTH // len(run)) for run in runs) + "\n"
    return unit * max(1, size // len(unit))


_ARRANGEMENTS = (_repeat_lines, _group_lines, _separate_lines, _wrap_in_papers, _long_lines)
