"""The reader's own words that brought a paper, or by which they read, in a line."""

from collections.abc import Sequence

from digest.render.one_line import one_line
from digest.words import Words

KEYWORD = 40
"""Characters of one keyword."""

_NAMED = 5


def keyword_line(keywords: Sequence[str], say: Words) -> str:
    """Name the first keywords; "" where there are none."""
    named = [one_line(word, most=KEYWORD) for word in keywords[:_NAMED]]
    if not named:
        return ""
    return say.count("Keyword: {words}", "Keywords: {words}", len(named), words=", ".join(named))
