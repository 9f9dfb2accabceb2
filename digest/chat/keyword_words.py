"""What shall become of a list of keywords, as people type it: ``diffusion, world model``, ``去掉 扩散``."""

import re
from dataclasses import dataclass

from digest.errors import BadRequest
from digest.keywords import keywords_in

NO_KEYWORDS = "none"
_NONE = (NO_KEYWORDS, "nothing", "clear", "无", "清空", "没有")
_ONLY = re.compile(r"(?:only|just)(?:\s+|$)|(?:只要|只有|只|仅)\s*")
_DROP = re.compile(r"(?:remove|drop|delete|without)(?:\s+|$)|(?:去掉|删除|移除|不要)\s*")


def _quoted(words: tuple[str, ...]) -> str:
    """Give keywords as they are typed so that none of them is taken for an order."""
    return ", ".join(f'"{word}"' for word in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keywords:
    """What shall become of a list of keywords: some more, some fewer, or these alone."""

    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    only: bool = False

    @property
    def typed(self) -> str:
        """Give the words that mean this."""
        if self.only:
            return f"only {_quoted(self.add)}" if self.add else NO_KEYWORDS
        return f"remove {_quoted(self.drop)}" if self.drop else _quoted(self.add)

    def applied(self, had: tuple[str, ...]) -> tuple[str, ...]:
        """Give the list that comes of one."""
        kept = () if self.only else tuple(word for word in had if word not in self.drop)
        return tuple(dict.fromkeys((*kept, *self.add)))


def read_keywords(value: str) -> Keywords | None:
    """Give what shall become of a list of keywords, None where one of them is none."""
    if value in _NONE:
        return Keywords(only=True)
    only, drop = _ONLY.match(value), _DROP.match(value)
    behind = value[(only or drop).end() :] if only or drop else value  # type: ignore[union-attr] # one of them
    try:
        words = keywords_in(behind)
    except BadRequest:
        return None
    if not words:
        return None
    return Keywords(drop=words) if drop and not only else Keywords(add=words, only=only is not None)
