"""How much of each paper a digest shows: whole, one sentence, or its title alone, within a bound of bytes."""

from collections.abc import Callable

from digest.model import DetailLevel

MAX_FULL_PAPERS = 5
"""A digest of up to this many papers shows each of them whole."""


def choose_detail_levels(
    paper_count: int,
    size_of: Callable[[int, DetailLevel], int],
    *,
    max_bytes: int,
    overflow_line_bytes: int,
    preferred: DetailLevel = DetailLevel.SHORT,
) -> tuple[DetailLevel, ...]:
    """Return the richest layout of each paper, up to the one ``preferred``, such that all fit into ``max_bytes``.

    ``size_of`` tells what a paper (from 0) takes in a layout, in bytes. Where all of them whole do not fit,
    or they are not wanted so and are more than a few, the last are shown with one sentence; where that does
    not fit, the last keep their title alone; where titles do not fit either, the answer is shorter than
    ``paper_count`` and ``overflow_line_bytes`` bytes stay free for the line that counts the rest.
    """

    def running_sizes(level: DetailLevel) -> list[int]:
        return _running_sums([size_of(at, level) for at in range(paper_count)])

    if preferred is DetailLevel.TITLES:
        return _fit_titles(running_sizes(DetailLevel.TITLES), max_bytes, overflow_line_bytes)
    full = running_sizes(DetailLevel.FULL) if preferred is DetailLevel.FULL or paper_count <= MAX_FULL_PAPERS else None
    if full and full[-1] <= max_bytes:
        return (DetailLevel.FULL,) * paper_count
    short = running_sizes(DetailLevel.SHORT)
    if short[-1] <= max_bytes:
        kept = _count_richer(full, short, max_bytes) if full and preferred is DetailLevel.FULL else 0
        return (DetailLevel.FULL,) * kept + (DetailLevel.SHORT,) * (paper_count - kept)
    titles = running_sizes(DetailLevel.TITLES)
    kept = _count_richer(short, titles, max_bytes)
    if kept or titles[-1] <= max_bytes:
        return (DetailLevel.SHORT,) * kept + (DetailLevel.TITLES,) * (paper_count - kept)
    return _fit_titles(titles, max_bytes, overflow_line_bytes)


def _count_richer(richer_sizes: list[int], poorer_sizes: list[int], max_bytes: int) -> int:
    """Count the first papers that may be richer, the others being poorer."""
    papers = len(poorer_sizes) - 1
    return next(
        (n for n in range(papers, 0, -1) if richer_sizes[n] + poorer_sizes[-1] - poorer_sizes[n] <= max_bytes), 0
    )


def _fit_titles(title_sizes: list[int], max_bytes: int, overflow_line_bytes: int) -> tuple[DetailLevel, ...]:
    """Show as many titles as fit."""
    if title_sizes[-1] <= max_bytes:
        return (DetailLevel.TITLES,) * (len(title_sizes) - 1)
    shown = max(i for i, taken in enumerate(title_sizes) if taken <= max(max_bytes - overflow_line_bytes, 0))
    return (DetailLevel.TITLES,) * shown


def _running_sums(sizes: list[int]) -> list[int]:
    """Return the sum of the first 0, 1, 2 … sizes."""
    sums = [0]
    for size in sizes:
        sums.append(sums[-1] + size)
    return sums
