"""Hostile reports of any size, made of lines that a generator writes: every kind of line the parser knows.

A shape has a number; its lines, their arrangement and what stands before them follow from that alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from digest.parse.names import NAMES

HEAD = "# R\n**Date**: 2026-01-24\n\n"
PAPER = "=====\n\n## 📄 T\n\n- **链接**: https://arxiv.org/abs/2601.00001\n- **阅读来源**: HTML\n\n"
SECTION = "1. **应用领域**\n甲\n\n"
BEFORE = ("", HEAD, HEAD + PAPER, HEAD + PAPER + SECTION)

_NAMES = [name for names in NAMES.by_first.values() for name, _ in names]
_LABELS = [*_NAMES, "热度", "GitHub Stars", "组织", "中文标题", "T", "甲", ""]
_TELLING = ["链接", "阅读来源", "来源", "Date", "应用领域", "实验效果", "热度"]
_SINGLE_LINES = [
    form.format(label=label, value=value)
    for form in ("- **{label}**: {value}", "### {label}：{value}", "{label} {value}")
    for label in _TELLING
    for value in ("", "https://arxiv.org/abs/2601.00001")
]
SINGLE = len(_SINGLE_LINES)
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
_VALUES += [
    "[a](",
    "![",
    "$x$",
    "$",
    "{",
    "**",
    "**a",
    "<a href=",
    "a、b 等",
    "（" * 9,
    "x" * 99,
    "~",
    "| a | b |",
]
_WHOLE = ["", "", "=====", "---", "***", "=" * 60, "- - -", "```", "```py", "~~~", "````markdown", "`````"]
_WHOLE += [
    "|---|---|",
    "$$",
    "<!--",
    "-->",
    "<details>",
    "{",
    "\\begin{x}",
    "[1]: http://a",
    "\x07",
    "\u2028",
]
_RUNS = [
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
_RUNS += [
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
_RUN = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A way to fill a file: ``text`` gives it about so many characters."""

    name: str
    text: Callable[[int], str]


def a_line(rng: Random) -> str:
    """Write one line: marks, a label that the parser may know, what ends it, a value; or a rule, a fence."""
    if rng.random() < 0.25:
        return rng.choice(_WHOLE)
    opening, closing = rng.choice(_BOLD)
    label = rng.choice(_TELLING if rng.random() < 0.5 else _LABELS)
    words = f"{opening}{label}{closing}{rng.choice(_ENDS)}{rng.choice(_VALUES)}"
    return f"{rng.choice(_INDENTS)}{rng.choice(_MARKS)}{words}"


def a_shape(number: int) -> Shape:
    """Return the shape of a number; the first ``SINGLE`` repeat one telling line, in turn each of them."""
    rng = Random(number)  # noqa: S311 - repeatable on purpose
    if number < SINGLE:
        line = _SINGLE_LINES[number]
        before = rng.choice(BEFORE)
        return Shape(name=f"{number} {line!r}", text=lambda size: before + _repeated([line], size))
    before = rng.choice(BEFORE)
    arrange = _ARRANGEMENTS[number % len(_ARRANGEMENTS)]
    lines = [a_line(rng) for _ in range(rng.randint(1, 4))]
    if arrange is _long:
        lines = [rng.choice(_RUNS) for _ in range(rng.randint(1, 2))]
    name = f"{number} {arrange.__name__.strip('_')} {lines!r}"
    return Shape(name=name, text=lambda size: before + arrange(lines, size))


def _repeated(lines: Sequence[str], size: int) -> str:
    """Repeat the lines, over and over."""
    unit = "".join(f"{line}\n" for line in lines)
    return unit * max(1, size // len(unit))


def _one_after_another(lines: Sequence[str], size: int) -> str:
    """Write first all of the one kind, then all of the next."""
    share = size // len(lines)
    return "".join(f"{line}\n" * max(1, share // (len(line) + 1)) for line in lines)


def _parted(lines: Sequence[str], size: int) -> str:
    """Put blank lines between, as many as a line has characters."""
    unit = "".join(f"{line}\n" + "\n" * len(line) for line in lines) + "\n"
    return unit * max(1, size // len(unit))


def _papers(lines: Sequence[str], size: int) -> str:
    """Write papers whose texts are the lines."""
    unit = PAPER + SECTION + "".join(f"{line}\n" for line in lines)
    return unit * max(1, size // len(unit))


def _long(runs: Sequence[str], size: int) -> str:
    """Write long lines of one sign, or of two."""
    unit = "".join(run * (_RUN // len(run)) for run in runs) + "\n"
    return unit * max(1, size // len(unit))


_ARRANGEMENTS = (_repeated, _one_after_another, _parted, _papers, _long)
