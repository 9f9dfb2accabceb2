"""Figures to draw, and the SVG of a chart read back: what stands where, and which values it shows.

``python -m tests.render.chart.charts --docs docs/pictures`` draws the picture of the documentation.
"""

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

from digest.model import Channel, Locale
from digest.render.chart import Figures, Label, Panel, Series
from digest.render.chart.png import render_png
from digest.telegram.handlers import stats as answers
from digest.text.i18n import translator_for
from tests.render.email.sample_emails import seed_taxonomy

LAST = date(2026, 1, 24)
_SVG = "{http://www.w3.org/2000/svg}"
_BAR = re.compile(r"M([\d.]+) ([\d.]+)h([\d.]+)V([\d.]+)h-([\d.]+)z")


def days_until(last: date, count: int) -> tuple[date, ...]:
    """Return so many days, the last of them given."""
    return tuple(last - timedelta(days=back) for back in range(count))[::-1]


def sample(locale: Locale, count: int = 30) -> Figures:
    """Return figures as an admin sees them: readers who become more, weekdays, a bad day."""
    words, days = translator_for(locale), days_until(LAST, count)

    def series(label: Label, value_on: Callable[[int, date], int]) -> Series:
        return Series(label=label, values=tuple(value_on(at, day) for at, day in enumerate(days)))

    def readers(share: float) -> Callable[[int, date], int]:
        return lambda at, _day: int(share * (40 + 58 * at / count + at * 7 % 5))

    def papers(most: int) -> Callable[[int, date], int]:
        return lambda at, day: 0 if day.weekday() > 4 else most // 3 + at * 11 % (most + 1)

    def outcomes(most: int, every: int) -> Callable[[int, date], int]:
        def on(at: int, day: date) -> int:
            usual = (most if day.weekday() < 5 else most // 3) + at
            return usual if at % every == every - 1 else 0

        return on

    return answers.build_figures(
        words,
        days,
        tuple(
            series(answers.channel_label(words, channel), readers(share))
            for channel, share in ((None, 1), (Channel.TELEGRAM, 0.8), (Channel.EMAIL, 0.35))
        ),
        tuple(
            series(answers.state_label(words, state), outcomes(most, every))
            for state, most, every in zip(answers.FINAL_STATES, (60, 4, 6, 3, 5), (1, 3, 7, 9, 11), strict=True)
        ),
        tuple(
            series(answers.domain_label(words, seed_taxonomy(), domain.slug), papers(24 - 3 * at))
            for at, domain in enumerate(seed_taxonomy().domains[: answers.MAX_DOMAINS])
        ),
    )


def panel(title: str, *series: tuple[str, Sequence[int]], plain: str = "plain") -> Panel:
    """Return a panel."""
    every = tuple(
        Series(label=Label(text=name, plain=f"{plain} {at}"), values=tuple(values))
        for at, (name, values) in enumerate(series)
    )
    return Panel(title=Label(text=title, plain=plain), empty=Label(text="nothing", plain="nothing"), series=every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart read back from its SVG, which must be well-formed."""

    root: ET.Element

    @property
    def texts(self) -> list[str]:
        """Return every text that it shows, in order."""
        return ["".join(one.itertext()) for one in self.root.iter(f"{_SVG}text")]

    @property
    def tags(self) -> set[str]:
        """Return the names of its elements."""
        return {one.tag.removeprefix(_SVG) for one in self.root.iter()}

    def points(self, name: str) -> list[tuple[float, float]]:
        """Return the corners of a line, in pixels."""
        drawn = self._drawn(name).get("points", "").split()
        return [(float(x), float(y)) for x, _, y in (point.partition(",") for point in drawn)]

    def bars(self, name: str) -> list[tuple[float, float, float]]:
        """Return centre, foot and head of each bar of a series, in pixels."""
        found = self._drawn(name)
        path = found if "d" in found.attrib else found[0]
        drawn = path.get("d", "")
        assert _BAR.sub("", drawn) == ""
        return [
            (float(x) + float(width) / 2, float(foot), float(head)) for x, foot, width, head, _ in _BAR.findall(drawn)
        ]

    def _drawn(self, name: str) -> ET.Element:
        (found,) = [one for one in self.root.iter() if one.get("data-series") == name]
        return found


def read_chart(svg: str) -> Chart:
    """Read an SVG document."""
    return Chart(root=ET.fromstring(svg))  # noqa: S314 - our own


def main() -> None:
    """Draw the picture of the documentation."""
    parser = argparse.ArgumentParser(description="Draw the chart of /stats.")
    parser.add_argument("--docs", type=Path, required=True)
    (parser.parse_args().docs / "stats.png").write_bytes(render_png(sample(Locale.EN)))


if __name__ == "__main__":
    main()
