"""The conversations of ``docs/telegram.md``; ``python -m tests.chat.conversations`` writes them again.

``conversations/NAME.LANGUAGE.in`` holds what a person types; its first line is the heading.
"""

import asyncio
import re
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.chat.terminal import talk
from tests.chat.household import ADMIN, Household, household, terminal_application

SCRIPTS = sorted((Path(__file__).parent / "conversations").glob("*.in"))
PAGE = Path(__file__).parents[2] / "docs" / "telegram.md"
BEGIN, END = "<!-- conversations: written by `make golden` -->", "<!-- end of conversations -->"
_READER = 1
_KEY = re.compile(r"(yes) [0-9a-f]{8}")
"""A one-use key, another each time."""


async def conversations() -> str:
    """Hold every conversation, each in a fresh house, and give them as the page shows them."""
    told = []
    for script in SCRIPTS:
        heading, _, typed = script.read_text(encoding="utf-8").partition("\n")
        with TemporaryDirectory() as folder:
            async with household(Path(folder)) as home:
                told.append(f"### {heading}\n```text\n{await _held(home, script, typed)}\n```\n")
    return "\n".join(told)


def page_with(told: str, page: str) -> str:
    """Give a page with these conversations in the place of those that it has."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{told}{END}{after}"


async def _held(home: Household, script: Path, typed: str) -> str:
    _, name, language = script.stem.split(".")
    out = StringIO()
    await talk(
        lambda request: terminal_application(home.house, request),
        StringIO(typed),
        out,
        clock=home.clock,
        user_id=ADMIN if name.startswith("admin") else _READER,
        language_code=language,
    )
    told = re.sub(r"\n{3,}", "\n\n", out.getvalue().strip())
    return _KEY.sub(r"\1 1a2b3c4d", told)


def main() -> None:
    """Write the conversations into the page."""
    told = asyncio.run(conversations())
    PAGE.write_text(page_with(told, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
