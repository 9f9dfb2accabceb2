"""How well papers get their domains, against hand-made labels: ``python -m benchmarks.domains``.

Prints precision, recall and F1 (micro) of the classifier and of simpler ways, on the seed and on the
held-out set, then the domains with errors and each disagreement.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Self

from digest.model import Paper, Section
from digest.papers.domains import OTHER, Taxonomy, load_taxonomy
from digest.papers.domains.lexicon import normalize_phrase
from tests.papers.domains.labelled_papers import TAXONOMY, LabelledPaper, labelled_held_out_papers, labelled_seed_papers

ClassifierFunction = Callable[[Paper], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierScore:
    """How many given domains were right, wrong, and missing."""

    right: int
    wrong: int
    missing: int

    @classmethod
    def measure(cls, classify: ClassifierFunction, labelled: Iterable[LabelledPaper]) -> Self:
        """Score a way of classifying over papers, each domain of each paper counting once (micro)."""
        pairs = [(frozenset(classify(one.paper)), one.domains) for one in labelled]
        return cls(
            right=sum(len(given & true) for given, true in pairs),
            wrong=sum(len(given - true) for given, true in pairs),
            missing=sum(len(true - given) for given, true in pairs),
        )

    @property
    def precision(self) -> float:
        """Share of given domains that are right."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Share of true domains that were given."""
        return self.right / max(1, self.right + self.missing)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missing)

    def __str__(self) -> str:
        return f"precision {self.precision:.3f}  recall {self.recall:.3f}  F1 {self.f1:.3f}"


def classifiers(taxonomy: Taxonomy) -> Iterator[tuple[str, ClassifierFunction]]:
    """Return the classifier after the simpler ways that it must beat, all over the same taxonomy."""
    yield "every word as a substring", lambda paper: _match_substrings(taxonomy, _short_text(paper))
    yield "the same in the whole text", lambda paper: _match_substrings(taxonomy, _full_text(paper))
    yield "umbrella words last", lambda paper: _match_aliases_first(taxonomy, _short_text(paper), blank=False)
    yield ("and longest first, blanked", lambda paper: _match_aliases_first(taxonomy, _short_text(paper), blank=True))
    yield "classifier", taxonomy.classify


def _short_text(paper: Paper) -> str:
    return normalize_phrase(f"{paper.title}\n{paper.sections.get(Section.AREA, '')}")


def _full_text(paper: Paper) -> str:
    return normalize_phrase("\n".join((paper.title, *paper.sections.values())))


def _match_substrings(taxonomy: Taxonomy, text: str) -> set[str]:
    return _match_phrases(_phrases(taxonomy, umbrella=False) + _phrases(taxonomy, umbrella=True), text, blank=False)


def _match_aliases_first(taxonomy: Taxonomy, text: str, *, blank: bool) -> set[str]:
    found = _match_phrases(_phrases(taxonomy, umbrella=False), text, blank=blank)
    return found or _match_phrases(_phrases(taxonomy, umbrella=True), text, blank=blank)


def _phrases(taxonomy: Taxonomy, *, umbrella: bool) -> list[tuple[str, str]]:
    return [
        (normalize_phrase(word), domain.slug)
        for domain in taxonomy.domains
        for word in (domain.broad_terms if umbrella else domain.aliases)
    ]


def _match_phrases(phrases: list[tuple[str, str]], text: str, *, blank: bool) -> set[str]:
    found = set()
    for phrase, slug in sorted(phrases, key=lambda one: -len(one[0])):
        if phrase in text:
            found.add(slug)
            text = text.replace(phrase, " " * len(phrase)) if blank else text
    return found or {OTHER.slug}


def print_scores(name: str, labelled: list[LabelledPaper], taxonomy: Taxonomy) -> None:
    """Print the figures of one set and what the classifier and the labels disagree about."""
    print(f"\n{name}: {len(labelled)} papers, {sum(len(one.domains) for one in labelled)} labels")
    for way, classify in classifiers(taxonomy):
        print(f"  {way:28}{ClassifierScore.measure(classify, labelled)}")
    _print_domains(labelled, taxonomy)
    for one in labelled:
        given = frozenset(taxonomy.classify(one.paper))
        marks = [f"+{slug}" for slug in sorted(given - one.domains)]
        marks += [f"-{slug}" for slug in sorted(one.domains - given)]
        if marks:
            print(f"    {one.paper.id}  {' '.join(marks):28} {one.paper.title[:70]}")


def _print_domains(labelled: list[LabelledPaper], taxonomy: Taxonomy) -> None:
    wrong: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for one in labelled:
        given = frozenset(taxonomy.classify(one.paper))
        right.update(given & one.domains)
        wrong.update(given - one.domains)
        missing.update(one.domains - given)
    for slug in taxonomy.slugs:
        if wrong[slug] or missing[slug]:
            score = ClassifierScore(right=right[slug], wrong=wrong[slug], missing=missing[slug])
            counts = f"right {score.right:2}  wrong {score.wrong:2}  missing {score.missing:2}"
            print(f"    {slug:12} {counts}  {score}")


def main() -> None:
    """Print everything."""
    taxonomy = load_taxonomy(TAXONOMY)
    sets = {"seed": labelled_seed_papers(), "held out": labelled_held_out_papers()}
    for name, judged in sets.items():
        print_scores(name, judged, taxonomy)
    papers = [one.paper for judged in sets.values() for one in judged]
    start = perf_counter()
    for paper in papers:
        taxonomy.classify(paper)
    print(f"\n{(perf_counter() - start) / len(papers) * 1000:.2f} ms a paper")


if __name__ == "__main__":
    main()
