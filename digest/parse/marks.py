"""What each line of a report may be, seen by itself: the ground on which papers are found."""

from dataclasses import dataclass
from enum import Enum, auto

from digest.arxiv import ArxivId, find_arxiv_id
from digest.model import Section
from digest.parse.dress import Dress, undressing
from digest.parse.headings import Ending, Named, read_name
from digest.parse.labels import is_row
from digest.parse.names import Particular

PAGE = "📄"
_PAGES = frozenset("📄📃📑📝📰📜🗞")
_RULES = frozenset("=-*_—─━═")
_HEAVY_RULES = frozenset("=═━—─")
_SHORT_RULE = 3
_LONG_RULE = 10
_LINK_STARTS = ("http://", "https://", "www.", "arxiv.org", "huggingface.co", "[", "<http")


_NO_TITLES = frozenset({Particular.READ_FROM, Particular.DATE})


class Kind(Enum):
    """What a line looks like."""

    BLANK = auto()
    RULE = auto()
    FENCE = auto()
    SECTION = auto()
    PARTICULAR = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Mark:
    """A line and what it looks like.

    ``named`` and ``section`` are set for a section heading, ``particular`` and ``value`` for a line
    ``label: value``, ``link`` where it holds an arXiv id, ``dress`` for every line of words.
    """

    text: str
    kind: Kind
    dress: Dress | None = None
    named: Named | None = None
    section: Section | None = None
    particular: Particular | None = None
    value: str = ""
    link: ArxivId | None = None

    @property
    def is_page(self) -> bool:
        """Tell whether the line opens with 📄, as the titles of papers do."""
        return has_page(self.text)

    @property
    def heavy(self) -> bool:
        """Tell whether the line is a rule that no Markdown text has inside: ``=====``, ``----------``."""
        bare = self.text.strip()
        return self.kind is Kind.RULE and (bare[0] in _HEAVY_RULES or len(bare) >= _LONG_RULE)


_BLANK = Mark("", Kind.BLANK)


def mark(text: str) -> Mark:
    """Say what one line, without trailing blanks, looks like."""
    if not text:
        return _BLANK
    if _is_rule(text):
        return Mark(text, Kind.RULE)
    if _is_fence(text):
        return Mark(text, Kind.FENCE)
    return _words(text)


def _words(text: str) -> Mark:
    named = read_name(text)
    if isinstance(named, Dress):
        return _bare_link(text, named) or Mark(text, Kind.TEXT, named)
    if isinstance(named.meaning, Particular):
        return _particular(text, named, named.meaning) or Mark(text, Kind.TEXT, named.dress)
    if named.ending is Ending.TEXT:
        return Mark(text, Kind.TEXT, named.dress)
    return Mark(text, Kind.SECTION, named.dress, named=named, section=named.meaning)


def _is_fence(text: str) -> bool:
    bare = text.lstrip()
    return bare.startswith("~~~") or (bare.startswith("```") and "`" not in bare.lstrip("`"))


def _particular(text: str, named: Named, label: Particular) -> Mark | None:
    told = named.ending is Ending.COLON or (named.ending is Ending.ALONE and named.dress.bullet)
    if not told and not named.rest.lower().startswith(_LINK_STARTS):
        return None
    link = find_arxiv_id(named.rest) if label in {Particular.LINK, Particular.SOURCE} else None
    if link is None and label not in _NO_TITLES and (named.dress.level or has_page(text)):
        return None
    label = Particular.LINK if link else label
    return Mark(text, Kind.PARTICULAR, named.dress, particular=label, value=named.rest, link=link)


def _bare_link(text: str, dress: Dress) -> Mark | None:
    if text.strip().startswith(("**", "__")) and not is_row(text):
        return None
    bare = text.strip(" \t\u00a0\u3000-*•🔗👉")
    if bare.lower().startswith(_LINK_STARTS) and _is_one_link(bare) and (link := find_arxiv_id(bare)):
        return Mark(text, Kind.PARTICULAR, dress, particular=Particular.LINK, value=bare, link=link)
    return None


def _is_one_link(bare: str) -> bool:
    if bare.startswith("["):
        return bare.count("](") == 1 and bare.endswith(")")
    return not any(char.isspace() for char in bare)


def _is_rule(text: str) -> bool:
    bare = text.strip()
    if bare[0] not in _RULES or bare.strip(bare[0] + " \t"):
        return False
    return bare.count(bare[0]) >= _SHORT_RULE


def has_page(text: str) -> bool:
    """Tell whether a 📄 or its like is the first thing of a line but for heading marks and numerals."""
    return any(char in _PAGES for char in text[: _LONG_RULE * 2]) and _first_sign(text) in _PAGES


def _first_sign(text: str) -> str:
    start = undressing(text)
    while not start.iconic and start.take_off():
        pass
    return text[start.at - 1] if start.iconic else ""
