"""The chart of ``/stats`` as PNG, with a font that has the characters of its labels.

A font with Latin, Greek and Cyrillic comes with the program (Inter, from ``fontpkg-inter``); for other
scripts the fonts of the machine are used. Where none has a character, the label's plain text is drawn, so
that no empty boxes appear.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

import resvg_py

from digest.render.chart import Figures, Label
from digest.render.chart.draw import CHINESE, LATIN, one_line, render_svg

_LATIN_FILE = str(files("fontpkg_inter") / "files" / "Inter[opsz,wght].ttf")
_NO_CHARACTER = "\U0010fffe"
"""A noncharacter of Unicode: every font draws it as what it has not."""


def render_png(figures: Figures, *, system_fonts: bool = True) -> bytes:
    """Return the chart as PNG of ``WIDTH`` by ``HEIGHT`` pixels.

    ``system_fonts`` False: with the font that comes with the program alone. Otherwise the machine's fonts
    are read when a label first needs them, and a font that is installed later is seen after a restart.
    Raises ``ValueError`` as ``render_svg`` does.
    """
    fonts = _fonts_for(_labels(figures), system_fonts=system_fonts)

    def text_of(label: Label) -> str:
        return label.text if fonts.can_draw(label.text) else label.plain

    return fonts.draw(render_svg(figures, family=fonts.family, text_of=text_of))


@dataclass(frozen=True, kw_only=True)
class _Fonts:
    """The family that texts begin with; with ``system`` other fonts stand in for what it has not."""

    family: str
    system: bool

    def draw(self, svg: str) -> bytes:
        return resvg_py.svg_to_bytes(svg_string=svg, font_files=[_LATIN_FILE], skip_system_fonts=not self.system)

    def can_draw(self, text: str) -> bool:
        return all(char.isascii() or _draw_character(char, self) != self._box for char in one_line(text))

    @property
    def is_installed(self) -> bool:
        return _draw_character("a", self) != _draw_character(" ", self)

    @cached_property
    def _box(self) -> bytes:
        return _draw_character(_NO_CHARACTER, self)


_BUNDLED = _Fonts(family=LATIN, system=False)


def _fonts_for(labels: list[str], *, system_fonts: bool) -> _Fonts:
    """Return the program's own font, or the machine's best for Chinese where it draws more labels."""
    other = [label for label in labels if not _BUNDLED.can_draw(label)]
    if not other or not system_fonts:
        return _BUNDLED
    installed = (fonts for name in CHINESE if (fonts := _Fonts(family=name, system=True)).is_installed)
    fonts = next(installed, _Fonts(family=LATIN, system=True))
    return fonts if any(fonts.can_draw(label) for label in other) else _BUNDLED


def _labels(figures: Figures) -> list[str]:
    panels = (figures.readers, figures.deliveries, figures.papers)
    titles = [text for panel in panels for text in (panel.title.text, panel.empty.text)]
    return titles + [series.label.text for panel in panels for series in panel.series]


@lru_cache(maxsize=4096)
def _draw_character(char: str, fonts: _Fonts) -> bytes:
    """Return a picture of one character, to be compared with others."""
    return fonts.draw(
        '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24">'
        f'<text x="2" y="20" font-size="16" font-family="{fonts.family}">&#{ord(char)};</text></svg>'
    )
