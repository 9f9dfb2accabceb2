"""Mails in a real browser: narrow, wide, light, dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from digest.model import Section
from tests.render.email.sample_emails import make_digest, make_paper, render_email, sample_emails
from tests.support.browser import ColorScheme, open_mail, run_chromium

FIND_OVERFLOWING = """
[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1).length
"""
"""How many elements reach beyond the window."""

SCHEMES: tuple[ColorScheme, ...] = ("light", "dark")


LOWEST_CONTRAST = """() => {
  const parts = color => color.match(/[\\d.]+/g).map(Number);
  const linear = part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const light = color => {
    const [r, g, b] = parts(color).map(part => linear(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = e => {
    for (; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if (parts(color).length < 4 || parts(color)[3] > 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  let worst = {ratio: 99};
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    const text = walk.currentNode.data.trim().slice(0, 40);
    if (!text || !e.getClientRects().length) continue;
    const color = getComputedStyle(e).color, on = ground(e);
    const [a, b] = [light(color), light(on)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < worst.ratio) worst = {ratio, text, color, on};
  }
  return worst;
}"""
"""WCAG 2.2's contrast of the word that stands out least."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return one Chromium for all."""
    with run_chromium() as running:
        yield running


def test_a_mail_fits_every_window_and_every_word_stands_out(browser: Browser) -> None:
    page = open_mail(browser, "", width=760)
    for name, part in sample_emails().items():
        page.set_content(part.html)
        for width in (760, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            assert page.evaluate(FIND_OVERFLOWING) == 0, name
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            worst = page.evaluate(LOWEST_CONTRAST)
            assert worst["ratio"] >= 4.5, f"{name}, {scheme}: {worst}"
    page.context.close()


def test_endless_words_and_code_break_instead_of_scrolling(browser: Browser) -> None:
    endless = f"{'W' * 300} `{'code_' * 60}` https://example.org/{'a' * 200}"
    paper = make_paper("T" * 250, sections=dict.fromkeys(Section, f"{endless}\n\n```\n{'x' * 300}\n```\n"))

    page = open_mail(browser, render_email(make_digest([paper]), {paper.id: paper}).html, width=320)

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(FIND_OVERFLOWING) == 0
    page.context.close()
