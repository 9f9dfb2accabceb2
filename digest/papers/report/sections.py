"""Code fences in one paper: which wrap its whole body, and which stand inside a section.

Cuts one paper's lines into its sections: which headings count, and what is whose text.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from digest.model import Problem, Section
from digest.papers.report.headings import CANONICAL_NAMES, Ending, Heading
from digest.papers.report.line_style import LineStyle
from digest.papers.report.lines import Line, LineKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """Lines ``first`` to ``last`` (both are fence lines); not ``closed``: only ``first`` is one.

    ``wraps_body`` tells that it opens before the first section heading.
    """

    first: int
    last: int
    closed: bool
    wraps_body: bool


@dataclass(frozen=True, slots=True)
class _OpenFence:
    at: int
    char: str
    length: int
    wraps_body: bool


def find_fences(lines: Sequence[Line]) -> tuple[Fence, ...]:
    """Return the fences in order of their opening.

    A bare fence closes, one with an info word opens, also inside a fence that wraps the body: writers
    seldom make the outer fence longer, as CommonMark wants it.
    """
    fences: list[Fence] = []
    stack: list[_OpenFence] = []
    begun = False
    for at, mark in enumerate(lines):
        begun = begun or mark.kind is LineKind.SECTION
        if mark.kind is not LineKind.FENCE:
            continue
        char, length, info = _fence_parts(mark.text)
        top = stack[-1] if stack else None
        if top and not info and char == top.char and length >= top.length:
            stack.pop()
            fences.append(Fence(first=top.at, last=at, closed=True, wraps_body=top.wraps_body))
        elif top is None or (info and top.wraps_body):
            stack.append(_OpenFence(at, char, length, wraps_body=not begun))
    fences += [Fence(first=one.at, last=one.at, closed=False, wraps_body=one.wraps_body) for one in stack]
    return tuple(sorted(fences, key=lambda fence: fence.first))


def _fence_parts(text: str) -> tuple[str, int, str]:
    bare = text.strip()
    info = bare.lstrip(bare[0])
    return bare[0], len(bare) - len(info), info.strip()


MAX_SECTION_BYTES = 200_000
_MIN_SAME_STYLE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionSplit:
    """A paper's sections, how many lines stand before the first of them, and what made no sense."""

    sections: Mapping[Section, str]
    preamble_length: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _SectionHeading:
    at: int
    heading: Heading
    section: Section
    is_fenced: bool

    @property
    def style(self) -> LineStyle:
        return self.heading.style


def split_sections(marks: Sequence[Line], first_line: int, separators: frozenset[str]) -> SectionSplit:
    """Cut the lines behind a title, of which ``marks[0]`` is line ``group_heading`` of the file.

    A section goes up to the next heading. What a paper has twice is joined; what stands behind one of the
    ``separators`` is nobody's. Both are told.
    """
    fences = find_fences(marks)
    headings = _choose_headings(_find_candidates(marks, fences))
    dropped = _wrapping_fence_lines(marks, fences, headings)
    texts: dict[Section, list[str]] = {}
    problems: list[Problem] = []
    ends = [*(heading.at for heading in headings), len(marks)][1:]
    for heading, end in zip(headings, ends, strict=True):
        line = first_line + heading.at
        lines = [(at, marks[at]) for at in range(heading.at + 1, end) if at not in dropped]
        own, lost = _split_at_separator(lines, separators)
        if lost:
            what = f"{len(lost)} lines behind a separator belong to no paper and were left out."
            problems.append(Problem(line=first_line + lost[0], message=what))
        if heading.section in texts:
            what = f"The section {heading.section.value} stands here again; both texts were joined."
            problems.append(Problem(line=line, message=what))
        text, cut = _truncate(_section_text(heading.heading.rest, [mark.text for _, mark in own]))
        if cut:
            what = f"The section has over {MAX_SECTION_BYTES // 1000} KB; its beginning was kept."
            problems.append(Problem(line=line, message=what))
        texts.setdefault(heading.section, []).append(text)
    preamble = headings[0].at if headings else len(marks)
    sections = {section: _truncate("\n\n".join(filter(None, parts)))[0] for section, parts in texts.items()}
    return SectionSplit(sections=sections, preamble_length=preamble, problems=tuple(problems))


def _truncate(text: str) -> tuple[str, bool]:
    """Return ``text`` within the bound of a section, and whether it was cut for that."""
    if len(text) * 4 <= MAX_SECTION_BYTES or len(text.encode()) <= MAX_SECTION_BYTES:
        return text, False
    return text.encode()[:MAX_SECTION_BYTES].decode("utf-8", "ignore").rstrip(), True


def _find_candidates(lines: Sequence[Line], fences: Sequence[Fence]) -> list[_SectionHeading]:
    inside = {at for fence in fences if not fence.wraps_body for at in range(fence.first, fence.last)}
    return [
        _SectionHeading(at, mark.heading, mark.section, at in inside)
        for at, mark in enumerate(lines)
        if mark.heading and mark.section
    ]


