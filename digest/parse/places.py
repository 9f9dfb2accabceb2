"""Where the papers of a report begin: at a title that its link or source line follows soon.

The same could stand in a paper's text (``#### 资源`` and a link below it), so a title counts only with more
evidence: 📄, a source line, a separator, the dress of the first title, sections that begin anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from digest.model import Section
from digest.parse.marks import Kind, Mark
from digest.parse.names import Particular

_SOON = 10
_NEAR = 14
_TELLING = frozenset({Particular.LINK, Particular.READ_FROM})
_BESIDE = frozenset({Particular.LINK, Particular.READ_FROM, Particular.SOURCE, Particular.OTHER})


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
    scan = _Scan(marks, _next_sections(marks))
    for at, mark in enumerate(marks):
        if mark.kind is not Kind.BLANK:
            scan.look_at(at)
    return tuple(scan.places)


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
    """One pass over the lines of a report; each line looks at most a few lines around itself."""

    marks: Sequence[Mark]
    following: Sequence[int | None]
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
        elif mark.kind is Kind.SECTION and self.parted_at is not None and mark.section in self.seen:
            self._begin(Place(at=self.parted_at + 1))
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

    def _title_above(self, at: int) -> tuple[int | None, int]:
        """Give the title above a ``label: value`` line, and where the search ended."""
        for above in range(at - 1, max(-1, at - 1 - _SOON), -1):
            mark = self.marks[above]
            if mark.kind in {Kind.TEXT, Kind.SECTION}:
                return above, above
            beside = mark.kind is Kind.BLANK or mark.particular in _BESIDE
            if not beside and not (mark.kind is Kind.RULE and self._underlines(above)):
                return None, above
        return None, -1

    def _underlines(self, rule: int) -> bool:
        """Tell whether a rule makes the line above it a title, as Markdown's setext headings do."""
        if rule == 0 or self.marks[rule - 1].kind not in {Kind.TEXT, Kind.SECTION}:
            return False
        return rule == 1 or self.marks[rule - 2].kind in {Kind.BLANK, Kind.RULE}

    def _is_rule(self, at: int) -> bool:
        return self.marks[at].kind is Kind.RULE

    def _before(self, at: int) -> int | None:
        """Give the last line before ``at`` that is not blank, if it is near."""
        for above in range(at - 1, max(-1, at - 1 - _SOON), -1):
            if self.marks[above].kind is not Kind.BLANK:
                return above
        return None

    def _parted(self, at: int) -> bool:
        """Tell whether a separator as between papers stands before ``at``."""
        before = self._before(at)
        if before is None or not self._is_rule(before):
            return False
        rule = self.marks[before]
        return rule.heavy or (bool(self.rule) and rule.text.startswith(self.rule[0]))

    def _has_source_beside(self, at: int, stop: int) -> bool:
        first, last = max(stop, at - _SOON, -1), min(len(self.marks), at + _SOON)
        for step, limit in ((-1, first), (1, last)):
            for near in range(at, limit, step):
                mark = self.marks[near]
                if mark.kind not in {Kind.BLANK, Kind.PARTICULAR}:
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
        soon = self._particular_soon(at)
        if mark.is_page:
            return soon in _TELLING or (soon is not Particular.DATE and self._is_lonely_page(at))
        if mark.kind is Kind.SECTION or mark.dress is None or soon in {Particular.DATE, Particular.SOURCE}:
            return False
        coming = self.following[at]
        near = coming is not None and coming - at <= _NEAR
        if not near or not mark.dress.level:
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
        """Give the first ``label: value`` line below ``at``, if nothing but blanks stands between."""
        for below in range(at + 1, min(len(self.marks), at + 1 + _SOON)):
            mark = self.marks[below]
            if mark.kind is Kind.PARTICULAR:
                return mark.particular
            if mark.kind is not Kind.BLANK and not (mark.kind is Kind.RULE and below == at + 1):
                return None
        return None
