"""The report parser against markdown-it-py, which only tokenises, on the same file.

Run with ``python -m benchmarks.parse``: both read the seed in turns, medians are printed with their ratio.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from markdown_it import MarkdownIt

from digest.papers.report import parse_report

SEED = Path(__file__).parents[1] / "seeds" / "2026-01-24.md"
ROUNDS = 31


def time_seconds(action: Callable[[], object]) -> float:
    """Return how long ``action`` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> None:
    """Measure both in turns and print the medians."""
    data = SEED.read_bytes()
    markdown = MarkdownIt("commonmark")
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(time_seconds(lambda: parse_report(data)))
        theirs.append(time_seconds(lambda: markdown.parse(data.decode())))
    mine, other = statistics.median(ours) * 1000, statistics.median(theirs) * 1000
    print(f"{SEED.name}: {len(data):,} bytes, {len(parse_report(data).papers)} papers, {ROUNDS} rounds, medians")
    print(f"parse_report            {mine:7.1f} ms")
    print(f"markdown-it-py, tokens  {other:7.1f} ms")
    print(f"ratio                   {other / mine:7.2f} times as fast")


if __name__ == "__main__":
    main()
