"""How much of each paper a digest shows: whole, one sentence, or its title alone, within a bound of bytes."""

from collections.abc import Callable

from digest.model import Layout

FULL_AT_MOST = 5
"""A digest of up to this many papers shows each of them whole."""


def lay_out(
    papers: int,
    size: Callable[[int, Layout], int],
    *,
    room: int,
    more: int,
    titles_only: bool = False,
) -> tuple[Layout, ...]:
    """Give the richest layout of each paper such that all of them fit into ``room`` bytes.

    ``size`` tells what a paper (from 0) takes in a layout. Where one sentence each does not fit, the last
    papers keep their title alone; where titles do not fit either, the answer is shorter than ``papers``
    and ``more`` bytes stay free for the line that counts the rest. ``titles_only`` shows nothing else.
    """
    if titles_only:
        return _of_titles(_running([size(i, Layout.TITLES) for i in range(papers)]), room, more)
    if papers <= FULL_AT_MOST and sum(size(i, Layout.FULL) for i in range(papers)) <= room:
        return (Layout.FULL,) * papers
    short = _running([size(i, Layout.SHORT) for i in range(papers)])
    if short[-1] <= room:
        return (Layout.SHORT,) * papers
    titles = _running([size(i, Layout.TITLES) for i in range(papers)])
    for kept in range(papers - 1, -1, -1):
        if short[kept] + titles[-1] - titles[kept] <= room:
            return (Layout.SHORT,) * kept + (Layout.TITLES,) * (papers - kept)
    return _of_titles(titles, room, more)


def _of_titles(titles: list[int], room: int, more: int) -> tuple[Layout, ...]:
    """Show as many titles as fit."""
    if titles[-1] <= room:
        return (Layout.TITLES,) * (len(titles) - 1)
    shown = max(i for i, taken in enumerate(titles) if taken <= max(room - more, 0))
    return (Layout.TITLES,) * shown


def _running(sizes: list[int]) -> list[int]:
    """Give the sum of the first 0, 1, 2 … sizes."""
    sums = [0]
    for size in sizes:
        sums.append(sums[-1] + size)
    return sums
