"""The chart as the service draws it."""

from dataclasses import replace
from datetime import date

from structlog.testing import capture_logs

from digest.app.telegram import draw_chart
from digest.render.chart import Figures, Label, Panel, Series

EMPTY = Panel(title=Label(text="a", plain="a"), empty=Label(text="b", plain="b"), series=())
FIGURES = Figures(days=(date(2026, 1, 24),), readers=EMPTY, deliveries=EMPTY, papers=EMPTY)


async def test_a_chart_is_drawn() -> None:
    picture = await draw_chart(FIGURES)

    assert picture is not None
    assert picture.startswith(b"\x89PNG")


async def test_what_cannot_be_drawn_is_logged_and_gives_no_picture() -> None:
    odd = replace(EMPTY, series=(Series(label=EMPTY.title, values=(1, 2)),))

    with capture_logs() as logs:
        picture = await draw_chart(replace(FIGURES, readers=odd))

    assert picture is None
    assert [line["event"] for line in logs] == ["the picture of the numbers could not be drawn"]
