"""What a row of another tool's export says of its owner: whether they get the list there.

Whoever may have left is never mailed: of two columns that disagree the one that says "left" counts, and a
word in a column of states that is not known counts as unclear, and is not passed.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from digest.app.roster import standing_words as known
from digest.app.roster.export import PREFERRED
from digest.app.roster.standing_words import plain, squeezed, words_of

_OURS = frozenset({*PREFERRED, "subscriber", "channel", "address"})
_ITEMS = re.compile(r":::|[,;|/\n、，；]")
_CACHED = 50_000


class Standing(StrEnum):
    """What a cell says of whether somebody gets the list; ``silent`` says nothing."""

    SILENT = "silent"
    GETS_IT = "gets it"
    UNCLEAR = "unclear whether subscribed there"
    UNCONFIRMED = "not confirmed there"
    LEFT = "not subscribed there"


_WORST_FIRST = (Standing.LEFT, Standing.UNCONFIRMED, Standing.UNCLEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a row is not taken: ``reason`` is short and counted, ``detail`` says what stands in the file."""

    reason: str
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class _Column:
    """One column that is asked; ``needed``: where others say yes, nothing at all is no yes."""

    at: int
    name: str
    says: Callable[[str], Standing]
    needed: bool = False
    silence: Standing = Standing.SILENT

    def of(self, cells: Sequence[str]) -> tuple[Standing, str]:
        """Return what a row's cell says, and the cell."""
        cell = cells[self.at] if self.at < len(cells) else ""
        standing = self.says(cell)
        return (self.silence if standing is Standing.SILENT else standing), cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """Reads the columns of one table that say whether people get its list."""

    columns: Sequence[_Column]

    @property
    def last_asked(self) -> int:
        """The last column that is there to say who gets the list, -1 for none."""
        return max((column.at for column in self.columns if column.says is not _of_anything), default=-1)

    def refusal_of(self, cells: Sequence[str]) -> Refusal | None:
        """Return why a row's owner does not get the list, as far as the row says; None for nothing."""
        found: dict[Standing, str] = {}
        for column in self.columns:
            standing, cell = column.of(cells)
            if standing in _WORST_FIRST:
                found.setdefault(standing, f"{column.name}={cell}" if cell else f"nothing in {column.name}")
        worst = next((one for one in _WORST_FIRST if one in found), None)
        return Refusal(reason=worst, detail=found[worst]) if worst else None


def standings_of(names: Sequence[str], rows: Sequence[Sequence[str]], *, asked: Iterable[int]) -> Standings:
    """Return what reads a table with these names; ``asked`` are the columns that have no other meaning."""
    all_names = {squeezed(name) for name in names}
    columns = [
        column
        for at in asked
        if squeezed(names[at]) not in _OURS and (column := _column(at, names[at], all_names, rows))
    ]
    for column in columns:
        if column.needed and any(column.of(cells)[0] is Standing.GETS_IT for cells in rows):
            confirming = known.CONFIRMING.search(squeezed(column.name))
            column.silence = Standing.UNCONFIRMED if confirming else Standing.UNCLEAR
    return Standings(columns=columns)


def _column(at: int, name: str, all_names: set[str], rows: Sequence[Sequence[str]]) -> _Column | None:
    """Return the column that reads what stands there; None for one that is never asked."""
    tight, text = squeezed(name), " ".join(words_of(name))
    if known.STATUS_NAME.fullmatch(tight) and not _is_a_place(at, tight, rows):
        return _Column(at=at, name=name, says=_of_status)
    if _is_elsewhere(tight, text, all_names):
        return None
    left = _names_leaving(name, tight)
    if left is None:
        return _Column(at=at, name=name, says=_of_other(tight))
    if left:
        return _Column(at=at, name=name, says=_of_leaving_unconfirmed if _asks(tight) else _of_leaving)
    flag = known.FLAG_NAME.fullmatch(tight) is not None
    needed = flag or known.CONFIRMED_WHEN.fullmatch(tight) is not None
    return _Column(at=at, name=name, says=_getting(flag=flag, confirming=_asks(tight)), needed=needed)


def _of_other(tight: str) -> Callable[[str], Standing]:
    if known.NOTES.fullmatch(tight):
        return _of_a_note
    return _of_odd_status if known.LIKE_A_STATUS.fullmatch(tight) else _of_anything


def _asks(tight: str) -> bool:
    return known.CONFIRMING.search(tight) is not None or known.UNCONFIRMED.search(tight) is not None


def _is_elsewhere(tight: str, text: str, all_names: set[str]) -> bool:
    """Tell whether a column speaks of something else: a link, a phone, a number of bounces, a paid plan."""
    if known.TECHNICAL.search(text) or (known.OTHER_CHANNEL.search(text) and "mail" not in tight):
        return True
    if known.COUNTED.search(tight) and "bounc" in tight:
        return True
    return tight in known.PAID_PLAN and bool(all_names & known.PAID_BESIDE)


