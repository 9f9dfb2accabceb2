"""What a mistyped word comes near to; a ratio of 1 is the same word, of 0 another one."""

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher, get_close_matches


def closest_match(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known word that is most like ``word``, None where none reaches ``cutoff``."""
    return next(iter(close_matches(word, known, limit=1, cutoffs=(cutoff,))), None)


def close_matches(word: str, known: Iterable[str], *, limit: int, cutoffs: Iterable[float]) -> list[str]:
    """Return at most ``limit`` words like ``word``, the nearest first, by the first cutoff that any word reaches."""
    words = list(known)
    return next(filter(None, (get_close_matches(word, words, limit, cutoff) for cutoff in cutoffs)), [])


def best_ratios(word: str, meanings: Mapping[str, str], cutoff: float) -> dict[str, float]:
    """Return how like ``word`` the nearest spelling of each meaning is, where that is more than ``cutoff``.

    Words as short as in Chinese are compared by their shared characters too: ``学习强化`` is near ``强化学习``.
    """
    best: dict[str, float] = {}
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word)
    for spelling, meaning in meanings.items():
        matcher.set_seq1(spelling)
        floor = best.get(meaning, cutoff)
        # The quick ratios are upper bounds, of which the first costs nothing.
        if matcher.real_quick_ratio() > floor and matcher.quick_ratio() > floor:
            ratio = matcher.ratio()
            if not word.isascii():
                shared, distinct = set(word) & set(spelling), len(set(word)) + len(set(spelling))
                ratio = max(ratio, 0.9 * 2 * len(shared) / distinct)
            if ratio > floor:
                best[meaning] = ratio
    return best
