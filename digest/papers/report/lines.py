"""What each line of a report may be, seen by itself: the ground on which papers are found."""

from dataclasses import dataclass
from enum import Enum, auto

from digest.model import Section
from digest.papers.arxiv import ArxivId, find_arxiv_id
from digest.papers.report.heading_names import Field
from digest.papers.report.headings import Ending, Heading, parse_heading
from digest.papers.report.labels import is_link_row
from digest.papers.report.line_style import LineStyle, start_style_parser

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
    """Say what one line, without trailing blanks, looks like."""
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
