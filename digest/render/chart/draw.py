"""The chart of ``/stats`` as SVG: readers, deliveries, and papers by domain, over some days.

This module computes where everything stands, ``stats_picture.svg.j2`` draws it. Colours are Okabe and Ito's
eight (https://jfly.uni-koeln.de/color/), which most colour-blind people can tell apart; each series also has
a marker or a hatch of its own.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from digest.render.chart import Figures, Label, Panel, Series

WIDTH, HEIGHT = 1080, 1350
"""Pixels. Telegram keeps a photo of this size sharp, and shows 4:5 without cropping."""

MAX_DAYS, MAX_SERIES = 366, 9
LATIN = "Inter"
CHINESE = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Noto Sans CJK JP",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)
"""Fonts that have Chinese characters, the best first."""

_FAMILIES = ", ".join((LATIN, *CHINESE, "sans-serif"))
_TEMPLATE = Path(__file__).with_suffix(".svg.j2")
_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""What XML 1.0 cannot hold, not even escaped (https://www.w3.org/TR/xml/#charsets)."""

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = (
    "M-9 0a9 9 0 1 0 18 0a9 9 0 1 0 -18 0z",
    "M-8 -8h16v16h-16z",
    "M0 -10L10 8H-10z",
    "M0 -11L11 0L0 11L-11 0z",
    "M0 10L10 -8H-10z",
    "M-3 -9h6v6h6v6h-6v6h-6v-6h-6v-6h6z",
    "M-10 0L0 -6L10 0L0 6z",
)
_HATCHES = (
    "",
    "M-1 11L11 -1M-1 1L1 -1M9 11L11 9",
    "M5 4v2",
    "M0 0L10 10M10 0L0 10",
    "M0 5H10",
    "M-1 -1L11 11M-1 9L1 11M9 -1L11 1",
    "M0 5H10M5 0V10",
)

_MARGIN, _PADDING = 28, 28
_READERS, _DELIVERIES, _PAPERS = (28, 344), (394, 366), (782, 540)
"""Top and height of each card."""

_SCALE_WIDTH, _LEGEND_WIDTH, _GAP = 64, 266, 44
_COLUMNS = 2
_CARD_TITLE, _ROW_TITLE, _DATE_ROW = 64, 44, 52
_LEGEND_STEP = 42
_STEPS = (10, 20, 25, 30, 40, 50, 60, 80)
"""Tenths of the numbers that an axis counts in: 1, 2, 2.5 … 8, 10, 20, 25 …"""

_DATE_TICKS = 6
_MANY_DAYS = 90
_MONTHS_FROM = 360
"""From so many days on a tick is named by its year and month."""

