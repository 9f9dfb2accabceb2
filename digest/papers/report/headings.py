"""Reads a name at the start of a line, in any style that a writer may give it.

``### 1. 应用领域``, ``**①应用领域：** 量子计算``, ``🎯【应用领域】`` and ``應用領域`` mean the same. The
work per line is bounded, so a file costs linear time whatever it contains.

The names are those of sections and of a paper's fields: simplified and traditional Chinese, English. They are
compared without regard to case, and with every kind of space, hyphen and slash as a space. A new name is a
new entry here and nothing else.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from digest.model import Section
from digest.papers.report.line_style import BRACKETS, LineStyle, StyleParser, find_tag_end, start_style_parser


class Field(Enum):
    """What a ``label: value`` line beside a title, or in the head, tells."""

    LINK = auto()
    SUMMARY_SOURCE = auto()
    SOURCE = auto()
    DATE = auto()
    OTHER = auto()


Meaning = Section | Field


@dataclass(frozen=True, slots=True)
class HeadingNames:
    """Names by their first character, the longest first, each with what it means."""

    by_first_character: Mapping[str, tuple[tuple[str, Meaning], ...]]

    def match_at(self, text: str, start: int) -> tuple[Meaning, int] | None:
        """Return what the longest name that begins at ``start`` of plain ``text`` means, and its end."""
        for name, meaning in self.by_first_character.get(text[start : start + 1], ()):
            end = start + len(name)
            if text.startswith(name, start) and not (name.isascii() and text[end : end + 1].isalnum()):
                return meaning, end
        return None


def _index_names(table: Mapping[Meaning, tuple[str, ...]]) -> HeadingNames:
    pairs = [(name, meaning) for meaning, names in table.items() for name in names]
    pairs.sort(key=lambda pair: -len(pair[0]))
    firsts = {name[0] for name, _ in pairs}
    return HeadingNames({first: tuple(pair for pair in pairs if pair[0][0] == first) for first in firsts})


HEADING_NAMES = _index_names(
    {
        Section.AREA: (
            "应用领域", "應用領域", "应用方向", "應用方向", "研究领域", "研究領域", "所属领域", "所屬領域",
            "application area", "application areas", "area of application", "areas of application",
            "application domain", "application domains", "application field", "application fields",
            "field of application", "fields of application",
        ),
        Section.CONTRIBUTION: (
            "一句话核心贡献", "一句話核心貢獻", "核心贡献", "核心貢獻", "一句话贡献", "一句話貢獻",
            "一句话总结", "一句話總結", "一句话概括", "一句話概括", "核心贡献一句话", "核心貢獻一句話",
            "one sentence core contribution", "one sentence contribution", "one sentence key contribution",
            "one sentence summary", "one line contribution", "one line summary", "core contribution",
            "core contribution in one sentence", "key contribution in one sentence",
            "contribution in one sentence",
        ),
        Section.USAGE: (
            "使用指南", "使用指引", "使用说明", "使用說明", "使用方法",
            "usage guide", "usage guidelines", "usage instructions", "usage", "user guide", "how to use",
            "how to use it", "guide to use", "guidelines for use",
        ),
        Section.INNOVATIONS: (
            "主要创新点", "主要創新點", "主要创新", "主要創新", "核心创新点", "核心創新點",
            "核心创新", "核心創新",
            "关键创新点", "關鍵創新點", "创新点", "創新點",
            "main innovations", "main innovation points", "main innovation", "key innovations",
            "key innovation points", "key innovation", "core innovations", "major innovations", "innovations",
            "innovation points",
        ),
        Section.RESULTS: (
            "实验效果", "實驗效果", "实验结果", "實驗結果", "实验表现", "實驗表現", "实验效果与结果",
            "experimental results", "experimental result", "experiment results", "experimental effects",
            "experimental effect", "experimental performance", "experimental outcomes", "results",
        ),
        Field.LINK: (
            "链接", "連結", "鏈接", "论文链接", "論文鏈接", "論文連結", "原文链接", "原文鏈接", "原文連結",
            "论文地址", "論文地址", "网址", "網址", "地址",
            "link", "links", "paper link", "paper url", "paper", "url", "arxiv", "arxiv id", "arxiv link",
            "arxiv url", "arxiv 链接", "hf 链接", "hugging face", "hugging face link", "huggingface",
        ),
        Field.SUMMARY_SOURCE: (
            "阅读来源", "閱讀來源", "阅读源", "阅读方式", "閱讀方式", "阅读内容来源", "内容来源", "內容來源",
            "read from", "read source", "reading source", "source read", "content source",
        ),
        Field.SOURCE: (
            "source url", "source", "source link", "来源", "來源", "来源链接", "來源連結", "来源网址",
            "数据来源",
            "資料來源", "来源 url", "源链接",
        ),
        Field.DATE: ("date", "日期", "报告日期", "報告日期", "report date", "发布日期", "發佈日期"),
        Field.OTHER: (
            "作者", "authors", "author", "机构", "機構", "institution", "institutions", "affiliation",
            "affiliations", "标签", "標籤", "tags", "关键词", "關鍵詞", "keywords", "点赞", "點讚", "点赞数",
            "upvotes", "votes", "发布时间", "發布時間", "发表日期", "發表日期", "published", "代码", "代碼",
            "code", "github", "项目主页", "項目主頁", "project page", "pdf", "分类", "分類", "categories",
            "category",
        ),
    }
)  # fmt: skip

CANONICAL_NAMES = frozenset(
    {
        "应用领域", "一句话核心贡献", "使用指南", "主要创新点", "实验效果",
        "應用領域", "一句話核心貢獻", "主要創新點", "實驗效果",
    }
)  # fmt: skip
"""The names that the report's writer was told to use; the others may also open an item of a list."""