def _choose_headings(candidates: Sequence[_SectionHeading]) -> list[_SectionHeading]:
    """Choose the headings: those in the dress that most sections of this paper share, then the best others.

    A name may also open an item of a list, or a line of code; one writer dresses headings alike.
    """
    open_ones = [heading for heading in candidates if not heading.is_fenced]
    main, firm = _dominant_style(open_ones or candidates)
    chosen: list[_SectionHeading] = []
    for section in Section:
        own = _with_canonical_name([heading for heading in candidates if heading.section is section])
        alike = [heading for heading in own if heading.style == main]
        visible = [heading for heading in alike if not heading.is_fenced]
        others = [one for one in own if not one.is_fenced and not (firm and main and _is_content(one, main))]
        if visible:
            chosen += _drop_list_items(visible, open_ones)
        elif others:
            chosen.append(min(others, key=_heading_rank))
        else:
            chosen += alike[:1]
    return sorted(chosen, key=lambda heading: heading.at)


def _with_canonical_name(headings: list[_SectionHeading]) -> list[_SectionHeading]:
    """Leave out other names where the section's own name stands."""
    proper = [heading for heading in headings if heading.heading.name in CANONICAL_NAMES and not heading.is_fenced]
    return proper or headings


def _dominant_style(headings: Sequence[_SectionHeading]) -> tuple[LineStyle | None, bool]:
    pairs = dict.fromkeys((heading.style, heading.section) for heading in headings)
    ranking = Counter(dress for dress, _ in pairs).most_common(1)
    return (ranking[0][0], ranking[0][1] >= _MIN_SAME_STYLE) if ranking else (None, False)


def _drop_list_items(headings: list[_SectionHeading], paper: Sequence[_SectionHeading]) -> list[_SectionHeading]:
    """Leave out list items that look like a repeated heading but go on with text, where headings do not."""
    if len(headings) == 1:
        return headings
    dress = headings[0].style
    with_text = sum(bool(one.heading.rest) for one in paper if one.style == dress)
    without = sum(not one.heading.rest for one in paper if one.style == dress)
    bare = [heading for heading in headings if not heading.heading.rest]
    return bare if bare and without > with_text else headings


def _is_content(heading: _SectionHeading, dominant: LineStyle) -> bool:
    """Return whether a name in another dress than the paper's headings is rather part of a text."""
    dress = heading.style
    marked = dress.level or dress.numbered or dress.bold or dress.bracketed or dress.has_emoji
    if dress.bullet and dress.bullet != dominant.bullet:
        return True
    if dress.indent > dominant.indent and not dress.level:
        return True
    if heading.heading.ending is Ending.LOOSE and not dress.level:
        return True
    return bool(heading.heading.rest) and (not marked or (dominant.level > 0 and not dress.level))


def _heading_rank(heading: _SectionHeading) -> tuple[bool, bool, bool, int]:
    dress = heading.style
    marked = dress.level or dress.numbered or dress.bold or dress.bracketed or dress.has_emoji
    return bool(dress.bullet), not marked, bool(heading.heading.rest), heading.at


def _wrapping_fence_lines(
    lines: Sequence[Line], fences: Sequence[Fence], headings: Sequence[_SectionHeading]
) -> set[int]:
    """Return the fence lines that wrap sections or papers instead of standing inside a section."""
    places = [heading.at for heading in headings]
    dropped: set[int] = set()
    inner_ends: set[int] = set()
    for fence, has_heading in zip(fences, _have_headings(fences, places), strict=True):
        if fence.wraps_body or has_heading:
            dropped |= {fence.first, fence.last}
        elif fence.closed:
            inner_ends.add(fence.last)
    return dropped | (_trailing_fence_lines(lines) - inner_ends)


def _trailing_fence_lines(lines: Sequence[Line]) -> set[int]:
    """Return the fence lines behind all text."""
    found: set[int] = set()
    for at in range(len(lines) - 1, -1, -1):
        if lines[at].kind is LineKind.FENCE:
            found.add(at)
        elif lines[at].kind not in {LineKind.BLANK, LineKind.RULE}:
            break
    return found


def _have_headings(fences: Sequence[Fence], headings_at: Sequence[int]) -> Iterator[bool]:
    """Return for each fence, in order, whether it contains a heading."""
    position = 0
    for fence in fences:
        while position < len(headings_at) and headings_at[position] < fence.first:
            position += 1
        yield fence.closed and position < len(headings_at) and headings_at[position] < fence.last


def _split_at_separator(
    lines: list[tuple[int, Line]], separators: frozenset[str]
) -> tuple[list[tuple[int, Line]], list[int]]:
    for position, (_, mark) in enumerate(lines):
        if mark.kind is LineKind.RULE and mark.text.strip() in separators:
            lost = [at for at, other in lines[position:] if other.kind not in {LineKind.BLANK, LineKind.RULE}]
            return lines[:position], lost
    return lines, []


def _section_text(rest: str, lines: list[str]) -> str:
    """Return a section's text without outer blank lines and rules, and the indentation that all lines share."""
    while lines and _is_blank_or_rule(lines[-1]):
        lines.pop()
    first = next((at for at, line in enumerate(lines) if not _is_blank_or_rule(line)), len(lines))
    body = lines[0 if rest else first :]
    indent = _common_indent(body)
    body = [line[indent:] for line in body]
    return "\n".join([rest, *body] if rest else body).strip("\n")


def _is_blank_or_rule(line: str) -> bool:
    bare = line.strip()
    return not bare or (len(bare) > _MIN_SAME_STYLE and bare[0] in "=-*_—─━═" and not bare.strip(bare[0] + " "))


def _common_indent(lines: Sequence[str]) -> int:
    written = [line for line in lines if line]
    if not written:
        return 0
    low, high = min(written), max(written)
    shared = 0
    while shared < min(len(low), len(high)) and low[shared] == high[shared] and low[shared].isspace():
        shared += 1
    return shared