_CHARACTER = 14.0
"""About how wide a digit or a small letter of 25 pixels is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """The area of one diagram in pixels, its horizontal lines with their values, and its dates.

    ``dates`` holds the place of the tick, the centre of its text, and the text.
    """

    x: float
    y: float
    right: float
    bottom: float
    top_value: int
    has_scale: bool
    grid: tuple[tuple[float, str], ...] = ()
    dates: tuple[tuple[float, float, str], ...] = ()

    def y_of(self, value: int) -> float:
        """Return the height at which a value stands."""
        return round(self.bottom - (self.bottom - self.y) * value / self.top_value, 2)


def render_svg(
    figures: Figures, *, family: str = _FAMILIES, text_of: Callable[[Label], str] = lambda label: label.text
) -> str:
    """Return the chart as an SVG document of ``WIDTH`` by ``HEIGHT``, the three panels under each other.

    ``search_text_of`` chooses between a label's two texts. Raises ``ValueError`` for figures that are no
    chart: more than ``MAX_DAYS`` days or ``MAX_SERIES`` series, a series without a value for each day, or
    below zero.
    """
    panels = (figures.readers, figures.deliveries, figures.papers)
    _check(figures.days, panels)

    def text(label: Label) -> str:
        return one_line(text_of(label))

    return _template().render(
        width=WIDTH,
        height=HEIGHT,
        family=family,
        summary=" · ".join(text(panel.title) for panel in panels),
        period=f"{figures.days[0]} – {figures.days[-1]}",
        hatches=_HATCHES,
        readers=_readers(figures, text),
        deliveries=_deliveries(figures, text),
        papers=_papers(figures, text),
    )


def one_line(text: str) -> str:
    """Return a text without line breaks and without characters that XML cannot hold."""
    return " ".join(_NOT_XML.sub("", text).split())


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))


def _check(days: Sequence[date], panels: Sequence[Panel]) -> None:
    if not 0 < len(days) <= MAX_DAYS:
        raise ValueError(f"a chart has 1 to {MAX_DAYS} days, not {len(days)}")
    for panel in panels:
        if len(panel.series) > MAX_SERIES:
            raise ValueError(f"a panel has at most {MAX_SERIES} series, not {len(panel.series)}")
        for series in panel.series:
            if len(series.values) != len(days) or min(series.values) < 0:
                raise ValueError("a series has one value for each day, none below zero")


def _readers(figures: Figures, text: Callable[[Label], str]) -> Mapping[str, object]:
    """Return the lines, each with its name and newest value beside its end."""
    panel = figures.readers
    card = _card(panel, text, _READERS)
    if card["empty"]:
        return card
    plot = _wide_plot(figures.days, _READERS, max(max(series.values) for series in panel.series))
    centres = _centres(plot, len(figures.days))
    ends = [plot.y_of(series.values[-1]) for series in panel.series]
    heights = _apart(ends, plot)
    lines = [
        {
            "points": " ".join(f"{x},{plot.y_of(value)}" for x, value in zip(centres, series.values, strict=True)),
            "colour": _COLOURS[at % len(_COLOURS)],
            "marker": _MARKERS[at % len(_MARKERS)],
            # Of lines that run together the later is thinner, so that the earlier still shows beside it.
            "thickness": max(8 - 2.5 * at, 3) * (1 if len(centres) <= _MANY_DAYS else 0.6),
            "x": centres[-1],
            "y": ends[at],
            **_legend(series, series.values[-1], heights[at], text),
        }
        for at, series in enumerate(panel.series)
    ]
    area = f"M{centres[0]} {plot.bottom}L{lines[0]['points']} {centres[-1]},{plot.bottom}z"
    return card | {"plot": plot, "lines": lines, "area": area}


def _deliveries(figures: Figures, text: Callable[[Label], str]) -> Mapping[str, object]:
    """Return stacked bars, each outcome in its colour and hatch."""
    panel = figures.deliveries
    card = _card(panel, text, _DELIVERIES)
    if card["empty"]:
        return card
    totals = [sum(values) for values in zip(*(series.values for series in panel.series), strict=True)]
    plot = _wide_plot(figures.days, _DELIVERIES, max(totals))
    step = min(_LEGEND_STEP, (plot.bottom - plot.y) / len(panel.series))
    below, bars = [0] * len(figures.days), []
    for at, series in enumerate(panel.series):
        bars.append(
            {
                "path": _bars(plot, series.values, below),
                "colour": _COLOURS[at % len(_COLOURS)],
                "hatch": at % len(_HATCHES),
                **_legend(series, sum(series.values), plot.y + step * (at + 0.5), text),
            }
        )
        below = [low + value for low, value in zip(below, series.values, strict=True)]
    return card | {"plot": plot, "bars": bars}


def _papers(figures: Figures, text: Callable[[Label], str]) -> Mapping[str, object]:
    """Return small diagrams, one a domain, all to one scale."""
    panel = figures.papers
    card = _card(panel, text, _PAPERS)
    if card["empty"]:
        return card | {"cells": []}
    highest = max(max(series.values) for series in panel.series)
    rows = -(-len(panel.series) // _COLUMNS)
    top, height = _PAPERS
    row = (height - _CARD_TITLE - _DATE_ROW) / rows
    left = _MARGIN + _PADDING + _SCALE_WIDTH
    width = (WIDTH - _MARGIN - _PADDING - left - _GAP) / _COLUMNS
    cells = []
    for at, series in enumerate(panel.series):
        line, column = divmod(at, _COLUMNS)
        x, y = left + column * (width + _GAP), top + _CARD_TITLE + line * row
        is_lowest = at + _COLUMNS >= len(panel.series)
        plot = _plot(
            (x, y + _ROW_TITLE, x + width, y + row - 14),
            figures.days if is_lowest else (),
            highest,
            ticks=1,
            has_scale=column == 0,
        )
        value = str(sum(series.values))
        cells.append(
            {
                "plot": plot,
                "path": _bars(plot, series.values, [0] * len(series.values)),
                "colour": _COLOURS[0],
                "label": _shortened(text(series.label), width - _CHARACTER * (len(value) + 1)),
                "value": value,
            }
        )
    return card | {"cells": cells}


def _card(panel: Panel, text: Callable[[Label], str], place: tuple[int, int]) -> dict[str, object]:
    is_empty = not any(any(series.values) for series in panel.series)
    return {
        "x": _MARGIN,
        "y": place[0],
        "width": WIDTH - 2 * _MARGIN,
        "height": place[1],
        "title": _shortened(text(panel.title), 620),
        "empty": _shortened(text(panel.empty), 900) if is_empty else "",
    }


def _wide_plot(days: Sequence[date], place: tuple[int, int], highest: int) -> Plot:
    """Return the area left of the legend."""
    left = _MARGIN + _PADDING + _SCALE_WIDTH
    right = WIDTH - _MARGIN - _PADDING - _LEGEND_WIDTH - 30
    box = (left, place[0] + 88, right, place[0] + place[1] - 60)
    return _plot(box, days, highest, ticks=4)


def _plot(
    box: tuple[float, float, float, float], days: Sequence[date], highest: int, *, ticks: int, has_scale: bool = True
) -> Plot:
    """Return a diagram from zero to a round number above ``highest``, in at most so many ``ticks``."""
    x, y, right, bottom = (round(edge, 2) for edge in box)
    step = _round_step(highest, ticks)
    top = max(-(-highest // step), 1) * step
    bare = Plot(x=x, y=y, right=right, bottom=bottom, top_value=top, has_scale=has_scale)
    grid = tuple((bare.y_of(value), _compact(value, top)) for value in range(0, top + 1, step))
    return replace(bare, grid=grid, dates=_dates(bare, days))


def _dates(plot: Plot, days: Sequence[date]) -> tuple[tuple[float, float, str], ...]:
    """Return the ticks of the days, counted back from the last, as many as there is space for."""
    if not days:
        return ()
    form = "%m-%d" if len(days) < _MONTHS_FROM else "%Y-%m"
    width = _CHARACTER * len(days[0].strftime(form))
    # The last text may stand out by half the space between two diagrams, the rest moves it to the left.
    most = min(_DATE_TICKS, int((plot.right - plot.x) // (width + 36)))
    first, last = plot.x + width / 2 - _GAP / 2, plot.right - width / 2 + _GAP / 2
    centres = _centres(plot, len(days))
    return tuple(
        (centres[at], round(min(max(centres[at], first), last), 2), days[at].strftime(form))
        for at in range(len(days) - 1, -1, -math.ceil(len(days) / most))
    )


def _centres(plot: Plot, count: int) -> list[float]:
    slot = (plot.right - plot.x) / count
    return [round(plot.x + slot * (at + 0.5), 2) for at in range(count)]


def _bars(plot: Plot, values: Sequence[int], below: Sequence[int]) -> str:
    """Return a path with one rectangle for each value that is not zero, standing on those ``below``."""
    slot = (plot.right - plot.x) / len(values)
    width = round(slot * (0.74 if slot > 4 else 0.9), 2)  # noqa: PLR2004 - pixels: narrower bars need no gaps
    drawn = []
    for x, value, low in zip(_centres(plot, len(values)), values, below, strict=True):
        if value:
            foot, head = plot.y_of(low), plot.y_of(low + value)
            drawn.append(f"M{round(x - width / 2, 2)} {foot}h{width}V{head}h-{width}z")
    return "".join(drawn)


def _legend(series: Series, value: int, height: float, text: Callable[[Label], str]) -> Mapping[str, object]:
    """Return where a series' name and number stand at the right."""
    right = WIDTH - _MARGIN - _PADDING
    x = right - _LEGEND_WIDTH + 34
    space = right - x - _CHARACTER * (len(str(value)) + 1)
    return {
        "label": _shortened(text(series.label), space),
        "value": value,
        "label_x": x,
        "label_y": round(height, 2),
        "value_x": right,
    }


