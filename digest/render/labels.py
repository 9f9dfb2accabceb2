"""The reader's own words that brought a paper, or by which they read, in a line."""

from collections.abc import Sequence

from digest.text.i18n import Translator
from digest.text.sanitize import to_one_line

MAX_KEYWORD_LENGTH = 40
"""Characters of one keyword."""

_MAX_KEYWORDS = 5


def format_keywords(keywords: Sequence[str], tr: Translator) -> str:
    """Name the first keywords; "" where there are none."""
    named = [to_one_line(word, max_length=MAX_KEYWORD_LENGTH) for word in keywords[:_MAX_KEYWORDS]]
    if not named:
        return ""
    return tr.ngettext("Keyword: {words}", "Keywords: {words}", len(named), words=", ".join(named))
