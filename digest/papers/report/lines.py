"""What each line of a report may be, seen by itself: the ground on which papers are found.

Lines beside a title that say something about a paper but are no title have their place here too:
``- **热度**: 35``, ``⭐ 120 | 💬 4``, ``| 组织 | Google |``, ``#agents #robots``, ``[arXiv](…) · [PDF](…)``.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from digest.model import Section
from digest.papers.arxiv import ArxivId, find_arxiv_id
from digest.papers.report.headings import Ending, Field, Heading, parse_heading
from digest.papers.report.line_style import LineStyle, start_style_parser

_FRONT = r"\s*(?:(?:[-*+•·◦‣>]|[0-9]{1,2}[.)、])\s{1,9}){0,3}"
_MAX_LABEL = 30
_BOLD_LABEL = re.compile(
    rf"{_FRONT}(\*{{1,3}}|_{{1,3}})[^*_:：]{{1,{_MAX_LABEL}}}(?:\s?[:：]\s?\1|\1\s?[:：])(?P<value>.*)"
)
_LISTED_LABEL = re.compile(rf"\s*(?:[-*+•·◦‣>]\s{{1,9}}){{1,3}}[^*_:：]{{1,{_MAX_LABEL}}}[:：](?P<value>.*)")
_BARE_LABEL = re.compile(rf"\s*(?P<label>[^*_:：#]{{1,{_MAX_LABEL}}}?)\s?[:：](?P<value>.*)")
_KNOWN_LABEL = re.compile(
    r"(?:.{0,4}(?:热度|熱度|点赞|點讚|收藏|票数|票數|评论|評論|排名|评分|評分|组织|組織|机构|機構|单位|單位|作者|团队|團隊"
    r"|中文标题|中文標題|中文名|英文标题|副标题|译名|会议|會議|期刊|来源|标签|標籤|关键词|分类|类别|发布|发表|提交|更新|时间|日期"
    r"|编号|序号|语言|代码|项目|主页|数据|模型|字数|推荐|难度|阅读))"
    r"|(?:github )?stars?|(?:up)?votes?|likes?|comments?|score|rank|rating|venue|conference|journal"
    r"|organi[sz]ations?|affiliations?|institutions?|authors?|subtitle|chinese title|tags?|keywords?"
    r"|topics?|categor(?:y|ies)|submitted(?: by)?|published|doi",
    re.IGNORECASE,
)
_TITLE_LABEL = re.compile(
    r"\s*[-*+#>\s]{0,9}(?:📄\s?)?[*_]{0,3}"
    r"(?:论文标题|論文標題|论文题目|論文題目|标题|標題|题目|題目|(?:paper )?title|论文|論文|paper)"
    r"\s?[0-9一二三四五六七八九十]{0,3}\s?[*_]{0,3}\s?[:：]",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"\W*[0-9][0-9.,]{0,12}\s?[kKmM万萬]?\+?\s?"
    r"(?:upvotes?|votes?|likes?|stars?|comments?|points?|赞|讚|票|个|次|条|星|人)?\W*",
    re.IGNORECASE,
)
_HASHTAGS = re.compile(r"\s*[#＃][^\s#＃]{1,40}(?:\s{1,9}[#＃][^\s#＃]{1,40}){0,20}\s*")
_NO_TITLE = re.compile(r"\s*(?:!\[|\||<(?:img|!--|a|p|div|span|br|sub|center|details|summary)\b)", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,2000}\)")
_ADDRESS = re.compile(r"<?(?:https?://|www\.)[^\s<>()\[\]]{1,2000}>?", re.IGNORECASE)
_LINK_ROW_WORD = re.compile(
    r"arxiv|pdf|html|abs|abstract|hugging ?face|hf|github|code|project|page|paper|demo|link|papers with code"
    r"|alphaxiv|论文|論文|代码|代碼|链接|連結|项目|主页|原文|摘要|地址|阅读|查看|页面",
    re.IGNORECASE,
)
_ROW_SEPARATOR = re.compile(r"\s[|/·•⋅—-]\s|[｜|·]")
_MAX_PART = 30


def is_label_line(text: str) -> bool:
    """Return whether a line tells something beside a title, and is surely none itself."""
    if _TITLE_LABEL.match(text):
        return False
    if _NO_TITLE.match(text) or _HASHTAGS.fullmatch(text) or _COUNT.fullmatch(text):
        return True
    if _BOLD_LABEL.match(text) or _LISTED_LABEL.match(text) or is_link_row(text):
        return True
    bare = _BARE_LABEL.fullmatch(text)
    return bare is not None and bool(
        _KNOWN_LABEL.fullmatch(bare["label"].strip()) or _COUNT.fullmatch(bare["value"].strip())
    )


def is_link_row(text: str) -> bool:
    """Return whether a line has nothing but links, or short words between bars: ``[arXiv](…) | [PDF](…)``."""
    words = _ADDRESS.sub("", _LINK.sub(r"\1", text))
    if len(words) < len(text):
        return not any(char.isalpha() for char in _LINK_ROW_WORD.sub("", words))
    parts = _ROW_SEPARATOR.split(text)
    return len(parts) > 1 and any(char.isdigit() for char in text) and all(len(part) <= _MAX_PART for part in parts)


PAGE_EMOJI = "📄"
_PAGE_EMOJIS = frozenset("📄📃📑📝📰📜🗞")
_RULE_CHARACTERS = frozenset("=-*_—─━═")
_SEPARATOR_CHARACTERS = frozenset("=═━—─")
_MIN_RULE = 3
_MIN_SEPARATOR = 10
_LINK_PREFIXES = ("http://", "https://", "www.", "arxiv.org", "huggingface.co", "[", "<http")


_TITLELESS_FIELDS = frozenset({Field.SUMMARY_SOURCE, Field.DATE})


class LineKind(Enum):
    """What a line looks like."""

    BLANK = auto()
    RULE = auto()
    FENCE = auto()
    SECTION = auto()
    FIELD = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """A line and what it looks like.

    ``heading`` and ``section`` are set for a section heading, ``field`` and ``value`` for a line
    ``label: value``, ``arxiv_id`` where it holds an arXiv id, ``style`` for every line of words.
    """

    text: str
    kind: LineKind
    style: LineStyle | None = None
    heading: Heading | None = None
    section: Section | None = None
    field: Field | None = None
    value: str = ""
    arxiv_id: ArxivId | None = None

    @property
    def has_page_emoji(self) -> bool:
        """Return whether the line opens with 📄, as the titles of papers do."""
        return starts_with_page_emoji(self.text)

    @property
    def is_separator(self) -> bool:
        """Return whether the line is a rule that no Markdown text has inside: ``=====``, ``----------``."""
        bare = self.text.strip()
        return self.kind is LineKind.RULE and (bare[0] in _SEPARATOR_CHARACTERS or len(bare) >= _MIN_SEPARATOR)


_BLANK = Line("", LineKind.BLANK)


def classify_line(text: str) -> Line:
    """Return the style of a line without trailing spaces."""
    if not text:
        return _BLANK
    if _is_rule(text):
        return Line(text, LineKind.RULE)
    if _is_fence(text):
        return Line(text, LineKind.FENCE)
    return _classify_text(text)


def _classify_text(text: str) -> Line:
    named = parse_heading(text)
    if isinstance(named, LineStyle):
        return _bare_link_line(text, named) or Line(text, LineKind.TEXT, named)
    if isinstance(named.meaning, Field):
        return _field_line(text, named, named.meaning) or Line(text, LineKind.TEXT, named.style)
    if named.ending is Ending.TEXT:
        return Line(text, LineKind.TEXT, named.style)
    return Line(text, LineKind.SECTION, named.style, heading=named, section=named.meaning)


def _is_fence(text: str) -> bool:
    bare = text.lstrip()
    return bare.startswith("~~~") or (bare.startswith("```") and "`" not in bare.lstrip("`"))


def _field_line(text: str, heading: Heading, label: Field) -> Line | None:
    told = heading.ending is Ending.COLON or (heading.ending is Ending.ALONE and heading.style.bullet)
    if not told and not heading.rest.lower().startswith(_LINK_PREFIXES):
        return None
    link = find_arxiv_id(heading.rest) if label in {Field.LINK, Field.SOURCE} else None
    if link is None and label not in _TITLELESS_FIELDS and (heading.style.level or starts_with_page_emoji(text)):
        return None
    label = Field.LINK if link else label
    return Line(text, LineKind.FIELD, heading.style, field=label, value=heading.rest, arxiv_id=link)


def _bare_link_line(text: str, style: LineStyle) -> Line | None:
    if text.strip().startswith(("**", "__")) and not is_link_row(text):
        return None
    bare = text.strip(" \t\u00a0\u3000-*•🔗👉")
    if bare.lower().startswith(_LINK_PREFIXES) and _is_one_link(bare) and (link := find_arxiv_id(bare)):
        return Line(text, LineKind.FIELD, style, field=Field.LINK, value=bare, arxiv_id=link)
    return None


def _is_one_link(bare: str) -> bool:
    if bare.startswith("["):
        return bare.count("](") == 1 and bare.endswith(")")
    return not any(char.isspace() for char in bare)


def _is_rule(text: str) -> bool:
    bare = text.strip()
    if bare[0] not in _RULE_CHARACTERS or bare.strip(bare[0] + " \t"):
        return False
    return bare.count(bare[0]) >= _MIN_RULE


def starts_with_page_emoji(text: str) -> bool:
    """Return whether a 📄 or its like is the first thing of a line but for heading marks and numerals."""
    return any(char in _PAGE_EMOJIS for char in text[: _MIN_SEPARATOR * 2]) and _first_emoji(text) in _PAGE_EMOJIS


def _first_emoji(text: str) -> str:
    start = start_style_parser(text)
    while not start.has_emoji and start.strip_one():
        pass
    return text[start.at - 1] if start.has_emoji else ""
