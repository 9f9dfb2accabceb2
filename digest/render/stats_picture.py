"""The numbers over time as one PNG: readers, deliveries, papers by domain; run as a program of its own.

``python -m digest.render.stats_picture`` reads the figures as JSON and writes the picture: drawing takes a
second of work and 75 MB, which a service that answers people would rather lend to a process that ends.
Colours: Okabe and Ito's eight (https://jfly.uni-koeln.de/color/), which most colour-blind people can tell
apart; each line also has its name at its end or in the legend, and a hatch or a marker of its own.
"""

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import fontManager
from matplotlib.ticker import MaxNLocator
from pydantic import TypeAdapter

from digest.render.figures import Figures, Label, Panel, Series

WIDTH, HEIGHT = 1080, 1350
_DPI = 120
_CHINESE = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Noto Sans CJK JP",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)
"""Fonts with Chinese letters, the fittest first."""

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_HATCHES = ("", "//", "..", "xx", "--", "\\\\", "++")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_INK, _FAINT = "#222222", "#D9D9D9"
_MANY_DAYS = 45
_COLUMNS = 2


def stats_picture(figures: Figures) -> bytes:
    """Draw the three panels under each other; a PNG of ``WIDTH`` by ``HEIGHT`` pixels."""
    with rc_context({"text.parse_math": False}):
        return _drawn(_Drawing(figures=figures, family=_family(figures)))


