"""Pictures from a process that ends."""

import asyncio
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from digest.app import drawing
from digest.app.drawing import Drawing
from digest.render.figures import Figures, Label, Panel

EMPTY = Panel(title=Label(text="a", plain="a"), empty=Label(text="b", plain="b"), series=())
FIGURES = Figures(days=(date(2026, 1, 24),), readers=EMPTY, deliveries=EMPTY, papers=EMPTY)


async def test_a_picture_is_drawn_elsewhere_and_the_service_never_loads_what_draws(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys, digest.app.service; print('matplotlib' in sys.modules)",
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await child.communicate()

    picture = await Drawing(cache=tmp_path / "fonts").stats(FIGURES)

    assert said.decode().strip() == "False"
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    assert (tmp_path / "fonts").is_dir()


async def test_what_cannot_be_drawn_is_logged_and_gives_no_picture(tmp_path: Path) -> None:
    odd = replace(FIGURES, readers=replace(EMPTY, series=None))  # type: ignore[arg-type] # on purpose

    with capture_logs() as logs:
        picture = await Drawing(cache=tmp_path).stats(odd)

    assert picture is None
    assert [line["event"] for line in logs] == ["the picture of the numbers could not be drawn"]


async def test_a_drawing_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "PATIENCE_SECONDS", 0.05)

    with capture_logs() as logs:
        picture = await Drawing(cache=tmp_path).stats(FIGURES)

    assert picture is None
    assert len(logs) == 1
