"""The golden outputs of the seed's sections; ``python -m tests.markup.golden`` writes them anew."""

from collections.abc import Callable
from pathlib import Path

from digest.markup import (
    inline_html,
    inline_plain,
    inline_telegram,
    read,
    shorten_tree,
    to_html,
    to_plain,
    to_telegram,
)
from digest.model import Paper, Section
from digest.parse import parse_report

SEED = Path(__file__).parents[2] / "seeds" / "2026-01-24.md"
FOLDER = Path(__file__).parent / "golden"

Lines = Callable[[str], str]
FORMS: dict[str, tuple[Lines, Lines]] = {
    "seed.html": (inline_html, lambda text: to_html(read(text))),
    "seed.telegram.html": (inline_telegram, lambda text: to_telegram(read(text))),
    "seed.txt": (inline_plain, lambda text: to_plain(read(text), width=72)),
    "seed.short.txt": (inline_plain, lambda text: to_plain(shorten_tree(read(text), 200))),
}
"""For each file, how a line and how a section is written."""


def seed_papers() -> tuple[Paper, ...]:
    """Give the papers of the seed report."""
    return parse_report(SEED.read_bytes()).papers


def written(form: str) -> str:
    """Give every title, contribution and section of the seed in one form, as the golden file holds them."""
    line, block = FORMS[form]
    parts: list[str] = []
    for paper in seed_papers():
        parts += [f"===== {paper.id}", line(paper.title)]
        parts += [f"--- line: {line(paper.sections[Section.CONTRIBUTION])}"]
        parts += [f"--- {section}\n{block(text)}" for section, text in paper.sections.items()]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    for name in FORMS:
        (FOLDER / name).write_text(written(name), encoding="utf-8")
