"""What a row of another tool's export says of its owner: whether they get the list there.

Whoever may have left is never mailed: of two columns that disagree the one that says "left" counts, and a
word in a column of states that is not known counts as unclear, and is not passed.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from digest.app.subscriber_csv import consent_terms as known
from digest.app.subscriber_csv.consent_terms import compact_text, normalize_text, split_words

_ITEM_SEPARATOR = re.compile(r":::|[,;|/\n、，；]")
_MAX_CACHED = 50_000


class ConsentStatus(StrEnum):
    """What a cell says of whether somebody gets the list; ``silent`` says nothing."""

    NOT_STATED = "silent"
    SUBSCRIBED = "gets it"
    UNCLEAR = "unclear whether subscribed there"
    UNCONFIRMED = "not confirmed there"
    UNSUBSCRIBED = "not subscribed there"


_WORST_FIRST = (ConsentStatus.UNSUBSCRIBED, ConsentStatus.UNCONFIRMED, ConsentStatus.UNCLEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRejection:
    """Why a row is not taken: ``reason`` is short and counted, ``detail`` says what stands in the file."""

    reason: str
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class _ConsentColumn:
    """One column that is asked; ``required``: where others say yes, nothing at all is no yes."""

    index: int
    name: str
    classify: Callable[[str], ConsentStatus]
    required: bool = False
    status_if_empty: ConsentStatus = ConsentStatus.NOT_STATED

    def status_of(self, cells: Sequence[str]) -> tuple[ConsentStatus, str]:
        """Return what a row's cell says, and the cell."""
        cell = cells[self.index] if self.index < len(cells) else ""
        standing = self.classify(cell)
        return (self.status_if_empty if standing is ConsentStatus.NOT_STATED else standing), cell


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentColumns:
    """Reads the columns of one table that say whether people get its list."""

    columns: Sequence[_ConsentColumn]

    @property
    def last_consent_index(self) -> int:
        """The last column that is there to say who gets the list, -1 for none."""
        return max((column.index for column in self.columns if column.classify is not _classify_other), default=-1)

    def find_rejection(self, cells: Sequence[str]) -> RowRejection | None:
        """Return why a row's owner does not get the list, as far as the row says; None for nothing."""
        found: dict[ConsentStatus, str] = {}
        for column in self.columns:
            standing, cell = column.status_of(cells)
            if standing in _WORST_FIRST:
                found.setdefault(standing, f"{column.name}={cell}" if cell else f"nothing in {column.name}")
        worst = next((one for one in _WORST_FIRST if one in found), None)
        return RowRejection(reason=worst, detail=found[worst]) if worst else None


def find_consent_columns(
    names: Sequence[str], rows: Sequence[Sequence[str]], *, indexes: Iterable[int]
) -> ConsentColumns:
    """Return what reads a table with these names; ``indexes`` are the columns that have no other meaning."""
    all_names = {compact_text(name) for name in names}
    columns = [column for at in indexes if (column := _build_column(at, names[at], all_names, rows))]
    for column in columns:
        if column.required and any(column.status_of(cells)[0] is ConsentStatus.SUBSCRIBED for cells in rows):
            confirming = known.CONFIRMATION_NAME.search(compact_text(column.name))
            column.status_if_empty = ConsentStatus.UNCONFIRMED if confirming else ConsentStatus.UNCLEAR
    return ConsentColumns(columns=columns)


