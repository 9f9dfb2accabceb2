"""The golden conversations; ``python -m tests.telegram.golden_conversations`` writes them again, for a review."""

import asyncio
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.telegram.terminal import run_terminal
from tests.telegram.chat_app import ChatApp, build_terminal_application, open_chat_app

GOLDEN = Path(__file__).parent / "golden"
SCRIPTS = sorted(GOLDEN.glob("*.in"))


async def terminal_output(chat_app: ChatApp, typed: str, *, language: str = "en") -> str:
    """Return what a pipe of these lines prints."""
    out = StringIO()
    await run_terminal(
        lambda request: build_terminal_application(chat_app.deps, request),
        StringIO(typed),
        out,
        clock=chat_app.clock,
        language_code=language,
    )
    return out.getvalue()


def language_of(script: Path) -> str:
    """Return the language of whoever speaks: ``first-day-zh.in``."""
    return script.stem.rpartition("-")[2]


async def _run_script(typed: str, language: str) -> str:
    """Hold a conversation in a fresh house."""
    with TemporaryDirectory() as folder:
        async with open_chat_app(Path(folder)) as home:
            return await terminal_output(home, typed, language=language)


def main() -> None:
    """Write every conversation beside what is typed in it."""
    for script in SCRIPTS:
        told = asyncio.run(_run_script(script.read_text(), language_of(script)))
        script.with_suffix(".out").write_text(told)


if __name__ == "__main__":
    main()
