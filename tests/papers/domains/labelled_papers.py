"""Papers whose domains a person judged: the seed's, and a held-out set of other days' titles.

``labels.tsv`` judges the seed by area, title and contribution: would a reader of that domain want the
paper? ``held_out.tsv`` holds real titles of other days with an area line written as a report's author
would; both were judged before any classifier ran on them. No disagreement on the held-out set was looked
at before the words were final, yet one person wrote its area lines and then the taxonomy's words, so its
figure is kinder than that of a day nobody has seen: 0.76 before that person widened the words, 0.84 after.
"""

from dataclasses import dataclass
from pathlib import Path

from digest.model import Paper, Section
from digest.papers.report import parse_report

_HERE = Path(__file__).parent
SEEDS = _HERE.parents[2] / "seeds"
TAXONOMY = SEEDS / "taxonomy.tsv"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPaper:
    """A paper and the domains that a person gave it."""

    paper: Paper
    domains: frozenset[str]


def labelled_seed_papers() -> list[LabelledPaper]:
    """Return the papers of the seed report with their labels."""
    report = parse_report((SEEDS / "2026-01-24.md").read_text(encoding="utf-8"))
    labels = {row["id"]: row["domains"] for row in _read_tsv("labels.tsv")}
    return [
        LabelledPaper(paper=paper, domains=frozenset(labels[paper.id].split(",")))
        for paper in report.papers
        if paper.id in labels
    ]


def labelled_held_out_papers() -> list[LabelledPaper]:
    """Return the held-out papers with their labels."""
    return [
        LabelledPaper(
            paper=make_paper(row["title"], row["area"], id=row["id"]), domains=frozenset(row["domains"].split(","))
        )
        for row in _read_tsv("held_out.tsv")
    ]


def make_paper(title: str = "", area: str = "", *, id: str = "2601.00001") -> Paper:  # noqa: A002 - the model's word
    """Make a paper of a title and an area of application."""
    sections = {Section.AREA: area} if area else {}
    return Paper(id=id, title=title, url=f"https://huggingface.co/papers/{id}", sections=sections)


def _read_tsv(name: str) -> list[dict[str, str]]:
    header, *lines = (_HERE / name).read_text(encoding="utf-8").splitlines()
    return [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]
