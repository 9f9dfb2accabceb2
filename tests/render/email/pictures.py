"""Pictures of every mail, light and dark, wide and narrow: ``python -m tests.render.email.pictures --out DIR``."""

import argparse
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser

from tests.render.email.sample_emails import sample_emails
from tests.support.browser import ColorScheme, open_mail, run_chromium

MAX_HEIGHT = 2_000
"""Pixels of a picture; a whole day is longer than anybody looks at."""


def draw_email(
    browser: Browser, html: str, file: Path, *, width: int, scheme: ColorScheme, max_height: int = MAX_HEIGHT
) -> None:
    """Draw a mail into a PNG file."""
    page = open_mail(browser, html, width=width, scheme=scheme)
    height = min(int(page.evaluate("document.documentElement.scrollHeight")), max_height)
    page.set_viewport_size({"width": width, "height": height})
    page.screenshot(path=file)
    page.context.close()


def main() -> None:
    """Draw every sample, and the two pictures of the documentation where ``--docs`` names its folder."""
    parser = argparse.ArgumentParser(description="Draw every mail.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--docs", type=Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    mails = sample_emails()
    schemes: tuple[ColorScheme, ...] = ("light", "dark")
    with run_chromium() as browser:
        for (name, mail), width, scheme in product(mails.items(), (760, 320), schemes):
            draw_email(browser, mail.html, arguments.out / f"{name}-{width}-{scheme}.png", width=width, scheme=scheme)
        if arguments.docs:
            light, dark = arguments.docs / "email-light.png", arguments.docs / "email-dark-320.png"
            draw_email(browser, mails["chosen-en"].html, light, width=760, scheme="light", max_height=1_150)
            draw_email(browser, mails["chosen-zh"].html, dark, width=320, scheme="dark", max_height=1_150)


if __name__ == "__main__":
    main()
