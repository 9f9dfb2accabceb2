"""Reads one paper: its title, its particulars, its sections."""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.model import Paper, Problem, Section
from digest.papers.arxiv import ArxivId, find_arxiv_id
from digest.papers.report.boundaries import Boundary
from digest.papers.report.heading_names import Field
from digest.papers.report.labels import is_label_line, is_link_row
from digest.papers.report.lines import Line, LineKind
from digest.papers.report.sections import split_sections
from digest.papers.report.titles import clean_title, find_paper_url

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
    """Tell of text before the first section, except labels, rows of links, and one inner title."""
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
