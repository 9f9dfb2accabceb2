"""``.env.example`` is the list of settings: every one, at its default, and nothing else."""

import re
from pathlib import Path

from digest.app.settings import Settings

LINES = Path(".env.example").read_text(encoding="utf-8").splitlines()
EXAMPLE_SETTINGS = {found[1]: found[2] for line in LINES if (found := re.fullmatch(r"#?([A-Z0-9_]+)=(.*)", line))}


def test_every_setting_stands_in_the_example_and_nothing_else_does() -> None:
    assert set(EXAMPLE_SETTINGS) == {name.upper() for name in Settings.model_fields}


def test_every_setting_is_explained() -> None:
    unexplained = [
        line
        for before, line in zip(["", *LINES], LINES, strict=False)
        if re.match(r"#?[A-Z0-9_]+=", line) and not re.match(r"# .+|#[A-Z0-9_]+=", before)
    ]

    assert unexplained == []


def test_the_example_shows_the_defaults() -> None:
    assert Settings.load(EXAMPLE_SETTINGS) == Settings.load({})
