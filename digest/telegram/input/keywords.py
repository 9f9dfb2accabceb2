"""What shall become of a list of keywords, as people type it: ``diffusion, world model``, ``去掉 扩散``."""

import re
from dataclasses import dataclass

from digest.model.errors import InvalidInput
from digest.papers.keywords import parse_keywords

NO_KEYWORDS = "none"
_NONE_WORDS = (NO_KEYWORDS, "nothing", "clear", "无", "清空", "没有")
_ONLY_PREFIX = re.compile(r"(?:only|just)(?:\s+|$)|(?:只要|只有|只|仅)\s*")
_REMOVE_PREFIX = re.compile(r"(?:remove|drop|delete|without)(?:\s+|$)|(?:去掉|删除|移除|不要)\s*")


def _quote_all(keywords: tuple[str, ...]) -> str:
    """Return keywords as they are typed so that none of them is taken for an order."""
    return ", ".join(f'"{word}"' for word in keywords)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordChange:
    """What shall become of a list of keywords: some more, some fewer, or these alone."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    only: bool = False

    @property
    def input_text(self) -> str:
        """Return the words that mean this."""
        if self.only:
            return f"only {_quote_all(self.add)}" if self.add else NO_KEYWORDS
        return f"remove {_quote_all(self.remove)}" if self.remove else _quote_all(self.add)

    def apply(self, current: tuple[str, ...]) -> tuple[str, ...]:
        """Return the list that comes of one."""
        kept = () if self.only else tuple(word for word in current if word not in self.remove)
        return tuple(dict.fromkeys((*kept, *self.add)))


def parse_keyword_change(value: str) -> KeywordChange | None:
    """Return what shall become of a list of keywords, None where one of them is none."""
    if value in _NONE_WORDS:
        return KeywordChange(only=True)
    only, drop = _ONLY_PREFIX.match(value), _REMOVE_PREFIX.match(value)
    behind = value[(only or drop).end() :] if only or drop else value  # type: ignore[union-attr] # one of them
    try:
        words = parse_keywords(behind)
    except InvalidInput:
        return None
    if not words:
        return None
    return KeywordChange(remove=words) if drop and not only else KeywordChange(add=words, only=only is not None)
