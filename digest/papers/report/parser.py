"""Reads one daily report."""

from collections.abc import Collection, Sequence

from digest.model import Paper, Problem, Report
from digest.model.errors import InvalidReport
from digest.papers.arxiv import find_arxiv_id
from digest.papers.report.boundaries import Boundary, find_boundaries
from digest.papers.report.decode import decode_report
from digest.papers.report.header import find_source_url, parse_date
from digest.papers.report.heading_names import DISTINCTIVE_SECTIONS
from digest.papers.report.lines import Line, LineKind, classify_line
from digest.papers.report.paper import ParsedPaper, parse_paper

MAX_PAPERS = 2_000
MAX_PROBLEMS = 1_000
_MIN_SECTIONS = 3
_MAX_TITLE_DISTANCE = 20
"""Lines above a section among which its paper's title may stand."""


def parse_report(data: str | bytes) -> Report:
    """Read one report; entries that make no sense become problems, in order, with their line.

    Bytes are UTF-8. A paper's section is its text as written, without outer blank lines and the
    indentation that all its lines share. Raises ``InvalidReport`` for what is no report at all.
    """
    intake = decode_report(data)
    marks = [classify_line(line) for line in intake.lines]
    places = find_boundaries(marks)
    entries = _parse_papers(marks, places)
    _reject_foreign(entries)
    head = marks[: places[0].at]
    date, problems = parse_date(head)
    papers, repeats = _deduplicate(entries)
    problems += _head_problems(head, {paper.id for paper in papers})
    problems += _over_limit(places) + intake.problems + _further_heads(places) + repeats
    problems += tuple(problem for entry in entries for problem in entry.problems)
    return Report(date=date, source_url=find_source_url(head), papers=papers, problems=_sort_problems(problems))


def _parse_papers(lines: Sequence[Line], boundaries: Sequence[Boundary]) -> list[ParsedPaper]:
    separators = _find_separators(lines, boundaries)
    ends = [*(place.at for place in boundaries), len(lines)][1:]
    pairs = [(place, end) for place, end in zip(boundaries, ends, strict=True) if place.is_paper]
    return [parse_paper(lines, place, end, separators) for place, end in pairs[:MAX_PAPERS]]


def _find_separators(lines: Sequence[Line], boundaries: Sequence[Boundary]) -> frozenset[str]:
    """Return the lines that stand between papers and nowhere in a text, such as sixty ``=``."""
    found = set()
    for place in boundaries:
        above = place.at - 1
        while above >= max(0, place.at - 5) and lines[above].kind is LineKind.BLANK:
            above -= 1
        if above >= 0 and lines[above].is_separator:
            found.add(lines[above].text.strip())
    return frozenset(found)


def _reject_foreign(entries: Sequence[ParsedPaper]) -> None:
    """Refuse a text that has no paper, or papers without a sign that they are told as reports tell them."""
    if not any(entry.paper for entry in entries):
        raise InvalidReport("The file has no paper: a title with a link to arXiv or Hugging Face below it.")
    if not any(_has_report_sections(entry.paper) for entry in entries if entry.paper):
        raise InvalidReport("No paper in the file has the sections of a report, such as 应用领域 and 实验效果.")


def _has_report_sections(paper: Paper) -> bool:
    sections = set(paper.sections)
    return bool(sections & DISTINCTIVE_SECTIONS) or (
        len(sections) >= _MIN_SECTIONS and paper.summary_source is not None
    )


def _deduplicate(entries: Sequence[ParsedPaper]) -> tuple[tuple[Paper, ...], tuple[Problem, ...]]:
    papers: dict[str, Paper] = {}
    problems = []
    for entry in entries:
        if entry.paper and entry.paper.id in papers:
            what = f"The paper {entry.paper.id} stands here again; the first one was kept."
            problems.append(Problem(line=entry.line, message=what))
        elif entry.paper:
            papers[entry.paper.id] = entry.paper
    return tuple(papers.values()), tuple(problems)


def _head_problems(head: Sequence[Line], papers: Collection[str]) -> tuple[Problem, ...]:
    """Tell of sections, and of papers' addresses, that stand before the first paper and belong to none."""
    problems = []
    sections = [at for at, mark in enumerate(head) if mark.kind is LineKind.SECTION]
    if sections:
        first = next(at for at, line in enumerate(head) if line.kind is not LineKind.BLANK)
        above = range(sections[0] - 1, max(first, sections[0] - _MAX_TITLE_DISTANCE), -1)
        titles = (at for at in above if (dress := head[at].style) and dress.level and head[at].kind is LineKind.TEXT)
        what = f"{len(sections)} sections before the first paper belong to no paper and were left out."
        problems.append(Problem(line=next(titles, sections[0]) + 1, message=what))
    told = set(papers)
    for at, line in enumerate(head):
        if (found := find_arxiv_id(line.text)) and found.id not in told:
            told.add(found.id)
            what = f"The paper {found.id} stands before the first one, has no sections, and was left out."
            problems.append(Problem(line=at + 1, message=what))
    return tuple(problems)


def _over_limit(boundaries: Sequence[Boundary]) -> tuple[Problem, ...]:
    papers = [place for place in boundaries if place.is_paper]
    if len(papers) <= MAX_PAPERS:
        return ()
    what = f"The first {MAX_PAPERS} papers were read; {len(papers) - MAX_PAPERS} from here on were left out."
    return (Problem(line=papers[MAX_PAPERS].at + 1, message=what),)


def _further_heads(boundaries: Sequence[Boundary]) -> tuple[Problem, ...]:
    what = "Another report begins here; its papers were added, its date was not used."
    return tuple(Problem(line=place.at + 1, message=what) for place in boundaries if not place.is_paper)


def _sort_problems(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Sort by line; of very many, those of the whole file and the first of the papers' are kept."""
    kept = list(problems)
    if len(problems) > MAX_PROBLEMS:
        left = problems[MAX_PROBLEMS - 1 :]
        kept = [*problems[: MAX_PROBLEMS - 1]]
        kept.append(Problem(line=left[0].line, message=f"{len(left)} further problems are not listed."))
    return tuple(sorted(kept, key=lambda problem: problem.line))
