"""The words that mean every domain at once."""

from digest.domains.spelling import fold_case, normalize_key

_WORDS = (
    "all",
    "everything",
    "every",
    "any",
    "all domains",
    "all papers",
    "全部",
    "所有",
    "一切",
    "全部领域",
    "所有领域",
    "全部论文",
    "所有论文",
)
_KEYS = frozenset(map(normalize_key, _WORDS))


def means_all_domains(word: str) -> bool:
    """Return whether ``word`` asks for every domain: ``all``, ``Everything``, ``全部``, ``*``."""
    return normalize_key(word) in _KEYS or fold_case(word).strip() == "*"
