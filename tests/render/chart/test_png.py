"""The chart as PNG: of one size, for any figures, in any language, never with empty boxes."""

from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from digest.model import Locale
from digest.render.chart import Figures
from digest.render.chart.draw import HEIGHT, WIDTH
from digest.render.chart.png import render_png
from tests.render.chart.charts import LAST, days_until, panel, sample


def titled(text: str, plain: str = "plain") -> Figures:
    """Return figures with one title everywhere."""
    each = panel(text, ("a", [1, 2, 3]), ("b", [3, 2, 1]), ("c", [2, 2, 2]), plain=plain)
    return Figures(days=days_until(LAST, 3), readers=each, deliveries=each, papers=each)


def size(png: bytes) -> tuple[int, int]:
    """Return the size of a picture that can be opened."""
    with Image.open(BytesIO(png)) as picture:
        picture.verify()
        return picture.size


def colours(png: bytes) -> set[tuple[int, ...]]:
    """Return the colours of a picture."""
    with Image.open(BytesIO(png)) as picture:
        return {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or []}  # type: ignore[misc] # RGB


@pytest.mark.parametrize(("days", "locale"), [(7, Locale.ZH), (365, Locale.EN)])
def test_a_chart_is_a_png_of_its_size(days: int, locale: Locale) -> None:
    assert size(render_png(sample(locale, days))) == (WIDTH, HEIGHT)


def test_the_series_are_drawn_in_the_colours_that_can_be_told_apart() -> None:
    drawn = colours(render_png(sample(Locale.EN)))

    assert {(0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00), (0x00, 0x9E, 0x73)} <= drawn
    assert (255, 255, 255) in drawn


def test_letters_are_drawn() -> None:
    assert render_png(titled("Readers")) != render_png(titled(" "))


def test_chinese_labels_are_drawn_with_a_font_that_has_them() -> None:
    assert render_png(titled("读者")) != render_png(titled("plain"))
    assert render_png(titled("读者")) != render_png(titled("论文"))


def test_without_such_a_font_the_plain_words_stand_there_and_no_empty_boxes() -> None:
    drawn = render_png(titled("读者"), system_fonts=False)

    assert drawn == render_png(titled("plain"), system_fonts=False)


def test_a_character_that_no_font_has_gives_the_plain_words() -> None:
    assert render_png(titled("\U0010fffd Readers")) == render_png(titled("plain"))


def test_other_european_scripts_need_no_font_of_the_machine() -> None:
    text = "Größe é, Читатели, Αναγνώστες"

    drawn = render_png(titled(text), system_fonts=False)

    assert drawn != render_png(titled("plain"), system_fonts=False)
    assert drawn == render_png(titled(text))


@settings(max_examples=5, deadline=None)
@example(values=[0, 0, 0, 0, 0, 0, 1], name="<_ $x^$ &{\x01\ud800", lines=1)
@given(
    values=st.lists(st.integers(0, 10**7), min_size=7, max_size=40), name=st.text(max_size=30), lines=st.integers(0, 9)
)
def test_any_figures_give_a_picture(values: list[int], name: str, lines: int) -> None:
    each = panel(name, *((f"{name}{at}", values) for at in range(lines)))
    figures = Figures(days=days_until(LAST, len(values)), readers=each, deliveries=each, papers=each)

    assert size(render_png(figures)) == (WIDTH, HEIGHT)
