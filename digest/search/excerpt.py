"""The piece of a paper's text around what was searched for."""

import re
from collections.abc import Sequence

from digest import markup
from digest.model import Paper, Section
from digest.render.one_line import one_line
from digest.search.query import Term, spellings

ORDER = (Section.CONTRIBUTION, Section.INNOVATIONS, Section.RESULTS, Section.AREA, Section.USAGE)
"""Where we look first; a later section is shown only where it has more of the terms."""

_BEFORE = 24
_SEAM = re.compile(r"[\s，。；：、！？,;:!?]")


def excerpt(paper: Paper, terms: Sequence[Term], most: int) -> str:
    """Give at most ``most`` letters of the section that has most of the terms, in one line.

    Where none of them is in a section, as when the title alone has them, it is the beginning of the first.
    """
    patterns = [_pattern(term) for term in terms]
    texts = [one_line(markup.inline_plain(paper.sections.get(section, ""))) for section in ORDER]
    text = max(texts, key=lambda one: sum(bool(pattern.search(one)) for pattern in patterns))
    found = [place.start() for pattern in patterns if (place := pattern.search(text))]
    if not found:
        return markup.shorten(next(filter(None, texts), ""), most)
    return markup.shorten(_from(text, min(found), most), most)


def _from(text: str, place: int, most: int) -> str:
    """Give the text from a seam a little before ``place``, unless its beginning shows the place as well."""
    if place < most // 2 or len(text) <= most:
        return text
    start = max(place - _BEFORE, 0)
    seams = [seam.end() for seam in _SEAM.finditer(text, start, place)]
    return "…" + text[seams[0] if seams else place :].lstrip()


def _pattern(term: Term) -> re.Pattern[str]:
    """Give what finds any of a term's words: whole ones where they are written with letters."""
    return re.compile("|".join(_word(word, begins=term.begins) for word in term.words), re.IGNORECASE)


def _word(word: str, *, begins: bool) -> str:
    if not word.isascii():
        return r"\s?".join(map(re.escape, word.replace(" ", "")))
    forms = "|".join(re.escape(one) for one in spellings(word))
    return rf"(?<![A-Za-z0-9])(?:{forms}){'' if begins else '(?![A-Za-z0-9])'}"