def _drawn(drawing: "_Drawing") -> bytes:
    whole = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(whole)
    panels = whole.subfigures(3, 1, squeeze=False, height_ratios=(0.8, 0.9, 1.5))
    first, second, third = panels[:, 0]
    drawing.readers(first)
    drawing.deliveries(second)
    drawing.papers(third)
    written = io.BytesIO()
    whole.savefig(written, format="png", dpi=_DPI)
    return written.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    figures: Figures
    family: str | None

    def readers(self, place: SubFigure) -> None:
        """Draw a line for each series, with its name and newest value at its end."""
        panel = self.figures.readers
        axes = self._axes(place, panel)
        if axes is None:
            return
        last = len(self.figures.days) - 1
        for at, series in enumerate(panel.series):
            axes.plot(
                range(last + 1),
                series.values,
                color=_COLOURS[at % len(_COLOURS)],
                linewidth=2.5,
                marker=_MARKERS[at % len(_MARKERS)],
                markevery=[last],
                markersize=8,
            )
        axes.margins(y=0.15)
        axes.set_ylim(bottom=0)
        self._names_at_the_end(axes, panel.series)
        self._dates(axes)
        place.subplots_adjust(left=0.085, right=0.74, top=0.84, bottom=0.16)

    def deliveries(self, place: SubFigure) -> None:
        """Draw stacked bars, each outcome in its colour and hatch."""
        panel = self.figures.deliveries
        axes = self._axes(place, panel)
        if axes is None:
            return
        below, bars = [0] * len(self.figures.days), []
        for at, series in enumerate(panel.series):
            drawn = axes.bar(
                range(len(below)),
                series.values,
                bottom=below,
                width=0.8,
                color=_COLOURS[at % len(_COLOURS)],
                hatch=_HATCHES[at % len(_HATCHES)],
                edgecolor="white",
                linewidth=0.4,
            )
            bars.append(drawn)
            below = [low + n for low, n in zip(below, series.values, strict=True)]
        legend = axes.legend(
            bars,
            [str(at) for at in range(len(bars))],
            loc="upper left",
            bbox_to_anchor=(1.01, 1.02),
            frameon=False,
            prop={"family": self.family, "size": 12.5},
            handlelength=1.4,
            borderaxespad=0,
        )
        for text, series in zip(legend.get_texts(), panel.series, strict=True):
            text.set_text(f"{self._say(series.label)}: {sum(series.values)}")
        self._dates(axes)
        place.subplots_adjust(left=0.085, right=0.74, top=0.84, bottom=0.16)

    def papers(self, place: SubFigure) -> None:
        """Draw small bars for each domain, all to one scale."""
        panel = self.figures.papers
        if not panel.series:
            self._axes(place, panel)
            return
        self._title(place, panel.title, 0.965)
        rows = -(-len(panel.series) // _COLUMNS)
        grid = place.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False)
        every = [axes for row in grid for axes in row]
        for at, axes in enumerate(every):
            self._plain(axes)
            if at >= len(panel.series):
                axes.set_axis_off()
                continue
            series = panel.series[at]
            axes.bar(range(len(series.values)), series.values, width=0.8, color=_COLOURS[0])
            axes.set_title(
                f"{self._say(series.label)} · {sum(series.values)}",
                loc="left",
                fontsize=13,
                family=self.family,
                color=_INK,
                pad=3,
            )
            axes.yaxis.set_major_locator(MaxNLocator(nbins=2, integer=True))
        every[0].margins(y=0.15)
        for axes in every[-_COLUMNS:]:
            self._dates(axes, most=3)
        place.subplots_adjust(left=0.085, right=0.97, top=0.86, bottom=0.075, hspace=0.62, wspace=0.12)

    def _axes(self, place: SubFigure, panel: Panel) -> Axes | None:
        """Give the axes of a panel under its title, None where there is nothing to draw."""
        self._title(place, panel.title, 0.93)
        if not any(any(series.values) for series in panel.series):
            place.text(
                0.5, 0.45, self._say(panel.empty), ha="center", fontsize=14, family=self.family, color=_INK
            )
            return None
        axes = place.subplots()
        self._plain(axes)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        return axes

    def _title(self, place: SubFigure, title: Label, top: float) -> None:
        place.text(
            0.03,
            top,
            self._say(title),
            fontsize=17,
            weight="bold",
            family=self.family,
            color=_INK,
            va="center",
        )

    def _plain(self, axes: Axes) -> None:
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(_FAINT)
        axes.grid(axis="y", color=_FAINT, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=12.5, colors=_INK, length=0)

    def _dates(self, axes: Axes, most: int = 6) -> None:
        days = self.figures.days
        step = max(1, -(-len(days) // most))
        places = list(range(len(days) - 1, -1, -step))[::-1]
        form = "%m-%d" if len(days) <= _MANY_DAYS * 8 else "%Y-%m"
        axes.set_xticks(places, [days[at].strftime(form) for at in places])
        axes.set_xlim(-0.6, len(days) - 0.4)

    def _names_at_the_end(self, axes: Axes, every: Sequence[Series]) -> None:
        """Write each line's name beside its end, apart from each other where lines end close together."""
        highest = axes.get_ylim()[1]
        order = sorted(range(len(every)), key=lambda at: every[at].values[-1])
        free = -1.0
        for at in order:
            series = every[at]
            height = max(series.values[-1] / highest, free)
            free = height + 0.17
            axes.text(
                1.015,
                height,
                f"{self._say(series.label)}: {series.values[-1]}",
                transform=axes.transAxes,
                va="center",
                fontsize=13.5,
                family=self.family,
                color=_COLOURS[at % len(_COLOURS)],
                weight="bold",
            )

    def _say(self, label: Label) -> str:
        return label.text if label.text.isascii() or self.family else label.plain


def _family(figures: Figures) -> str | None:
    """Give an installed font that has the letters of the labels; None where plain ones must do."""
    panels = (figures.readers, figures.deliveries, figures.papers)
    labels = [panel.title.text for panel in panels]
    labels += [series.label.text for panel in panels for series in panel.series]
    if all(label.isascii() for label in labels):
        return "DejaVu Sans"
    there = {font.name for font in fontManager.ttflist}
    return next((name for name in _CHINESE if name in there), None)


def main() -> None:
    """Draw what standard input says, to standard output."""
    figures = TypeAdapter(Figures).validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(stats_picture(figures))


if __name__ == "__main__":
    main()
