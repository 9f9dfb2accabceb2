"""The golden conversations; ``python -m tests.chat.golden_chats`` writes them again, for a review."""

import asyncio
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.chat.terminal import talk
from tests.chat.household import Household, household, terminal_application

GOLDEN = Path(__file__).parent / "golden"
SCRIPTS = sorted(GOLDEN.glob("*.in"))


async def transcript(home: Household, typed: str, *, language: str = "en") -> str:
    """Give what a pipe of these lines prints."""
    out = StringIO()
    await talk(
        lambda request: terminal_application(home.house, request),
        StringIO(typed),
        out,
        clock=home.clock,
        language_code=language,
    )
    return out.getvalue()


def language_of(script: Path) -> str:
    """Give the language of whoever speaks: ``first-day-zh.in``."""
    return script.stem.rpartition("-")[2]


async def _held(typed: str, language: str) -> str:
    """Hold a conversation in a fresh house."""
    with TemporaryDirectory() as folder:
        async with household(Path(folder)) as home:
            return await transcript(home, typed, language=language)


def main() -> None:
    """Write every conversation beside what is typed in it."""
    for script in SCRIPTS:
        told = asyncio.run(_held(script.read_text(), language_of(script)))
        script.with_suffix(".out").write_text(told)


if __name__ == "__main__":
    main()
