"""The chart as SVG: well-formed, every value in its place, nothing in it but what it draws."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.model import Locale
from digest.render.chart import Figures, draw
from digest.render.chart.draw import HEIGHT, MAX_DAYS, MAX_SERIES, WIDTH, render_svg
from tests.render.chart.charts import LAST, days_until, panel, read_chart, sample

ELEMENTS = {"svg", "defs", "pattern", "path", "polyline", "rect", "text", "g"}


@pytest.mark.parametrize("locale", list(Locale))
def test_titles_names_and_numbers_stand_in_the_chart(locale: Locale) -> None:
    figures = sample(locale)

    chart = read_chart(render_svg(figures))

    for part in (figures.readers, figures.deliveries, figures.papers):
        assert part.title.text in chart.texts
        for series in part.series:
            number = series.values[-1] if part is figures.readers else sum(series.values)
            names = [one for one in chart.texts if series.label.text.startswith(one.removesuffix("…"))]
            assert any(chart.texts[at + 1] == str(number) for at, one in enumerate(chart.texts) if one in names)
    assert f"{figures.days[0]} – {figures.days[-1]}" in chart.texts


def test_axes_count_in_round_numbers_from_zero_and_name_their_days() -> None:
    texts = read_chart(render_svg(sample(Locale.EN))).texts

    assert texts[texts.index("0") :][:5] == ["0", "25", "50", "75", "100"]
    assert texts.count("01-24") == 4
    assert "2026-01" in read_chart(render_svg(sample(Locale.EN, 365))).texts


VALUES = st.lists(st.integers(0, 10**7), min_size=7, max_size=40)


@settings(max_examples=30, deadline=None)
@example(values=[0, 0, 0, 0, 0, 0, 1], others=[0] * 7)
@given(values=VALUES, others=VALUES)
def test_each_value_has_its_point_in_proportion(values: list[int], others: list[int]) -> None:
    count = min(len(values), len(others))
    first, second = [*values[: count - 1], 1], others[:count]
    each = panel("t", ("a", first), ("b", second))

    chart = read_chart(render_svg(Figures(days=days_until(LAST, count), readers=each, deliveries=each, papers=each)))

    line = chart.points("readers-0")
    assert len(line) == len(chart.points("readers-1")) == count
    assert [x for x, _ in line] == sorted({x for x, _ in line})
    assert_proportional([y for _, y in line], first)
    assert_proportional([y for _, y in chart.points("readers-1")], second)
    for name in ("papers-0", "papers-1"):
        shown = [value for value in (first if name.endswith("0") else second) if value]
        bars = chart.bars(name)
        assert len(bars) == len(shown)
        assert_proportional([head - foot for _, foot, head in bars] + [0.0], [*shown, 0])
    below, above = chart.bars("deliveries-0"), chart.bars("deliveries-1")
    heads = {x: head for x, _, head in below}
    for x, foot, _ in above:
        assert foot == pytest.approx(heads.get(x, max(foot for _, foot, _ in below)), abs=0.02)


def assert_proportional(heights: list[float], values: list[int]) -> None:
    """Fail where heights, which grow downwards, do not grow as the values do."""
    scale = (max(heights) - min(heights)) / (max(values) - min(values)) if len(set(values)) > 1 else 0.0
    lowest = max(heights)
    for height, value in zip(heights, values, strict=True):
        assert lowest - height == pytest.approx(scale * (value - min(values)), abs=0.05)


def test_everything_stands_inside_and_no_two_names_on_each_other() -> None:
    days = days_until(LAST, 30)
    many = panel("t", *((f"name {at}", [at % 2] * 30) for at in range(MAX_SERIES)))

    chart = read_chart(render_svg(Figures(days=days, readers=many, deliveries=many, papers=many)))

    for text in chart.root.iter("{http://www.w3.org/2000/svg}text"):
        assert 0 < float(text.get("x", "-1")) < WIDTH
        assert 0 < float(text.get("y", "-1")) < HEIGHT
    places = [(one.get("x"), one.get("y")) for one in chart.root.iter("{http://www.w3.org/2000/svg}text")]
    assert len(places) == len(set(places))


def test_nothing_to_draw_is_said_in_words() -> None:
    empty = Figures(
        days=days_until(LAST, 10), readers=panel("a"), deliveries=panel("b", ("c", [0] * 10)), papers=panel("c")
    )

    chart = read_chart(render_svg(empty))

    assert chart.texts.count("nothing") == 3
    assert "polyline" not in chart.tags


HOSTILE = (
    '"/><script>alert(1)</script>',
    "]]><!--&amp;&lt;",
    "{{ 7 * 7 }}{% raw %}",
    "a\x00b\x1b[31m\ufffe\ud800c",
    "line\nbreak\ttab",
    '" onload="alert(1)',
    "url(#hatch-1)",
    "x" * 10_000,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_label_is_text_and_nothing_else(text: str) -> None:
    each = panel(text, (text, [1, 2, 3]))

    svg = render_svg(Figures(days=days_until(LAST, 3), readers=each, deliveries=each, papers=each))

    chart = read_chart(svg)
    assert chart.tags <= ELEMENTS
    assert not [name for one in chart.root.iter() for name in one.attrib if name.startswith("on")]
    assert len(svg) < 100_000
    shown = draw.one_line(text)
    assert any(shown.startswith(one.removesuffix("…")) for one in chart.texts if len(one) > 4)


def test_the_chart_fetches_nothing_and_needs_no_style_that_a_page_would_refuse() -> None:
    chart = read_chart(render_svg(sample(Locale.ZH)))

    attributes = {name for one in chart.root.iter() for name in one.attrib}
    assert not attributes & {"style", "class", "href", "{http://www.w3.org/1999/xlink}href"}
    assert "style" not in chart.tags


@pytest.mark.parametrize(
    "figures",
    [
        Figures(days=(), readers=panel("a"), deliveries=panel("a"), papers=panel("a")),
        Figures(days=days_until(LAST, MAX_DAYS + 1), readers=panel("a"), deliveries=panel("a"), papers=panel("a")),
        Figures(
            days=days_until(LAST, 2), readers=panel("a", ("b", [1, 2, 3])), deliveries=panel("a"), papers=panel("a")
        ),
        Figures(days=days_until(LAST, 2), readers=panel("a"), deliveries=panel("a", ("b", [1, -1])), papers=panel("a")),
        Figures(
            days=days_until(LAST, 1),
            readers=panel("a"),
            deliveries=panel("a"),
            papers=panel("a", *(("b", [1]) for _ in range(MAX_SERIES + 1))),
        ),
    ],
    ids=["no day", "too many days", "a value too many", "below zero", "too many series"],
)
def test_figures_that_are_no_chart_are_refused(figures: Figures) -> None:
    with pytest.raises(ValueError, match=r"^a (chart|panel|series) has"):
        render_svg(figures)


def test_the_palette_has_a_shape_for_each_colour() -> None:
    assert len(draw._HATCHES) == len(draw._MARKERS) == len(draw._COLOURS)  # noqa: SLF001 - seen nowhere else
