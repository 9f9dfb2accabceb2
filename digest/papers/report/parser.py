"""Reads one daily report, paper by paper."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from digest.model import Paper, Problem, Report, Section
from digest.model.errors import InvalidReport
from digest.papers.arxiv import ArxivId, find_arxiv_id
from digest.papers.report.boundaries import Boundary, find_boundaries
from digest.papers.report.decode import decode_report
from digest.papers.report.headings import DISTINCTIVE_SECTIONS, Field
from digest.papers.report.lines import Line, LineKind, classify_line, is_label_line, is_link_row
from digest.papers.report.sections import split_sections
from digest.papers.report.titles import clean_title, find_paper_url, find_source_url, parse_date

_TITLE_PREFIX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPaper:
    """A paper and what made no sense in it; ``paper`` is None where it has no arXiv id."""

    line: int
    paper: Paper | None
    problems: tuple[Problem, ...]


def parse_paper(lines: Sequence[Line], boundary: Boundary, end: int, separators: frozenset[str]) -> ParsedPaper:
    """Read the paper at ``boundary``, which goes up to line index ``end``."""
    title_line = lines[boundary.title].text if boundary.title is not None else ""
    title, title_url = clean_title(title_line)
    start = boundary.at if boundary.title is None else boundary.title + 1
    line = boundary.at + 1
    cut = split_sections(lines[start:end], start + 1, separators)
    preamble = lines[start : start + cut.preamble_length]
    link = _find_link(preamble, title_line, title_url)
    if link is None:
        name = f' "{title[:80]}"' if title else ""
        what = f"The paper{name} has no arXiv id and was left out."
        return ParsedPaper(line=line, paper=None, problems=(Problem(line=line, message=what),))
    found, url = link
    title = title or _find_linked_title(preamble)
    paper = Paper(
        id=found.id,
        title=title or found.id,
        url=url,
        version=found.version,
        summary_source=_find_summary_source(preamble),
        sections={section: cut.sections[section] for section in Section if cut.sections.get(section)},
    )
    problems = [
        *_missing_problems(paper, line, titled=bool(title)),
        *_unread_problems(preamble, start, title),
        *cut.problems,
    ]
    return ParsedPaper(line=line, paper=paper, problems=tuple(problems))


def _find_link(preamble: Sequence[Line], title_line: str, title_url: str) -> tuple[ArxivId, str] | None:
    """Return the id and the address as written, from the link, else from the title or what stands below it."""
    for mark in preamble:
        if mark.field is Field.LINK and mark.arxiv_id:
            return mark.arxiv_id, find_paper_url(mark.value, mark.arxiv_id)
    others = [mark.value for mark in preamble if mark.kind is LineKind.FIELD]
    others += [mark.text for mark in preamble if mark.kind is LineKind.TEXT]
    for text in (title_url, title_line, *others):
        if found := find_arxiv_id(text):
            return found, find_paper_url(text, found)
    return None


def _find_linked_title(preamble: Sequence[Line]) -> str:
    """Return the words of a link that stands alone where a title should.

    ``[A Robot](https://…)``, or none.
    """
    lines = (mark.text for mark in preamble if mark.field is Field.LINK and mark.text == mark.value)
    return next((words for line in lines if not is_link_row(line) and (words := clean_title(line)[0]) != line), "")


def _find_summary_source(preamble: Sequence[Line]) -> str | None:
    for kind in (Field.SUMMARY_SOURCE, Field.SOURCE):
        for mark in preamble:
            if mark.field is kind and (value := mark.value.strip().strip("*_`").strip()):
                return value
    return None


def _missing_problems(paper: Paper, line: int, *, titled: bool) -> list[Problem]:
    problems = []
    if not titled:
        problems.append(Problem(line=line, message=f"The paper {paper.id} has no title; its id stands for it."))
    if paper.summary_source is None:
        problems.append(Problem(line=line, message=f"The paper {paper.id} does not tell what it was read from."))
    missing = [section.value for section in Section if section not in paper.sections]
    if missing:
        problems.append(Problem(line=line, message=f"The paper {paper.id} lacks sections: {', '.join(missing)}."))
    return problems


def _unread_problems(preamble: Sequence[Line], start: int, title: str) -> list[Problem]:
    """Return the problems with text before the first section, except labels, links and one inner title."""
    texts = [
        (at, mark) for at, mark in enumerate(preamble) if mark.kind is LineKind.TEXT and not is_label_line(mark.text)
    ]
    if texts and _is_inner_title(texts[0][1], title):
        texts = texts[1:]
    if not texts:
        return []
    what = f"{len(texts)} lines before the first section belong to none and were left out."
    return [Problem(line=start + texts[0][0] + 1, message=what)]


def _is_inner_title(line: Line, title: str) -> bool:
    bold = line.text.strip().startswith(("**", "__")) and line.text.strip().endswith(("**", "__"))
    alike = bool(title) and title[:_TITLE_PREFIX].lower() in line.text.lower()
    return bold or alike or (line.style is not None and line.style.level > 0)


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
    """Return the problems with sections and addresses before the first paper, which belong to none."""
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
