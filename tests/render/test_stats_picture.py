"""The picture of the numbers: a PNG of one size, for any figures, in any language."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib.font_manager import fontManager
from PIL import Image

from digest.render import stats_picture as drawing
from digest.render.figures import Figures, Label, Panel, Series
from digest.render.stats_picture import HEIGHT, WIDTH, stats_picture

LAST = date(2026, 1, 24)


def panel(title: str, *series: tuple[str, list[int]], plain: str = "plain") -> Panel:
    """Give a panel."""
    every = tuple(
        Series(label=Label(text=name, plain=f"{plain} {at}"), values=tuple(values))
        for at, (name, values) in enumerate(series)
    )
    return Panel(
        title=Label(text=title, plain=plain), empty=Label(text="nothing", plain="nothing"), series=every
    )


def some(days: int = 10, *, name: str = "Readers", top: int = 5) -> Figures:
    """Give figures of so many days."""
    values = [at % (top + 1) for at in range(days)]
    return Figures(
        days=tuple(LAST - timedelta(days=days - 1 - at) for at in range(days)),
        readers=panel(name, ("all", values), ("Telegram", values), ("Email", values)),
        deliveries=panel(name, ("sent", values), ("refused", values)),
        papers=panel(name, *((f"domain {at}", values) for at in range(8))),
    )


def size(png: bytes) -> tuple[int, int]:
    """Give the size of a picture that can be opened."""
    with Image.open(BytesIO(png)) as picture:
        picture.verify()
        return picture.size


def colours(png: bytes) -> set[tuple[int, ...]]:
    """Give the colours of a picture."""
    with Image.open(BytesIO(png)) as picture:
        return {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or []}  # type: ignore[misc] # RGB


@pytest.mark.parametrize("days", [7, 30, 365])
def test_a_picture_is_a_png_of_its_size(days: int) -> None:
    assert size(stats_picture(some(days))) == (WIDTH, HEIGHT)


def test_nothing_to_draw_is_told_in_words() -> None:
    empty = Figures(days=some().days, readers=panel("a"), deliveries=panel("b"), papers=panel("c"))

    drawn = stats_picture(empty)

    assert size(drawn) == (WIDTH, HEIGHT)
    assert len(drawn) > 5000


def test_the_series_are_drawn_in_the_colours_that_can_be_told_apart() -> None:
    drawn = colours(stats_picture(some()))

    assert {(0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00), (0x00, 0x9E, 0x73)} <= drawn
    assert (255, 255, 255) in drawn


@pytest.mark.filterwarnings("error")
def test_chinese_labels_are_drawn_with_a_font_that_has_them() -> None:
    drawn = stats_picture(some(name="读者"))

    assert drawn != stats_picture(some(name="plain"))


@pytest.mark.filterwarnings("error")
def test_without_such_a_font_the_plain_words_stand_there_and_no_empty_boxes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    latin = [font for font in fontManager.ttflist if font.name == "DejaVu Sans"]
    monkeypatch.setattr(fontManager, "ttflist", latin)

    drawn = stats_picture(some(name="读者"))

    assert drawn == stats_picture(some(name="plain"))


@settings(max_examples=5, deadline=None)
@example(values=[0, 0, 0, 0, 0, 0, 1], name="_ $x^$ {", lines=1)
@given(
    values=st.lists(st.integers(0, 10**7), min_size=7, max_size=40),
    name=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=30),
    lines=st.integers(0, 9),
)
def test_any_figures_give_a_picture(values: list[int], name: str, lines: int) -> None:
    days = tuple(LAST - timedelta(days=at) for at in range(len(values)))[::-1]
    each = panel(name, *((f"{name}{at}", values) for at in range(lines)))

    assert size(stats_picture(Figures(days=days, readers=each, deliveries=each, papers=each))) == (
        WIDTH,
        HEIGHT,
    )


def test_the_palette_has_a_shape_for_each_colour() -> None:
    assert len(drawing._HATCHES) == len(drawing._MARKERS) == len(drawing._COLOURS)  # noqa: SLF001 - seen nowhere else
