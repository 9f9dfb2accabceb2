"""The piece of a paper's text around what was searched for."""

import re
from collections.abc import Sequence

from digest.model import Paper, Section
from digest.services.search.query import SearchTerm, word_forms
from digest.text import markdown
from digest.text.sanitize import to_one_line

SECTION_ORDER = (Section.CONTRIBUTION, Section.INNOVATIONS, Section.RESULTS, Section.AREA, Section.USAGE)
"""Where we look first; a later section is shown only where it has more of the terms."""

_CONTEXT_LENGTH = 24
_WORD_BREAK = re.compile(r"[\s，。；：、！？,;:!?]")


def build_excerpt(paper: Paper, terms: Sequence[SearchTerm], limit: int) -> str:
    """Return at most ``limit`` letters of the section that has most of the terms, in one line.

    Where none of them is in a section, as when the title alone has them, it is the beginning of the first.
    """
    patterns = [_pattern(term) for term in terms]
    texts = [to_one_line(markdown.inline_plain(paper.sections.get(section, ""))) for section in SECTION_ORDER]
    text = max(texts, key=lambda one: sum(bool(pattern.search(one)) for pattern in patterns))
    found = [place.start() for pattern in patterns if (place := pattern.search(text))]
    if not found:
        return markdown.truncate(next(filter(None, texts), ""), limit)
    return markdown.truncate(_start_near(text, min(found), limit), limit)


def _start_near(text: str, position: int, limit: int) -> str:
    """Return the text from a seam a little before ``position``, unless its beginning shows the place as well."""
    if position < limit // 2 or len(text) <= limit:
        return text
    start = max(position - _CONTEXT_LENGTH, 0)
    seams = [seam.end() for seam in _WORD_BREAK.finditer(text, start, position)]
    return "…" + text[seams[0] if seams else position :].lstrip()


def _pattern(term: SearchTerm) -> re.Pattern[str]:
    """Return what finds any of a term's words: whole ones where they are written with letters."""
    return re.compile("|".join(_word_pattern(word, as_prefix=term.as_prefix) for word in term.words), re.IGNORECASE)


def _word_pattern(word: str, *, as_prefix: bool) -> str:
    if not word.isascii():
        return r"\s?".join(map(re.escape, word.replace(" ", "")))
    forms = "|".join(re.escape(one) for one in word_forms(word))
    return rf"(?<![A-Za-z0-9])(?:{forms}){'' if as_prefix else '(?![A-Za-z0-9])'}"
