"""The names that sections and a paper's particulars go by: simplified and traditional Chinese, English.

Names are compared without regard to case, and with every kind of blank, hyphen and slash as a blank.
A new name is a new entry here and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from digest.model import Section


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
