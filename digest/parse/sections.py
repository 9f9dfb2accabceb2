"""Cuts one paper's lines into its sections: which headings count, and what is whose text."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from digest.model import Problem, Section
from digest.parse.dress import Dress
from digest.parse.fences import Fence, find_fences
from digest.parse.headings import Ending, Named
from digest.parse.marks import Kind, Mark
from digest.parse.names import PROPER_NAMES

MOST_SECTION = 200_000
_FIRM = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A paper's sections, how many lines stand before the first of them, and what made no sense."""

    sections: Mapping[Section, str]
    preamble: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Heading:
    at: int
    named: Named
    section: Section
    fenced: bool

    @property
    def dress(self) -> Dress:
        return self.named.dress


def cut_sections(marks: Sequence[Mark], first_line: int, separators: frozenset[str]) -> Cut:
    """Cut the lines behind a title, of which ``marks[0]`` is line ``first_line`` of the file.

    A section goes up to the next heading. What a paper has twice is joined; what stands behind one of the
    ``separators`` is nobody's. Both are told.
    """
    fences = find_fences(marks)
    headings = _choose(_candidates(marks, fences))
    dropped = _fence_lines(marks, fences, headings)
    texts: dict[Section, list[str]] = {}
    problems: list[Problem] = []
    ends = [*(heading.at for heading in headings), len(marks)][1:]
    for heading, end in zip(headings, ends, strict=True):
        line = first_line + heading.at
        lines = [(at, marks[at]) for at in range(heading.at + 1, end) if at not in dropped]
        own, lost = _up_to_separator(lines, separators)
        if lost:
            what = f"{len(lost)} lines behind a separator belong to no paper and were left out."
            problems.append(Problem(line=first_line + lost[0], what=what))
        if heading.section in texts:
            what = f"The section {heading.section.value} stands here again; both texts were joined."
            problems.append(Problem(line=line, what=what))
        text, cut = _bounded(_text(heading.named.rest, [mark.text for _, mark in own]))
        if cut:
            what = f"The section has over {MOST_SECTION // 1000} KB; its beginning was kept."
            problems.append(Problem(line=line, what=what))
        texts.setdefault(heading.section, []).append(text)
    preamble = headings[0].at if headings else len(marks)
    sections = {section: _bounded("\n\n".join(filter(None, parts)))[0] for section, parts in texts.items()}
    return Cut(sections=sections, preamble=preamble, problems=tuple(problems))


def _bounded(text: str) -> tuple[str, bool]:
    """Give ``text`` within the bound of a section, and whether it was cut for that."""
    if len(text) * 4 <= MOST_SECTION or len(text.encode()) <= MOST_SECTION:
        return text, False
    return text.encode()[:MOST_SECTION].decode("utf-8", "ignore").rstrip(), True


def _candidates(marks: Sequence[Mark], fences: Sequence[Fence]) -> list[_Heading]:
    inside = {at for fence in fences if not fence.wraps for at in range(fence.first, fence.last)}
    return [
        _Heading(at, mark.named, mark.section, at in inside)
        for at, mark in enumerate(marks)
        if mark.named and mark.section
    ]


def _choose(candidates: Sequence[_Heading]) -> list[_Heading]:
    """Choose the headings: those in the dress that most sections of this paper share, then the best others.

    A name may also open an item of a list, or a line of code; one writer dresses headings alike.
    """
    open_ones = [heading for heading in candidates if not heading.fenced]
    main, firm = _main_dress(open_ones or candidates)
    chosen: list[_Heading] = []
    for section in Section:
        own = _properly_named([heading for heading in candidates if heading.section is section])
        alike = [heading for heading in own if heading.dress == main]
        visible = [heading for heading in alike if not heading.fenced]
        others = [one for one in own if not one.fenced and not (firm and main and _is_content(one, main))]
        if visible:
            chosen += _without_items(visible, open_ones)
        elif others:
            chosen.append(min(others, key=_doubt))
        else:
            chosen += alike[:1]
    return sorted(chosen, key=lambda heading: heading.at)


def _properly_named(headings: list[_Heading]) -> list[_Heading]:
    """Leave out other names where the section's own name stands."""
    proper = [heading for heading in headings if heading.named.name in PROPER_NAMES and not heading.fenced]
    return proper or headings


