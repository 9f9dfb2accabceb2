"""The chart of the statistics: here the values and labels that it shows, ready to be drawn."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Words for the picture, and what stands there instead where no font has their letters."""

    text: str
    plain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line or bar for each day."""

    label: Label
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One part of the picture; ``empty`` is what it says where there is nothing to draw."""

    title: Label
    empty: Label
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is drawn: days, and a value for each of them in every series."""

    days: tuple[date, ...]
    readers: Panel
    deliveries: Panel
    papers: Panel