def _names_leaving(name: str, tight: str) -> bool | None:
    """Tell whether a column says that somebody left, or (False) that they get mail; None for neither."""
    words = words_of(name)
    for at, word in enumerate(words):
        rest = words[at + 1 :]
        if word not in known.NEGATIONS or not rest or rest[0] == "of":
            continue
        after = "".join(rest)
        if known.LEFT_NAME.search(after):
            return False
        if known.MAIL_NAME.search(after) or any(known.MAIL_WORDS.fullmatch(one) for one in rest):
            return True
    if known.LEFT_NAME.search(tight):
        return True
    if known.MAIL_NAME.search(tight) and "last" not in words:
        return False
    return None


def _is_a_place(at: int, tight: str, rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether a column ``state`` has no word of a subscription at all, but parts of a country."""
    if tight not in known.STATE_OF_COUNTRY:
        return False
    cells = {cells[at] for cells in rows if at < len(cells)} - {""}
    return bool(cells) and all(_of_status(cell) in (Standing.UNCLEAR, Standing.SILENT) for cell in cells)


def _cached(function: Callable[[str], Standing]) -> Callable[[str], Standing]:
    """Remember short cells; a column has few words, or dates that are all alike."""
    memory: dict[str, Standing] = {}

    def remembered(cell: str) -> Standing:
        if cell not in memory:
            if len(memory) >= _CACHED:
                memory.clear()
            memory[cell] = function(cell)
        return memory[cell]

    return remembered


def _is_nothing(text: str) -> bool:
    return text in known.NOTHING or known.ZERO_DATE.fullmatch(text) is not None


def _is_no(text: str) -> bool:
    return text in known.NO or text.strip(" .!。") in known.NO


def _is_yes(text: str) -> bool:
    return text in known.YES or text.strip(" .!。") in known.YES


def _of_words(text: str) -> Standing:
    """Return what words say of a subscription: ``unclear`` where they are not known."""
    tight = squeezed(text)
    if tight in known.GETS_IT or known.NOT_LEFT.fullmatch(tight):
        return Standing.GETS_IT
    if known.UNCONFIRMED.search(tight):
        return Standing.UNCONFIRMED
    words = set(words_of(text))
    if known.LEFT.search(tight) or words & known.LEFT_WORDS:
        return Standing.LEFT
    if words & known.NEGATIONS:
        return Standing.LEFT if words & known.GETS_IT else Standing.UNCLEAR
    rest = {word for word in words - known.GETS_IT_BESIDE if not word.isdigit()}
    if rest and rest <= known.GETS_IT:
        return Standing.GETS_IT
    return Standing.UNCLEAR


@_cached
def _of_status(cell: str) -> Standing:
    """Return what a cell of a column of states says; a word that is not known is unclear."""
    text = plain(cell)
    return Standing.SILENT if _is_nothing(text) else _of_words(text)


@_cached
def _of_odd_status(cell: str) -> Standing:
    """Return what a state of something says: only that somebody left."""
    standing = _of_status(cell)
    return standing if standing is Standing.LEFT else Standing.SILENT


@_cached
def _of_leaving(cell: str) -> Standing:
    """Return what a cell of a column of leaving says: whatever stands there, but a no, is a yes."""
    text = plain(cell)
    if _is_nothing(text) or _is_no(text) or _of_words(text) is Standing.GETS_IT:
        return Standing.SILENT
    return Standing.LEFT


@_cached
def _of_leaving_unconfirmed(cell: str) -> Standing:
    """Return what a cell of a column such as ``unconfirmed`` says."""
    left = _of_leaving(cell) is Standing.LEFT
    return Standing.UNCONFIRMED if left else Standing.SILENT


@cache
def _getting(*, flag: bool, confirming: bool) -> Callable[[str], Standing]:
    """Return what reads a column such as ``opt_in``: a no there is a no, and in a ``flag`` every odd word."""

    @_cached
    def says(cell: str) -> Standing:
        text = plain(cell)
        if known.ZERO_DATE.fullmatch(text) or _is_no(text):
            return Standing.UNCONFIRMED if confirming else Standing.LEFT
        if _is_nothing(text):
            return Standing.SILENT
        if _is_yes(text) or known.DATE.fullmatch(text):
            return Standing.GETS_IT
        standing = _of_words(text)
        if standing is not Standing.UNCLEAR or flag:
            return standing
        return Standing.LEFT if _is_no(text.split()[0]) or words_of(text)[:1] == ("not",) else Standing.SILENT

    return says


def _of_a_note(cell: str) -> Standing:
    """Return what a note says: that somebody left, where it speaks of that at all."""
    return Standing.LEFT if known.NOTED.search(squeezed(cell)) else Standing.SILENT


def _of_anything(cell: str) -> Standing:
    """Return what a cell of any other column says: only an unmistakable word counts, such as a tag."""
    if not known.HINT.search(cell):
        return Standing.SILENT
    items = map(squeezed, _ITEMS.split(cell))
    return Standing.LEFT if any(map(known.UNMISTAKABLE.fullmatch, items)) else Standing.SILENT
