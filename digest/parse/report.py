"""Reads one daily report."""

from collections.abc import Collection, Sequence

from digest.arxiv import find_arxiv_id
from digest.errors import NotAReport
from digest.model import Paper, Problem, Report
from digest.parse.head import read_date, read_source
from digest.parse.intake import take_in
from digest.parse.marks import Kind, Mark, mark
from digest.parse.names import TELLING_SECTIONS
from digest.parse.paper import Entry, read_paper
from digest.parse.places import Place, find_places

MOST_PAPERS = 2_000
MOST_PROBLEMS = 1_000
_SURELY = 3
_NEAR = 20
"""Lines above a section among which its paper's title may stand."""


def parse_report(data: str | bytes) -> Report:
    """Read one report; entries that make no sense become problems, in order, with their line.

    Bytes are UTF-8. A paper's section is its text as written, without outer blank lines and the
    indentation that all its lines share. Raises ``NotAReport`` for what is no report at all.
    """
    intake = take_in(data)
    marks = [mark(line) for line in intake.lines]
    places = find_places(marks)
    entries = _entries(marks, places)
    _refuse_strangers(entries)
    head = marks[: places[0].at]
    date, problems = read_date(head)
    papers, repeats = _once_each(entries)
    problems += _before(head, {paper.id for paper in papers})
    problems += _beyond(places) + intake.problems + _second_heads(places) + repeats
    problems += tuple(problem for entry in entries for problem in entry.problems)
    return Report(date=date, source_url=read_source(head), papers=papers, problems=_in_order(problems))


def _entries(marks: Sequence[Mark], places: Sequence[Place]) -> list[Entry]:
    separators = _separators(marks, places)
    ends = [*(place.at for place in places), len(marks)][1:]
    pairs = [(place, end) for place, end in zip(places, ends, strict=True) if place.paper]
    return [read_paper(marks, place, end, separators) for place, end in pairs[:MOST_PAPERS]]


def _separators(marks: Sequence[Mark], places: Sequence[Place]) -> frozenset[str]:
    """Give the lines that stand between papers and nowhere in a text, such as sixty ``=``."""
    found = set()
    for place in places:
        above = place.at - 1
        while above >= max(0, place.at - 5) and marks[above].kind is Kind.BLANK:
            above -= 1
        if above >= 0 and marks[above].heavy:
            found.add(marks[above].text.strip())
    return frozenset(found)


def _refuse_strangers(entries: Sequence[Entry]) -> None:
    """Refuse a text that has no paper, or papers without a sign that they are told as reports tell them."""
    if not any(entry.paper for entry in entries):
        raise NotAReport("The file has no paper: a title with a link to arXiv or Hugging Face below it.")
    if not any(_is_told(entry.paper) for entry in entries if entry.paper):
        raise NotAReport("No paper in the file has the sections of a report, such as 应用领域 and 实验效果.")


def _is_told(paper: Paper) -> bool:
    sections = set(paper.sections)
    return bool(sections & TELLING_SECTIONS) or (len(sections) >= _SURELY and paper.read_from is not None)


def _once_each(entries: Sequence[Entry]) -> tuple[tuple[Paper, ...], tuple[Problem, ...]]:
    papers: dict[str, Paper] = {}
    problems = []
    for entry in entries:
        if entry.paper and entry.paper.id in papers:
            what = f"The paper {entry.paper.id} stands here again; the first one was kept."
            problems.append(Problem(line=entry.line, what=what))
        elif entry.paper:
            papers[entry.paper.id] = entry.paper
    return tuple(papers.values()), tuple(problems)


def _before(head: Sequence[Mark], papers: Collection[str]) -> tuple[Problem, ...]:
    """Tell of sections, and of papers' addresses, that stand before the first paper and belong to none."""
    problems = []
    sections = [at for at, mark in enumerate(head) if mark.kind is Kind.SECTION]
    if sections:
        first = next(at for at, line in enumerate(head) if line.kind is not Kind.BLANK)
        above = range(sections[0] - 1, max(first, sections[0] - _NEAR), -1)
        titles = (
            at for at in above if (dress := head[at].dress) and dress.level and head[at].kind is Kind.TEXT
        )
        what = f"{len(sections)} sections before the first paper belong to no paper and were left out."
        problems.append(Problem(line=next(titles, sections[0]) + 1, what=what))
    told = set(papers)
    for at, line in enumerate(head):
        if (found := find_arxiv_id(line.text)) and found.id not in told:
            told.add(found.id)
            what = f"The paper {found.id} stands before the first one, has no sections, and was left out."
            problems.append(Problem(line=at + 1, what=what))
    return tuple(problems)


def _beyond(places: Sequence[Place]) -> tuple[Problem, ...]:
    papers = [place for place in places if place.paper]
    if len(papers) <= MOST_PAPERS:
        return ()
    what = (
        f"The first {MOST_PAPERS} papers were read; {len(papers) - MOST_PAPERS} from here on were left out."
    )
    return (Problem(line=papers[MOST_PAPERS].at + 1, what=what),)


def _second_heads(places: Sequence[Place]) -> tuple[Problem, ...]:
    what = "Another report begins here; its papers were added, its date was not used."
    return tuple(Problem(line=place.at + 1, what=what) for place in places if not place.paper)


def _in_order(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Sort by line; of very many, those of the whole file and the first of the papers' are kept."""
    kept = list(problems)
    if len(problems) > MOST_PROBLEMS:
        left = problems[MOST_PROBLEMS - 1 :]
        kept = [*problems[: MOST_PROBLEMS - 1]]
        kept.append(Problem(line=left[0].line, what=f"{len(left)} further problems are not listed."))
    return tuple(sorted(kept, key=lambda problem: problem.line))
