"""Where the papers of a report begin: at a title that its link or source line follows soon.

The same could stand in a paper's text (``#### 资源`` and a link below it), so a title counts only with more
evidence: 📄, a source line, a separator, the dress of the first title, sections that begin anew.
Where sections begin and no such title was found, an arXiv address anywhere above them tells the paper.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from digest.model import Section
from digest.papers.arxiv import find_arxiv_id
from digest.papers.report.headings import Field
from digest.papers.report.lines import Line, LineKind, is_label_line

_MAX_FIELD_DISTANCE = 14
_MAX_SECTION_DISTANCE = 20
_MAX_TEXT_LINES = 3
"""Lines of words that may stand between a heading and the address below it."""
_PAPER_FIELDS = frozenset({Field.LINK, Field.SUMMARY_SOURCE})
_ALL_FIELDS = frozenset(Field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """Something begins at line index ``at``: a paper, or (``is_paper`` False) the head of another report.

    ``title`` is the index of the title line, None where the paper has none.
    """

    at: int
    title: int | None = None
    is_paper: bool = True


def find_boundaries(lines: Sequence[Line]) -> tuple[Boundary, ...]:
    """Return the beginnings of papers, and of further reports' heads, in order."""
    written = [at for at, mark in enumerate(lines) if mark.kind is not LineKind.BLANK]
    dated = next((at for at in written if lines[at].field is Field.DATE), None)
    scan = _Scanner(lines, _find_next_sections(lines), written, _count_written(lines), dated)
    for at, mark in enumerate(lines):
        if mark.kind is not LineKind.BLANK:
            scan.scan_line(at)
    return tuple(scan.boundaries)


def _count_written(lines: Sequence[Line]) -> tuple[int, ...]:
    """Return for each line how many lines that are not blank stand before it."""
    orders, count = [], 0
    for mark in lines:
        orders.append(count)
        count += mark.kind is not LineKind.BLANK
    return tuple(orders)


def _find_next_sections(lines: Sequence[Line]) -> tuple[int | None, ...]:
    """Return for each line the index of the next section heading behind it."""
    following: list[int | None] = []
    coming = None
    for at in range(len(lines) - 1, -1, -1):
        following.append(coming)
        coming = at if lines[at].kind is LineKind.SECTION else coming
    return tuple(reversed(following))


StyleKey = tuple[int, int, str, bool]


def _style_key(line: Line) -> StyleKey:
    dress = line.style
    return (dress.indent, dress.level, dress.bullet, dress.bold) if dress else (0, 0, "", False)