DISTINCTIVE_SECTIONS = frozenset({Section.AREA, Section.CONTRIBUTION})
"""Sections that no ordinary README has."""


_MAX_PREFIX = 60
_COLONS = frozenset(":：﹕∶︰")
_DASHES = frozenset("-–—─")
_JOINERS = frozenset("/|｜&#\"'”’`")
_CLOSING = frozenset(BRACKETS.values())
_NAME_BRACKETS = frozenset("】〗")


class Ending(Enum):
    """What follows a name on its line: nothing; a colon or 】; a dash or the end of its bold; text."""

    ALONE = auto()
    COLON = auto()
    LOOSE = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Heading:
    """A name that was read, in lower case: what it means, its dress, and the text behind it on its line."""

    name: str
    meaning: Meaning
    style: LineStyle
    ending: Ending
    rest: str


def parse_heading(line: str) -> Heading | LineStyle:
    """Read a name at the start of ``line``; where none stands there, give the dress of its first word."""
    start = start_style_parser(line)
    while start.at < start.indent + _MAX_PREFIX:
        if found := HEADING_NAMES.match_at(start.plain, start.at):
            meaning, end = found
            dress = start.style()
            ending, rest = _HeadingTail(start, meaning, end).parse()
            return Heading(start.plain[start.at : end], meaning, dress, ending, rest)
        if not start.strip_one():
            break
    return start.style()


class _HeadingTail:
    """What stands behind a name."""

    def __init__(self, start: StyleParser, meaning: Meaning, end: int) -> None:
        self._line, self._plain = start.line, start.plain
        self._meaning = meaning
        self._open_emphasis, self._level = start.emphasis, start.level
        self._at, self._end = end, end
        self._bold_ended = False
        self._bracket_end = 0

    def parse(self) -> tuple[Ending, str]:
        """Return how the name ends, and the text behind it."""
        while self._at < min(len(self._line), self._end + _MAX_PREFIX):
            char = self._line[self._at]
            if char in _COLONS:
                return Ending.COLON, self._text(self._at + 1)
            if not (self._skip_mark(char) or self._skip_gloss(char)):
                return self._end_at_text(char)
        return (Ending.ALONE if self._at >= len(self._line) else Ending.TEXT), ""

    def _skip_mark(self, char: str) -> bool:
        if self._open_emphasis and self._line.startswith(self._open_emphasis, self._at):
            self._at += len(self._open_emphasis)
            self._open_emphasis, self._bold_ended = "", True
            self._bracket_end = self._bracket_end and self._at
        elif char == "<" and (end := find_tag_end(self._line, self._at)):
            self._at = end
        elif char in _CLOSING or char in _JOINERS or _is_filler(char):
            self._at += 1
            if char in _NAME_BRACKETS:
                self._bracket_end = self._at
        else:
            return False
        return True

    def _skip_gloss(self, char: str) -> bool:
        """Skip the same section's name in another language: ``(Application Area)``, ``/ Usage``."""
        at = self._at
        while at < len(self._plain) and (char in _DASHES or char in BRACKETS) and self._is_gap(self._plain[at]):
            at += 1
        found = HEADING_NAMES.match_at(self._plain, at) if at < len(self._plain) else None
        if found is None or found[0] != self._meaning:
            return False
        self._at = found[1]
        return True

    def _is_gap(self, char: str) -> bool:
        return char.isspace() or char in _DASHES or char in BRACKETS

    def _end_at_text(self, char: str) -> tuple[Ending, str]:
        spaced = self._line[self._at - 1].isspace()
        if self._bracket_end:
            return Ending.COLON, self._text(self._bracket_end)
        if char in _DASHES and (spaced or char in "—─"):
            return Ending.LOOSE, self._text(self._at).lstrip("-–—─ \u00a0\u3000")
        if self._is_trailing_gloss(char):
            return Ending.COLON, self._text(self._at)
        return (Ending.LOOSE if self._bold_ended and spaced else Ending.TEXT), self._text(self._at)

    def _is_trailing_gloss(self, char: str) -> bool:
        """Return whether the line ends with one bracket, which is kept as text: ``应用领域（NLP）``."""
        close = BRACKETS.get(char)
        tail = self._line.rstrip("*_:： #")
        return close is not None and self._line.find(close, self._at) == len(tail) - 1

    def _text(self, start: int) -> str:
        """Return the text from ``start``, with the bold that began before the name in balance."""
        text = self._line[start:].strip()
        if self._level and text.endswith("#"):
            text = text.rstrip("#").rstrip()
        run = self._open_emphasis
        if not run or not text.count(run) % 2:
            return text
        if text.startswith(run):
            return text[len(run) :].strip()
        return text.removesuffix(run).strip() if text.endswith(run) else run + text


def _is_filler(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"So", "Cf", "Mn", "Me"}
