"""The golden outputs of the seed's sections; ``python -m tests.text.markdown.golden_sections`` writes them anew."""

from collections.abc import Callable
from pathlib import Path

from digest.model import Paper, Section
from digest.papers.report import parse_report
from digest.text.markdown import (
    inline_html,
    inline_plain,
    inline_telegram,
    parse,
    to_html,
    to_plain,
    to_telegram,
    truncate_document,
)

SEED = Path(__file__).parents[3] / "seeds" / "2026-01-24.md"
FOLDER = Path(__file__).parent / "golden"

LineRenderer = Callable[[str], str]
RENDERERS: dict[str, tuple[LineRenderer, LineRenderer]] = {
    "seed.html": (inline_html, lambda text: to_html(parse(text))),
    "seed.telegram.html": (inline_telegram, lambda text: to_telegram(parse(text))),
    "seed.txt": (inline_plain, lambda text: to_plain(parse(text), width=72)),
    "seed.short.txt": (inline_plain, lambda text: to_plain(truncate_document(parse(text), 200))),
}
"""For each file, how a line and how a section is written."""


def read_seed_papers() -> tuple[Paper, ...]:
    """Return the papers of the seed report."""
    return parse_report(SEED.read_bytes()).papers


def render_golden(name: str) -> str:
    """Return every title, contribution and section of the seed in one form, as the golden file holds them."""
    line, block = RENDERERS[name]
    parts: list[str] = []
    for paper in read_seed_papers():
        parts += [f"===== {paper.id}", line(paper.title)]
        parts += [f"--- line: {line(paper.sections[Section.CONTRIBUTION])}"]
        parts += [f"--- {section}\n{block(text)}" for section, text in paper.sections.items()]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    for name in RENDERERS:
        (FOLDER / name).write_text(render_golden(name), encoding="utf-8")