@dataclass(slots=True)
class _Scanner:
    """One pass over the lines of a report; each line looks at most a few lines around itself.

    ``written`` are the indices of the lines that are not blank, ``order`` is how many of them stand before
    each line: blank lines are not looked at again. ``date_line`` is the first line with a date, the head's.
    """

    lines: Sequence[Line]
    next_section: Sequence[int | None]
    written: Sequence[int]
    order: Sequence[int]
    date_line: int | None
    boundaries: list[Boundary] = field(default_factory=list)
    seen_sections: set[Section] = field(default_factory=set)
    title_style: StyleKey | None = None
    title_rule: str = ""
    separated_at: int | None = None
    search_floor: int | None = None

    def scan_line(self, at: int) -> None:
        """Decide whether something begins at, or shortly before, line ``at``."""
        mark = self.lines[at]
        if mark.kind is LineKind.FIELD and mark.field in _PAPER_FIELDS:
            self._scan_field(at)
        elif mark.kind is LineKind.FIELD and mark.field is Field.DATE:
            self._scan_date(at)
        elif mark.kind in {LineKind.TEXT, LineKind.SECTION} and self._is_title_by_itself(at):
            self._add_boundary(Boundary(at=at, title=at))
        elif mark.kind is LineKind.SECTION and (not self.boundaries or mark.section in self.seen_sections):
            self._scan_section(at)
        elif mark.is_separator and mark.text.strip() == self.title_rule:
            self.separated_at = at
        if mark.section and self.boundaries and self.boundaries[-1].title != at:
            self.seen_sections.add(mark.section)
            self.separated_at = None

    def _add_boundary(self, boundary: Boundary) -> None:
        if self.title_style is None and boundary.title is not None:
            self.title_style = _style_key(self.lines[boundary.title])
            before = self._previous_written(boundary.title)
            self.title_rule = self.lines[before].text.strip() if before is not None and self._is_rule(before) else ""
        self.boundaries.append(boundary)
        self.seen_sections.clear()
        self.separated_at = None

    def _scan_field(self, at: int) -> None:
        title, ground = self._title_above(at)
        if self.boundaries and title is not None and title <= self.boundaries[-1].at:
            return
        if title is None:
            if ground != self.search_floor and self._is_untitled_start(at, ground):
                self.search_floor = ground
                self._add_boundary(Boundary(at=at))
        elif self._is_confirmed_title(at, title):
            self._add_boundary(Boundary(at=title, title=title))

    def _scan_date(self, at: int) -> None:
        title, _ = self._title_above(at)
        if self.boundaries and title is not None and self.boundaries[-1].at < title:
            dress = self.lines[title].style
            if dress and dress.level == 1 and any(char.isdigit() for char in self.lines[at].value):
                self._add_boundary(Boundary(at=title, is_paper=False))

    def _scan_section(self, at: int) -> None:
        """Begin a paper above a section that begins anew, where its address or a separator tells of one."""
        lines = self._preamble(at)
        addressed = [line for line in lines if self._has_address(line)]
        title = self._choose_title(lines, addressed[0]) if addressed else None
        known = title is not None and (
            self.lines[title].has_page_emoji or self._separator_before(title) or self._has_title_style(title)
        )
        if addressed and (not self.boundaries or known):
            self._add_boundary(Boundary(at=lines[0] if title is None else title, title=title))
        elif self.separated_at is not None:
            self._add_boundary(Boundary(at=self.separated_at + 1))

    def _preamble(self, at: int) -> list[int]:
        """Return the written lines above a section that may be a title or stand between it and the section."""
        lines: list[int] = []
        for above in self._above(at, _MAX_SECTION_DISTANCE):
            mark = self.lines[above]
            date = above == self.date_line and not any(self._is_heading(line) for line in lines)
            head = mark.field is Field.SOURCE and mark.arxiv_id is None
            rule = mark.kind is LineKind.RULE and not self._underlines(above)
            begun = bool(self.boundaries) and above <= (self.boundaries[-1].title or self.boundaries[-1].at)
            if mark.kind is LineKind.SECTION or date or head or rule or begun:
                break
            if mark.kind not in {LineKind.RULE, LineKind.FENCE}:
                lines.append(above)
        return lines[::-1]

    def _has_address(self, at: int) -> bool:
        return find_arxiv_id(self.lines[at].text) is not None

    def _is_label(self, at: int) -> bool:
        mark = self.lines[at]
        return mark.kind is LineKind.FIELD or (mark.kind is LineKind.TEXT and is_label_line(mark.text))

    def _choose_title(self, lines: Sequence[int], address: int) -> int | None:
        """Return the line of a preamble that is its title: above the address where words stand there."""
        texts = [at for at in lines if self.lines[at].kind is LineKind.TEXT and not self._is_label(at)]
        texts = [at for at in texts if not self._is_file_title(at)] or texts
        above = [at for at in texts if at <= address] or texts
        signs: tuple[Callable[[int], bool], ...] = (
            lambda at: self.lines[at].has_page_emoji,
            self._has_title_style,
            self._is_heading,
            self._is_bold,
        )
        for sign in signs:
            if found := [at for at in above if sign(at)]:
                return found[-1] if sign == self._is_heading else found[0]
        return above[-1] if above else None

    def _has_title_style(self, at: int) -> bool:
        """Return whether a line has the dress of the first title, where that is one that no text has."""
        dress = self.lines[at].style
        marked = dress is not None and (dress.level > 0 or dress.bold)
        return marked and self._same_style(at) and not self._is_label(at)

    def _is_heading(self, at: int) -> bool:
        dress = self.lines[at].style
        return dress is not None and dress.level > 0 and not is_label_line(self.lines[at].text)

    def _is_bold(self, at: int) -> bool:
        bare = self.lines[at].text.strip()
        return bare.startswith(("**", "__")) and bare.endswith(("**", "__"))

    def _is_file_title(self, at: int) -> bool:
        """Return whether a line is the title of the whole file."""
        dress = self.lines[at].style
        first = self.order[at] == 0 and dress is not None and dress.level == 1
        return first and not self.lines[at].has_page_emoji and not self._has_address(at)

    def _above(self, at: int, limit: int) -> Iterator[int]:
        """Return the written lines above ``at``, the nearest first."""
        for order in range(self.order[at] - 1, max(-1, self.order[at] - 1 - limit), -1):
            yield self.written[order]

    def _below(self, at: int, limit: int) -> Iterator[int]:
        """Return the written lines below ``at``, the nearest first."""
        start = self.order[at] + 1
        for order in range(start, min(len(self.written), start + limit)):
            yield self.written[order]

    def _title_above(self, at: int) -> tuple[int | None, int]:
        """Return the title above a ``label: value`` line, and where the search ended.

        That is the nearest line of words, unless it is a label that nobody knows, or a few such lines stand
        below a heading.
        """
        nearest: int | None = None
        passed, surely_only = 0, False
        for above in self._above(at, _MAX_FIELD_DISTANCE):
            mark = self.lines[above]
            if mark.kind is LineKind.TEXT:
                if nearest is not None and self._is_file_title(above):
                    return nearest, nearest
                if self._is_certain_title(above, passed):
                    return above, above
                if surely_only or passed > _MAX_TEXT_LINES:
                    return nearest, above if nearest is None else nearest
                if nearest is None or (self._is_label(nearest) and not self._is_label(above)):
                    nearest = above
                passed += not self._is_label(above)
            elif above == self.date_line:
                surely_only = True
            elif not self._is_skippable(above):
                if mark.kind is LineKind.SECTION and nearest is None and not surely_only:
                    return above, above
                return nearest, above if nearest is None else nearest
        return nearest, -1 if nearest is None else nearest

    def _is_skippable(self, at: int) -> bool:
        """Return whether a line that is no text may stand between a title and what is told of its paper."""
        mark = self.lines[at]
        return mark.field in _ALL_FIELDS or (mark.kind is LineKind.RULE and self._underlines(at))

    def _is_certain_title(self, at: int, passed: int) -> bool:
        """Return whether a line is surely a title, though ``passed`` lines of words stand below it."""
        if self.lines[at].has_page_emoji or self._has_title_style(at):
            return True
        heading = self._is_heading(at) and not self._is_file_title(at)
        return heading and (passed == 0 or self.title_style is None)

    def _underlines(self, rule: int) -> bool:
        """Return whether a rule makes the line above it a title, as Markdown's setext headings do."""
        if rule == 0 or self.lines[rule - 1].kind not in {LineKind.TEXT, LineKind.SECTION}:
            return False
        return rule == 1 or self.lines[rule - 2].kind in {LineKind.BLANK, LineKind.RULE}

    def _is_rule(self, at: int) -> bool:
        return self.lines[at].kind is LineKind.RULE

    def _previous_written(self, at: int) -> int | None:
        """Return the last line before ``at`` that is not blank."""
        return next(self._above(at, 1), None)

    def _separator_before(self, at: int) -> bool:
        """Return whether a separator as between papers stands before ``at``."""
        before = self._previous_written(at)
        if before is None or not self._is_rule(before):
            return False
        rule = self.lines[before]
        return rule.is_separator or (bool(self.title_rule) and rule.text.startswith(self.title_rule[0]))

    def _has_source_nearby(self, at: int, stop: int) -> bool:
        if self.lines[at].field is Field.SUMMARY_SOURCE:
            return True
        for lines in (self._above(at, _MAX_FIELD_DISTANCE), self._below(at, _MAX_FIELD_DISTANCE)):
            for near in lines:
                mark = self.lines[near]
                if near == stop or not self._is_label(near):
                    break
                if mark.field is Field.SUMMARY_SOURCE:
                    return True
        return False

    def _is_untitled_start(self, at: int, floor: int) -> bool:
        """Return whether a paper without title begins at ``at``: nothing but a separator above it."""
        known = self.lines[at].arxiv_id is not None or self._has_source_nearby(at, floor)
        if floor < 0 or not known:
            return known and not self.boundaries
        mark = self.lines[floor]
        if mark.kind is LineKind.FIELD:
            return not self.boundaries or self._has_source_nearby(at, floor)
        return mark.is_separator or (
            bool(self.title_rule) and mark.text.startswith(self.title_rule[0]) and self._starts_new_paper(at) is True
        )

    def _is_confirmed_title(self, at: int, title: int) -> bool:
        mark, link = self.lines[title], self.lines[at].arxiv_id
        if self._has_source_nearby(at, title):
            return True
        if link is None or mark.kind is LineKind.SECTION:
            return False
        if not self.boundaries or (
            self._separator_before(title) and (self._same_style(title) or self._strong_separator_before(title))
        ):
            return True
        anew = self._starts_new_paper(at)
        if mark.style and mark.style.level and self._same_style(title):
            return anew is not False
        return anew is True and bool(self.seen_sections) and self._looks_like_title(title)

    def _strong_separator_before(self, title: int) -> bool:
        before = self._previous_written(title)
        return before is not None and self.lines[before].is_separator

    def _starts_new_paper(self, at: int) -> bool | None:
        """Return whether the next section is one that the present paper has already; None for no next one."""
        coming = self.next_section[at]
        section = self.lines[coming].section if coming is not None else None
        return (section in self.seen_sections or not self.seen_sections) if section else None

    def _same_style(self, title: int) -> bool:
        return self.title_style is not None and self.title_style == _style_key(self.lines[title])

    def _looks_like_title(self, title: int) -> bool:
        dress = self.lines[title].style
        free = title == 0 or self.lines[title - 1].kind in {LineKind.BLANK, LineKind.RULE}
        return dress is not None and (dress.level > 0 or dress.bold or (free and not dress.bullet))

    def _is_title_by_itself(self, at: int) -> bool:
        """Return whether line ``at`` is a title even if no link follows it."""
        mark = self.lines[at]
        page = mark.has_page_emoji
        if not page and not self._is_heading(at):
            return False
        soon = self._next_field(at)
        if page:
            return soon in _PAPER_FIELDS or (soon is not Field.DATE and self._is_unlinked_page_title(at))
        if mark.kind is LineKind.SECTION or mark.style is None or soon in {Field.DATE, Field.SOURCE}:
            return False
        coming = self.next_section[at]
        near = coming is not None and self.order[coming] - self.order[at] <= _MAX_SECTION_DISTANCE
        if not near:
            return False
        if self.boundaries and self._same_style(at):
            return bool(self.seen_sections) and self._starts_new_paper(at) is True
        return self._strong_separator_before(at) and (
            not self.boundaries or (bool(self.seen_sections) and self._starts_new_paper(at) is True)
        )

    def _is_unlinked_page_title(self, at: int) -> bool:
        """Return whether a line with 📄 that no link follows is a paper's title, and no inner title or text."""
        mark = self.lines[at]
        inner = bool(self.boundaries) and not self.seen_sections
        if mark.kind is not LineKind.TEXT or mark.style is None or inner:
            return False
        titled = bool(mark.style.level) or mark.style.bold or self._separator_before(at)
        return titled and (not self.boundaries or self._same_style(at) or self._starts_new_paper(at) is True)

    def _next_field(self, at: int) -> Field | None:
        """Return the first ``label: value`` line below ``at`` that is known, if only others stand between."""
        for below in self._below(at, _MAX_FIELD_DISTANCE):
            mark = self.lines[below]
            if mark.kind is LineKind.FIELD and mark.field is not Field.OTHER:
                return mark.field
            underline = mark.kind is LineKind.RULE and below == at + 1
            if not underline and not self._is_label(below):
                return None
        return None