def _apart(heights: Sequence[float], plot: Plot) -> list[float]:
    """Return heights in the same order that differ enough for texts beside each other."""
    step = min(_LEGEND_STEP, (plot.bottom - plot.y) / len(heights))
    order = sorted(range(len(heights)), key=lambda at: (heights[at], at))
    placed = list(heights)
    lowest = plot.bottom + step
    for at in reversed(order):
        placed[at] = lowest = min(heights[at], lowest - step)
    highest = plot.y - step
    for at in order:
        placed[at] = highest = max(placed[at], highest + step)
    return placed


def _round_step(highest: int, ticks: int) -> int:
    """Return the least round number of which ``ticks`` reach ``highest``."""
    power = 1
    while True:
        for tenths in _STEPS:
            step, rest = divmod(tenths * power, 10)
            if not rest and step * ticks >= highest:
                return step
        power *= 10


def _compact(value: int, top: int) -> str:
    """Return a number as an axis up to ``top`` has space for it: 7500; 8k with 32k; 0.5M with 2M."""
    for unit, least, size in (("G", 10**9, 10**9), ("M", 10**6, 10**6), ("k", 10**4, 10**3)):
        if top >= least:
            return f"{value / size:g}{unit}" if value else "0"
    return str(value)


def _shortened(text: str, space: float) -> str:
    """Return a text cut with "…" where it is wider than so many pixels."""
    if sum(map(_width, text)) <= space:
        return text
    kept, used = "", _width("…")
    for char in text:
        used += _width(char)
        if used > space:
            break
        kept += char
    return kept.rstrip() + "…"


def _width(char: str) -> float:
    """Return about how wide a character of 25 pixels is; nearly all are narrower."""
    if unicodedata.east_asian_width(char) in "WF" or char in "MW@%…":
        return 25
    if char in " .,:;'|Ifijlrt":
        return 10
    return 17.5 if char.isupper() or char in "mw" else _CHARACTER