def _build_column(index: int, name: str, all_names: set[str], rows: Sequence[Sequence[str]]) -> _ConsentColumn | None:
    """Return the column that reads what stands there; None for one that is never asked."""
    tight, text = compact_text(name), " ".join(split_words(name))
    if known.STATUS_NAME.fullmatch(tight) and not _is_region_column(index, tight, rows):
        return _ConsentColumn(index=index, name=name, classify=_classify_status)
    if _is_unrelated(tight, text, all_names):
        return None
    left = _names_unsubscribing(name, tight)
    if left is None:
        return _ConsentColumn(index=index, name=name, classify=_other_classifier(tight))
    if left:
        return _ConsentColumn(
            index=index,
            name=name,
            classify=_classify_unconfirmed if _mentions_confirmation(tight) else _classify_unsubscribed,
        )
    flag = known.FLAG_NAME.fullmatch(tight) is not None
    needed = flag or known.CONFIRMED_AT_NAME.fullmatch(tight) is not None
    return _ConsentColumn(
        index=index,
        name=name,
        classify=_opt_in_classifier(flag=flag, confirming=_mentions_confirmation(tight)),
        required=needed,
    )


def _other_classifier(compact_name: str) -> Callable[[str], ConsentStatus]:
    if known.NOTE_NAME.fullmatch(compact_name):
        return _classify_note
    return _classify_related_status if known.STATUS_LIKE_NAME.fullmatch(compact_name) else _classify_other


def _mentions_confirmation(compact_name: str) -> bool:
    return (
        known.CONFIRMATION_NAME.search(compact_name) is not None
        or known.UNCONFIRMED_PARTS.search(compact_name) is not None
    )


def _is_unrelated(compact_name: str, text: str, all_names: set[str]) -> bool:
    """Return whether a column speaks of something else: a link, a phone, a number of bounces, a paid plan."""
    if known.TECHNICAL_NAME.search(text) or (known.OTHER_CHANNEL_NAME.search(text) and "mail" not in compact_name):
        return True
    if known.COUNTER_NAME.search(compact_name) and "bounc" in compact_name:
        return True
    return compact_name in known.PAID_PLAN_NAMES and bool(all_names & known.PAID_PLAN_COLUMNS)


def _names_unsubscribing(name: str, compact_name: str) -> bool | None:
    """Return whether a column says that somebody left, or (False) that they get mail; None for neither."""
    words = split_words(name)
    for at, word in enumerate(words):
        rest = words[at + 1 :]
        if word not in known.NEGATIONS or not rest or rest[0] == "of":
            continue
        after = "".join(rest)
        if known.UNSUBSCRIBED_NAME.search(after):
            return False
        if known.SUBSCRIBED_NAME.search(after) or any(known.MAIL_WORDS.fullmatch(one) for one in rest):
            return True
    if known.UNSUBSCRIBED_NAME.search(compact_name):
        return True
    if known.SUBSCRIBED_NAME.search(compact_name) and "last" not in words:
        return False
    return None


