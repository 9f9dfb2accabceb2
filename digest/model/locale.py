"""The languages that the interface speaks."""

from enum import StrEnum
from pathlib import Path
from typing import Self

CATALOGUE_FOLDER = Path(__file__).parents[1] / "text" / "locale"
"""Where each language but English has its words: ``<code>.po``."""


class Locale(StrEnum):
    """The languages of the interface: English, and each that has a catalogue."""

    EN = "en"
    ZH = "zh"
    vars().update({path.stem.upper(): path.stem for path in CATALOGUE_FOLDER.glob("*.po") if path.stem != "zh"})

    @classmethod
    def from_code(cls, code: str) -> Self:
        """Return the language of a code; English where its catalogue is gone."""
        return cls(code) if code in set(cls) else cls("en")
