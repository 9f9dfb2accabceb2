"""Keywords: a reader's own words that bring a paper whatever its domains, or keep it away."""

import re
import unicodedata
from functools import lru_cache

from digest.errors import BadRequest
from digest.model import Paper

MOST = 20
"""Keywords of one kind that a reader may have."""

LONGEST = 40
"""Letters of a keyword."""

_STYLE = str.maketrans("", "", "*`$\\{}~^")
_JOINTS = re.compile(r"[\s_/‐-―-]+")
_WORD = re.compile(r"[a-z0-9]")
_APART = re.compile(r"[,;、，；\n]")
_SIGNS = re.compile(r"[^\w\s.+#&'()-]")


def keyword(text: str) -> str:
    """Give a keyword in its normal form; raises ``BadRequest`` where it is empty, too long or no word."""
    normal = _normal(text)
    if len(normal) > LONGEST:
        raise BadRequest(f"a keyword has at most {LONGEST} letters; “{normal[:LONGEST]}…” has {len(normal)}")
    if not any(sign.isalnum() for sign in normal) or (len(normal) == 1 and normal.isascii()):
        raise BadRequest("a keyword is a word or a few, such as: diffusion, world model")
    return normal


def keywords_in(text: str) -> tuple[str, ...]:
    """Give the keywords of a list with commas, each once; raises ``BadRequest`` where one is none."""
    return tuple(dict.fromkeys(keyword(part) for part in _APART.split(text) if part.strip()))


def searchable(paper: Paper) -> str:
    """Give the text of a paper as keywords are looked for in it: title and sections, without style."""
    return _normal(" \n ".join((paper.title, *paper.sections.values())).translate(_STYLE))


def matching(keywords: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Give the keywords that ``text`` (of ``searchable``) holds, in the reader's order.

    A word in Latin letters is a whole word, in the singular or with an ``s``; Chinese may stand anywhere.
    Hyphens count as blanks: ``vision-language`` and ``vision language`` are the same.
    """
    return tuple(one for one in keywords if text and _holds(one, text))


@lru_cache(maxsize=8192)
def _holds(one: str, text: str) -> bool:
    return one in text and _pattern(one).search(text) is not None


@lru_cache(maxsize=4096)
def _pattern(one: str) -> re.Pattern[str]:
    before = "(?<![a-z0-9])" if _WORD.match(one) else ""
    behind = "(?:e?s)?(?![a-z0-9])" if _WORD.match(one[-1]) else ""
    return re.compile(before + re.escape(one) + behind)


def _normal(text: str) -> str:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _JOINTS.sub(" ", _SIGNS.sub(" ", plain)).strip()