def _is_region_column(index: int, compact_name: str, rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a column ``state`` has no word of a subscription at all, but parts of a country."""
    if compact_name not in known.REGION_NAMES:
        return False
    cells = {cells[index] for cells in rows if index < len(cells)} - {""}
    return bool(cells) and all(
        _classify_status(cell) in (ConsentStatus.UNCLEAR, ConsentStatus.NOT_STATED) for cell in cells
    )


def _memoize(function: Callable[[str], ConsentStatus]) -> Callable[[str], ConsentStatus]:
    """Remember short cells; a column has few words, or dates that are all alike."""
    memory: dict[str, ConsentStatus] = {}

    def cached_function(cell: str) -> ConsentStatus:
        if cell not in memory:
            if len(memory) >= _MAX_CACHED:
                memory.clear()
            memory[cell] = function(cell)
        return memory[cell]

    return cached_function


def _is_blank(text: str) -> bool:
    return text in known.BLANK or known.ZERO_DATE.fullmatch(text) is not None


def _is_no(text: str) -> bool:
    return text in known.NO or text.strip(" .!。") in known.NO


def _is_yes(text: str) -> bool:
    return text in known.YES or text.strip(" .!。") in known.YES


def _classify_words(text: str) -> ConsentStatus:
    """Return what words say of a subscription: ``unclear`` where they are not known."""
    tight = compact_text(text)
    if tight in known.SUBSCRIBED_WORDS or known.NEGATED_UNSUBSCRIBED.fullmatch(tight):
        return ConsentStatus.SUBSCRIBED
    if known.UNCONFIRMED_PARTS.search(tight):
        return ConsentStatus.UNCONFIRMED
    words = set(split_words(text))
    if known.UNSUBSCRIBED_PARTS.search(tight) or words & known.UNSUBSCRIBED_WORDS:
        return ConsentStatus.UNSUBSCRIBED
    if words & known.NEGATIONS:
        return ConsentStatus.UNSUBSCRIBED if words & known.SUBSCRIBED_WORDS else ConsentStatus.UNCLEAR
    rest = {word for word in words - known.NEUTRAL_WORDS if not word.isdigit()}
    if rest and rest <= known.SUBSCRIBED_WORDS:
        return ConsentStatus.SUBSCRIBED
    return ConsentStatus.UNCLEAR


@_memoize
def _classify_status(cell: str) -> ConsentStatus:
    """Return what a cell of a column of states says; a word that is not known is unclear."""
    text = normalize_text(cell)
    return ConsentStatus.NOT_STATED if _is_blank(text) else _classify_words(text)


@_memoize
def _classify_related_status(cell: str) -> ConsentStatus:
    """Return what a state of something says: only that somebody left."""
    standing = _classify_status(cell)
    return standing if standing is ConsentStatus.UNSUBSCRIBED else ConsentStatus.NOT_STATED


@_memoize
def _classify_unsubscribed(cell: str) -> ConsentStatus:
    """Return what a cell of a column of leaving says: whatever stands there, but a no, is a yes."""
    text = normalize_text(cell)
    if _is_blank(text) or _is_no(text) or _classify_words(text) is ConsentStatus.SUBSCRIBED:
        return ConsentStatus.NOT_STATED
    return ConsentStatus.UNSUBSCRIBED


@_memoize
def _classify_unconfirmed(cell: str) -> ConsentStatus:
    """Return what a cell of a column such as ``unconfirmed`` says."""
    left = _classify_unsubscribed(cell) is ConsentStatus.UNSUBSCRIBED
    return ConsentStatus.UNCONFIRMED if left else ConsentStatus.NOT_STATED


@cache
def _opt_in_classifier(*, flag: bool, confirming: bool) -> Callable[[str], ConsentStatus]:
    """Return what reads a column such as ``opt_in``: a no there is a no, and in a ``flag`` every odd word."""

    @_memoize
    def classify(cell: str) -> ConsentStatus:
        text = normalize_text(cell)
        if known.ZERO_DATE.fullmatch(text) or _is_no(text):
            return ConsentStatus.UNCONFIRMED if confirming else ConsentStatus.UNSUBSCRIBED
        if _is_blank(text):
            return ConsentStatus.NOT_STATED
        if _is_yes(text) or known.DATE.fullmatch(text):
            return ConsentStatus.SUBSCRIBED
        standing = _classify_words(text)
        if standing is not ConsentStatus.UNCLEAR or flag:
            return standing
        return (
            ConsentStatus.UNSUBSCRIBED
            if _is_no(text.split()[0]) or split_words(text)[:1] == ("not",)
            else ConsentStatus.NOT_STATED
        )

    return classify


def _classify_note(cell: str) -> ConsentStatus:
    """Return what a note says: that somebody left, where it speaks of that at all."""
    return (
        ConsentStatus.UNSUBSCRIBED if known.UNSUBSCRIBED_NOTE.search(compact_text(cell)) else ConsentStatus.NOT_STATED
    )


def _classify_other(cell: str) -> ConsentStatus:
    """Return what a cell of any other column says: only an unmistakable word counts, such as a tag."""
    if not known.UNMISTAKABLE_HINT.search(cell):
        return ConsentStatus.NOT_STATED
    items = map(compact_text, _ITEM_SEPARATOR.split(cell))
    return ConsentStatus.UNSUBSCRIBED if any(map(known.UNMISTAKABLE.fullmatch, items)) else ConsentStatus.NOT_STATED
