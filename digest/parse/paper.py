"""Reads one paper: its title, its particulars, its sections."""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.arxiv import ArxivId, find_arxiv_id
from digest.model import Paper, Problem, Section
from digest.parse.addresses import address_in
from digest.parse.labels import is_label_line, is_row
from digest.parse.marks import Kind, Mark
from digest.parse.names import Particular
from digest.parse.places import Place
from digest.parse.sections import cut_sections
from digest.parse.titles import clean_title

_ALIKE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A paper and what made no sense in it; ``paper`` is None where it has no arXiv id."""

    line: int
    paper: Paper | None
    problems: tuple[Problem, ...]


def read_paper(marks: Sequence[Mark], place: Place, end: int, separators: frozenset[str]) -> Entry:
    """Read the paper at ``place``, which goes up to line index ``end``."""
    title_line = marks[place.title].text if place.title is not None else ""
    title, title_url = clean_title(title_line)
    start = place.at if place.title is None else place.title + 1
    line = place.at + 1
    cut = cut_sections(marks[start:end], start + 1, separators)
    preamble = marks[start : start + cut.preamble]
    link = _link(preamble, title_line, title_url)
    if link is None:
        name = f' "{title[:80]}"' if title else ""
        what = f"The paper{name} has no arXiv id and was left out."
        return Entry(line=line, paper=None, problems=(Problem(line=line, what=what),))
    found, url = link
    title = title or _linked_words(preamble)
    paper = Paper(
        id=found.id,
        title=title or found.id,
        url=url,
        version=found.version,
        read_from=_read_from(preamble),
        sections={section: cut.sections[section] for section in Section if cut.sections.get(section)},
    )
    problems = [*_missing(paper, line, titled=bool(title)), *_unread(preamble, start, title), *cut.problems]
    return Entry(line=line, paper=paper, problems=tuple(problems))


def _link(preamble: Sequence[Mark], title_line: str, title_url: str) -> tuple[ArxivId, str] | None:
    """Give the id and the address as written, from the link, else from the title or what stands below it."""
    for mark in preamble:
        if mark.particular is Particular.LINK and mark.link:
            return mark.link, address_in(mark.value, mark.link)
    others = [mark.value for mark in preamble if mark.kind is Kind.PARTICULAR]
    others += [mark.text for mark in preamble if mark.kind is Kind.TEXT]
    for text in (title_url, title_line, *others):
        if found := find_arxiv_id(text):
            return found, address_in(text, found)
    return None


def _linked_words(preamble: Sequence[Mark]) -> str:
    """Give the words of a link that stands alone where a title should: ``[A Robot](https://…)``, or none."""
    lines = (mark.text for mark in preamble if mark.particular is Particular.LINK and mark.text == mark.value)
    return next((words for line in lines if not is_row(line) and (words := clean_title(line)[0]) != line), "")


def _read_from(preamble: Sequence[Mark]) -> str | None:
    for kind in (Particular.READ_FROM, Particular.SOURCE):
        for mark in preamble:
            if mark.particular is kind and (value := mark.value.strip().strip("*_`").strip()):
                return value
    return None


def _missing(paper: Paper, line: int, *, titled: bool) -> list[Problem]:
    problems = []
    if not titled:
        problems.append(Problem(line=line, what=f"The paper {paper.id} has no title; its id stands for it."))
    if paper.read_from is None:
        problems.append(Problem(line=line, what=f"The paper {paper.id} does not tell what it was read from."))
    missing = [section.value for section in Section if section not in paper.sections]
    if missing:
        problems.append(
            Problem(line=line, what=f"The paper {paper.id} lacks sections: {', '.join(missing)}.")
        )
    return problems


def _unread(preamble: Sequence[Mark], start: int, title: str) -> list[Problem]:
    """Tell of text before the first section, except labels, rows of links, and one inner title."""
    texts = [
        (at, mark)
        for at, mark in enumerate(preamble)
        if mark.kind is Kind.TEXT and not is_label_line(mark.text)
    ]
    if texts and _is_inner_title(texts[0][1], title):
        texts = texts[1:]
    if not texts:
        return []
    what = f"{len(texts)} lines before the first section belong to none and were left out."
    return [Problem(line=start + texts[0][0] + 1, what=what)]


def _is_inner_title(mark: Mark, title: str) -> bool:
    bold = mark.text.strip().startswith(("**", "__")) and mark.text.strip().endswith(("**", "__"))
    alike = bool(title) and title[:_ALIKE].lower() in mark.text.lower()
    return bold or alike or (mark.dress is not None and mark.dress.level > 0)
