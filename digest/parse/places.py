"""Where the papers of a report begin: at a title that its link or source line follows soon.

The same could stand in a paper's text (``#### 资源`` and a link below it), so a title counts only with more
evidence: 📄, a source line, a separator, the dress of the first title, sections that begin anew.
Where sections begin and no such title was found, an arXiv address anywhere above them tells the paper.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from digest.arxiv import find_arxiv_id
from digest.model import Section
from digest.parse.labels import is_label_line
from digest.parse.marks import Kind, Mark
from digest.parse.names import Particular

_SOON = 14
_NEAR = 20
_MOST_CHATTER = 3
"""Lines of words that may stand between a heading and the address below it."""
_TELLING = frozenset({Particular.LINK, Particular.READ_FROM})
_BESIDE = frozenset(Particular)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Something begins at line index ``at``: a paper, or (``paper`` False) the head of another report.

    ``title`` is the index of the title line, None where the paper has none.
    """

    at: int
    title: int | None = None
    paper: bool = True


def find_places(marks: Sequence[Mark]) -> tuple[Place, ...]:
    """Give the beginnings of papers, and of further reports' heads, in order."""
    written = [at for at, mark in enumerate(marks) if mark.kind is not Kind.BLANK]
    dated = next((at for at in written if marks[at].particular is Particular.DATE), None)
    scan = _Scan(marks, _next_sections(marks), written, _orders(marks), dated)
    for at, mark in enumerate(marks):
        if mark.kind is not Kind.BLANK:
            scan.look_at(at)
    return tuple(scan.places)


def _orders(marks: Sequence[Mark]) -> tuple[int, ...]:
    """Give for each line how many lines that are not blank stand before it."""
    orders, count = [], 0
    for mark in marks:
        orders.append(count)
        count += mark.kind is not Kind.BLANK
    return tuple(orders)


def _next_sections(marks: Sequence[Mark]) -> tuple[int | None, ...]:
    """Give for each line the index of the next section heading behind it."""
    following: list[int | None] = []
    coming = None
    for at in range(len(marks) - 1, -1, -1):
        following.append(coming)
        coming = at if marks[at].kind is Kind.SECTION else coming
    return tuple(reversed(following))


Style = tuple[int, int, str, bool]


def _style(mark: Mark) -> Style:
    dress = mark.dress
    return (dress.indent, dress.level, dress.bullet, dress.bold) if dress else (0, 0, "", False)


