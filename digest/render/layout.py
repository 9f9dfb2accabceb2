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
    wanted: Layout = Layout.SHORT,
) -> tuple[Layout, ...]:
    """Give the richest layout of each paper, up to the one ``wanted``, such that all fit into ``room``.

    ``size`` tells what a paper (from 0) takes in a layout, in bytes. Where all of them whole do not fit, or
    they are not wanted so and are more than a few, the last are shown with one sentence; where that does
    not fit, the last keep their title alone; where titles do not fit either, the answer is shorter than
    ``papers`` and ``more`` bytes stay free for the line that counts the rest.
    """

    def sums(layout: Layout) -> list[int]:
        return _running([size(at, layout) for at in range(papers)])

    if wanted is Layout.TITLES:
        return _of_titles(sums(Layout.TITLES), room, more)
    full = sums(Layout.FULL) if wanted is Layout.FULL or papers <= FULL_AT_MOST else None
    if full and full[-1] <= room:
        return (Layout.FULL,) * papers
    short = sums(Layout.SHORT)
    if short[-1] <= room:
        kept = _kept(full, short, room) if full and wanted is Layout.FULL else 0
        return (Layout.FULL,) * kept + (Layout.SHORT,) * (papers - kept)
    titles = sums(Layout.TITLES)
    kept = _kept(short, titles, room)
    if kept or titles[-1] <= room:
        return (Layout.SHORT,) * kept + (Layout.TITLES,) * (papers - kept)
    return _of_titles(titles, room, more)


def _kept(richer: list[int], poorer: list[int], room: int) -> int:
    """Count the first papers that may be richer, the others being poorer."""
    papers = len(poorer) - 1
    return next((n for n in range(papers, 0, -1) if richer[n] + poorer[-1] - poorer[n] <= room), 0)


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