def _main_dress(headings: Sequence[_Heading]) -> tuple[Dress | None, bool]:
    pairs = dict.fromkeys((heading.dress, heading.section) for heading in headings)
    ranking = Counter(dress for dress, _ in pairs).most_common(1)
    return (ranking[0][0], ranking[0][1] >= _FIRM) if ranking else (None, False)


def _without_items(headings: list[_Heading], paper: Sequence[_Heading]) -> list[_Heading]:
    """Leave out list items that look like a repeated heading but go on with text, where headings do not."""
    if len(headings) == 1:
        return headings
    dress = headings[0].dress
    with_text = sum(bool(one.named.rest) for one in paper if one.dress == dress)
    without = sum(not one.named.rest for one in paper if one.dress == dress)
    bare = [heading for heading in headings if not heading.named.rest]
    return bare if bare and without > with_text else headings


def _is_content(heading: _Heading, main: Dress) -> bool:
    """Tell whether a name in another dress than the paper's headings is rather part of a text."""
    dress = heading.dress
    marked = dress.level or dress.numbered or dress.bold or dress.bracketed or dress.iconic
    if dress.bullet and dress.bullet != main.bullet:
        return True
    if dress.indent > main.indent and not dress.level:
        return True
    if heading.named.ending is Ending.LOOSE and not dress.level:
        return True
    return bool(heading.named.rest) and (not marked or (main.level > 0 and not dress.level))


def _doubt(heading: _Heading) -> tuple[bool, bool, bool, int]:
    dress = heading.dress
    marked = dress.level or dress.numbered or dress.bold or dress.bracketed or dress.iconic
    return bool(dress.bullet), not marked, bool(heading.named.rest), heading.at


def _fence_lines(marks: Sequence[Mark], fences: Sequence[Fence], headings: Sequence[_Heading]) -> set[int]:
    """Give the fence lines that wrap sections or papers instead of standing inside a section."""
    places = [heading.at for heading in headings]
    dropped: set[int] = set()
    inner_ends: set[int] = set()
    for fence, has_heading in zip(fences, _with_heading(fences, places), strict=True):
        if fence.wraps or has_heading:
            dropped |= {fence.first, fence.last}
        elif fence.closed:
            inner_ends.add(fence.last)
    return dropped | (_last_fence_lines(marks) - inner_ends)


def _last_fence_lines(marks: Sequence[Mark]) -> set[int]:
    """Give the fence lines behind all text."""
    found: set[int] = set()
    for at in range(len(marks) - 1, -1, -1):
        if marks[at].kind is Kind.FENCE:
            found.add(at)
        elif marks[at].kind not in {Kind.BLANK, Kind.RULE}:
            break
    return found


def _with_heading(fences: Sequence[Fence], places: Sequence[int]) -> Iterator[bool]:
    """Tell for each fence, in order, whether a heading stands inside it."""
    position = 0
    for fence in fences:
        while position < len(places) and places[position] < fence.first:
            position += 1
        yield fence.closed and position < len(places) and places[position] < fence.last


def _up_to_separator(
    lines: list[tuple[int, Mark]], separators: frozenset[str]
) -> tuple[list[tuple[int, Mark]], list[int]]:
    for position, (_, mark) in enumerate(lines):
        if mark.kind is Kind.RULE and mark.text.strip() in separators:
            lost = [at for at, other in lines[position:] if other.kind not in {Kind.BLANK, Kind.RULE}]
            return lines[:position], lost
    return lines, []


def _text(rest: str, lines: list[str]) -> str:
    """Give a section's text without outer blank lines and rules, and the indentation that all lines share."""
    while lines and _is_nothing(lines[-1]):
        lines.pop()
    first = next((at for at, line in enumerate(lines) if not _is_nothing(line)), len(lines))
    body = lines[0 if rest else first :]
    indent = _shared_indent(body)
    body = [line[indent:] for line in body]
    return "\n".join([rest, *body] if rest else body).strip("\n")


def _is_nothing(line: str) -> bool:
    bare = line.strip()
    return not bare or (len(bare) > _FIRM and bare[0] in "=-*_—─━═" and not bare.strip(bare[0] + " "))


def _shared_indent(lines: Sequence[str]) -> int:
    written = [line for line in lines if line]
    if not written:
        return 0
    low, high = min(written), max(written)
    shared = 0
    while shared < min(len(low), len(high)) and low[shared] == high[shared] and low[shared].isspace():
        shared += 1
    return shared
