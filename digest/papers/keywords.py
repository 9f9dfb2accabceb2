"""Keywords: a reader's own words that bring a paper whatever its domains, or keep it away."""

import re
import unicodedata
from functools import lru_cache

from digest.model import Paper
from digest.model.errors import InvalidInput

MAX_KEYWORDS = 20
"""Keywords of one kind that a reader may have."""

MAX_KEYWORD_LENGTH = 40
"""Characters of a keyword."""

_STYLE = str.maketrans("", "", "*`$\\{}~^")
_BLANKS = re.compile(r"[\s_/‐-―-]+")
_LATIN = re.compile(r"[a-z0-9]")
_LIST_SEPARATOR = re.compile(r"[,;、，；\n]")
_SYMBOLS = re.compile(r"[^\w\s.+#&'()-]")


def normalize_keyword(text: str) -> str:
    """Return a keyword in its normal form; raises ``InvalidInput`` where it is empty, too long or no word."""
    normal = _normalize(text)
    if len(normal) > MAX_KEYWORD_LENGTH:
        raise InvalidInput(
            f"a keyword has at most {MAX_KEYWORD_LENGTH} letters; “{normal[:MAX_KEYWORD_LENGTH]}…” has {len(normal)}"
        )
    if not any(sign.isalnum() for sign in normal) or (len(normal) == 1 and normal.isascii()):
        raise InvalidInput("a keyword is a word or a few, such as: diffusion, world model")
    return normal


def parse_keywords(text: str) -> tuple[str, ...]:
    """Return the keywords of a list with commas, each once; raises ``InvalidInput`` where one is none."""
    return tuple(dict.fromkeys(normalize_keyword(part) for part in _LIST_SEPARATOR.split(text) if part.strip()))


def search_text(paper: Paper) -> str:
    """Return the text of a paper as keywords are looked for in it: title and sections, without style."""
    return _normalize(" \n ".join((paper.title, *paper.sections.values())).translate(_STYLE))


def matching_keywords(keywords: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Return the keywords that ``text`` (of ``search_text``) holds, in the reader's order.

    A word in Latin letters is a whole word, in the singular or with an ``s``; Chinese may stand anywhere.
    Hyphens count as blanks: ``vision-language`` and ``vision language`` are the same.
    """
    return tuple(one for one in keywords if text and _contains(one, text))


@lru_cache(maxsize=8192)
def _contains(keyword: str, text: str) -> bool:
    return keyword in text and _keyword_pattern(keyword).search(text) is not None


@lru_cache(maxsize=4096)
def _keyword_pattern(keyword: str) -> re.Pattern[str]:
    before = "(?<![a-z0-9])" if _LATIN.match(keyword) else ""
    behind = "(?:e?s)?(?![a-z0-9])" if _LATIN.match(keyword[-1]) else ""
    return re.compile(before + re.escape(keyword) + behind)


def _normalize(text: str) -> str:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _BLANKS.sub(" ", _SYMBOLS.sub(" ", plain)).strip()