@dataclass(slots=True)
class _Scan:
    """One pass over the lines of a report; each line looks at most a few lines around itself.

    ``written`` are the indices of the lines that are not blank, ``order`` is how many of them stand before
    each line: blank lines are not looked at again. ``dated`` is the first line with a date, the head's.
    """

    marks: Sequence[Mark]
    following: Sequence[int | None]
    written: Sequence[int]
    order: Sequence[int]
    dated: int | None
    places: list[Place] = field(default_factory=list)
    seen: set[Section] = field(default_factory=set)
    style: Style | None = None
    rule: str = ""
    parted_at: int | None = None
    ground: int | None = None

    def look_at(self, at: int) -> None:
        """Decide whether something begins at, or shortly before, line ``at``."""
        mark = self.marks[at]
        if mark.kind is Kind.PARTICULAR and mark.particular in _TELLING:
            self._from_particular(at)
        elif mark.kind is Kind.PARTICULAR and mark.particular is Particular.DATE:
            self._from_date(at)
        elif mark.kind in {Kind.TEXT, Kind.SECTION} and self._is_title_by_itself(at):
            self._begin(Place(at=at, title=at))
        elif mark.kind is Kind.SECTION and (not self.places or mark.section in self.seen):
            self._from_section(at)
        elif mark.heavy and mark.text.strip() == self.rule:
            self.parted_at = at
        if mark.section and self.places and self.places[-1].title != at:
            self.seen.add(mark.section)
            self.parted_at = None

    def _begin(self, place: Place) -> None:
        if self.style is None and place.title is not None:
            self.style = _style(self.marks[place.title])
            before = self._before(place.title)
            self.rule = (
                self.marks[before].text.strip() if before is not None and self._is_rule(before) else ""
            )
        self.places.append(place)
        self.seen.clear()
        self.parted_at = None

    def _from_particular(self, at: int) -> None:
        title, ground = self._title_above(at)
        if self.places and title is not None and title <= self.places[-1].at:
            return
        if title is None:
            if ground != self.ground and self._stands_alone(at, ground):
                self.ground = ground
                self._begin(Place(at=at))
        elif self._is_evident(at, title):
            self._begin(Place(at=title, title=title))

    def _from_date(self, at: int) -> None:
        title, _ = self._title_above(at)
        if self.places and title is not None and self.places[-1].at < title:
            dress = self.marks[title].dress
            if dress and dress.level == 1 and any(char.isdigit() for char in self.marks[at].value):
                self._begin(Place(at=title, paper=False))

    def _from_section(self, at: int) -> None:
        """Begin a paper above a section that begins anew, where its address or a separator tells of one."""
        lines = self._preamble(at)
        addressed = [line for line in lines if self._has_address(line)]
        title = self._title_among(lines, addressed[0]) if addressed else None
        known = title is not None and (
            self.marks[title].is_page or self._parted(title) or self._dressed(title)
        )
        if addressed and (not self.places or known):
            self._begin(Place(at=lines[0] if title is None else title, title=title))
        elif self.parted_at is not None:
            self._begin(Place(at=self.parted_at + 1))

    def _preamble(self, at: int) -> list[int]:
        """Give the written lines above a section that may be a title or stand between it and the section."""
        lines: list[int] = []
        for above in self._above(at, _NEAR):
            mark = self.marks[above]
            date = above == self.dated and not any(self._is_heading(line) for line in lines)
            head = mark.particular is Particular.SOURCE and mark.link is None
            rule = mark.kind is Kind.RULE and not self._underlines(above)
            begun = bool(self.places) and above <= (self.places[-1].title or self.places[-1].at)
            if mark.kind is Kind.SECTION or date or head or rule or begun:
                break
            if mark.kind not in {Kind.RULE, Kind.FENCE}:
                lines.append(above)
        return lines[::-1]

    def _has_address(self, at: int) -> bool:
        return find_arxiv_id(self.marks[at].text) is not None

    def _is_label(self, at: int) -> bool:
        mark = self.marks[at]
        return mark.kind is Kind.PARTICULAR or (mark.kind is Kind.TEXT and is_label_line(mark.text))

    def _title_among(self, lines: Sequence[int], address: int) -> int | None:
        """Give the line of a preamble that is its title: above the address where words stand there."""
        texts = [at for at in lines if self.marks[at].kind is Kind.TEXT and not self._is_label(at)]
        texts = [at for at in texts if not self._is_head(at)] or texts
        above = [at for at in texts if at <= address] or texts
        signs: tuple[Callable[[int], bool], ...] = (
            lambda at: self.marks[at].is_page,
            self._dressed,
            self._is_heading,
            self._is_bold,
        )
        for sign in signs:
            if found := [at for at in above if sign(at)]:
                return found[-1] if sign == self._is_heading else found[0]
        return above[-1] if above else None

    def _dressed(self, at: int) -> bool:
        """Tell whether a line has the dress of the first title, where that is one that no text has."""
        dress = self.marks[at].dress
        marked = dress is not None and (dress.level > 0 or dress.bold)
        return marked and self._same_style(at) and not self._is_label(at)

    def _is_heading(self, at: int) -> bool:
        dress = self.marks[at].dress
        return dress is not None and dress.level > 0 and not is_label_line(self.marks[at].text)

    def _is_bold(self, at: int) -> bool:
        bare = self.marks[at].text.strip()
        return bare.startswith(("**", "__")) and bare.endswith(("**", "__"))

    def _is_head(self, at: int) -> bool:
        """Tell whether a line is the title of the whole file."""
        dress = self.marks[at].dress
        first = self.order[at] == 0 and dress is not None and dress.level == 1
        return first and not self.marks[at].is_page and not self._has_address(at)

    def _above(self, at: int, most: int) -> Iterator[int]:
        """Give the written lines above ``at``, the nearest first."""
        for order in range(self.order[at] - 1, max(-1, self.order[at] - 1 - most), -1):
            yield self.written[order]

    def _below(self, at: int, most: int) -> Iterator[int]:
        """Give the written lines below ``at``, the nearest first."""
        start = self.order[at] + 1
        for order in range(start, min(len(self.written), start + most)):
            yield self.written[order]

    def _title_above(self, at: int) -> tuple[int | None, int]:
        """Give the title above a ``label: value`` line, and where the search ended.

        That is the nearest line of words, unless it is a label that nobody knows, or a few such lines stand
        below a heading.
        """
        nearest: int | None = None
        passed, surely_only = 0, False
        for above in self._above(at, _SOON):
            mark = self.marks[above]
            if mark.kind is Kind.TEXT:
                if nearest is not None and self._is_head(above):
                    return nearest, nearest
                if self._leads(above, passed):
                    return above, above
                if surely_only or passed > _MOST_CHATTER:
                    return nearest, above if nearest is None else nearest
                if nearest is None or (self._is_label(nearest) and not self._is_label(above)):
                    nearest = above
                passed += not self._is_label(above)
            elif above == self.dated:
                surely_only = True
            elif not self._is_beside(above):
                if mark.kind is Kind.SECTION and nearest is None and not surely_only:
                    return above, above
                return nearest, above if nearest is None else nearest
        return nearest, -1 if nearest is None else nearest

    def _is_beside(self, at: int) -> bool:
        """Tell whether a line that is no text may stand between a title and what is told of its paper."""
        mark = self.marks[at]
        return mark.particular in _BESIDE or (mark.kind is Kind.RULE and self._underlines(at))

    def _leads(self, at: int, passed: int) -> bool:
        """Tell whether a line is surely a title, though ``passed`` lines of words stand below it."""
        if self.marks[at].is_page or self._dressed(at):
            return True
        heading = self._is_heading(at) and not self._is_head(at)
        return heading and (passed == 0 or self.style is None)

    def _underlines(self, rule: int) -> bool:
        """Tell whether a rule makes the line above it a title, as Markdown's setext headings do."""
        if rule == 0 or self.marks[rule - 1].kind not in {Kind.TEXT, Kind.SECTION}:
            return False
        return rule == 1 or self.marks[rule - 2].kind in {Kind.BLANK, Kind.RULE}

    def _is_rule(self, at: int) -> bool:
        return self.marks[at].kind is Kind.RULE

    def _before(self, at: int) -> int | None:
        """Give the last line before ``at`` that is not blank."""
        return next(self._above(at, 1), None)

    def _parted(self, at: int) -> bool:
        """Tell whether a separator as between papers stands before ``at``."""
        before = self._before(at)
        if before is None or not self._is_rule(before):
            return False
        rule = self.marks[before]
        return rule.heavy or (bool(self.rule) and rule.text.startswith(self.rule[0]))

    def _has_source_beside(self, at: int, stop: int) -> bool:
        if self.marks[at].particular is Particular.READ_FROM:
            return True
        for lines in (self._above(at, _SOON), self._below(at, _SOON)):
            for near in lines:
                mark = self.marks[near]
                if near == stop or not self._is_label(near):
                    break
                if mark.particular is Particular.READ_FROM:
                    return True
        return False

    def _stands_alone(self, at: int, ground: int) -> bool:
        """Tell whether a paper without title begins at ``at``: nothing but a separator above it."""
        known = self.marks[at].link is not None or self._has_source_beside(at, ground)
        if ground < 0 or not known:
            return known and not self.places
        mark = self.marks[ground]
        if mark.kind is Kind.PARTICULAR:
            return not self.places or self._has_source_beside(at, ground)
        return mark.heavy or (
            bool(self.rule) and mark.text.startswith(self.rule[0]) and self._anew(at) is True
        )

    def _is_evident(self, at: int, title: int) -> bool:
        mark, link = self.marks[title], self.marks[at].link
        if self._has_source_beside(at, title):
            return True
        if link is None or mark.kind is Kind.SECTION:
            return False
        if not self.places or (self._parted(title) and (self._same_style(title) or self._heavy(title))):
            return True
        anew = self._anew(at)
        if mark.dress and mark.dress.level and self._same_style(title):
            return anew is not False
        return anew is True and bool(self.seen) and self._looks_like_title(title)

    def _heavy(self, title: int) -> bool:
        before = self._before(title)
        return before is not None and self.marks[before].heavy

    def _anew(self, at: int) -> bool | None:
        """Tell whether the next section is one that the present paper has already; None for no next one."""
        coming = self.following[at]
        section = self.marks[coming].section if coming is not None else None
        return (section in self.seen or not self.seen) if section else None

    def _same_style(self, title: int) -> bool:
        return self.style is not None and self.style == _style(self.marks[title])

    def _looks_like_title(self, title: int) -> bool:
        dress = self.marks[title].dress
        free = title == 0 or self.marks[title - 1].kind in {Kind.BLANK, Kind.RULE}
        return dress is not None and (dress.level > 0 or dress.bold or (free and not dress.bullet))

    def _is_title_by_itself(self, at: int) -> bool:
        """Tell whether line ``at`` is a title even if no link follows it."""
        mark = self.marks[at]
        page = mark.is_page
        if not page and not self._is_heading(at):
            return False
        soon = self._particular_soon(at)
        if page:
            return soon in _TELLING or (soon is not Particular.DATE and self._is_lonely_page(at))
        if mark.kind is Kind.SECTION or mark.dress is None or soon in {Particular.DATE, Particular.SOURCE}:
            return False
        coming = self.following[at]
        near = coming is not None and self.order[coming] - self.order[at] <= _NEAR
        if not near:
            return False
        if self.places and self._same_style(at):
            return bool(self.seen) and self._anew(at) is True
        return self._heavy(at) and (not self.places or (bool(self.seen) and self._anew(at) is True))

    def _is_lonely_page(self, at: int) -> bool:
        """Tell whether a line with 📄 that no link follows is a paper's title, and no inner title or text."""
        mark = self.marks[at]
        inner = bool(self.places) and not self.seen
        if mark.kind is not Kind.TEXT or mark.dress is None or inner:
            return False
        titled = bool(mark.dress.level) or mark.dress.bold or self._parted(at)
        return titled and (not self.places or self._same_style(at) or self._anew(at) is True)

    def _particular_soon(self, at: int) -> Particular | None:
        """Give the first ``label: value`` line below ``at`` that is known, if only others stand between."""
        for below in self._below(at, _SOON):
            mark = self.marks[below]
            if mark.kind is Kind.PARTICULAR and mark.particular is not Particular.OTHER:
                return mark.particular
            underline = mark.kind is Kind.RULE and below == at + 1
            if not underline and not self._is_label(below):
                return None
        return None
