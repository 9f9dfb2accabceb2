"""The conversations of ``docs/telegram.md``; ``python -m tests.chat.conversations`` writes them again.

``conversations/NAME.LANGUAGE.in`` holds what a person types; its first line is the heading.
"""

import asyncio
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.broadcast import Audience
from digest.chat.terminal import talk
from digest.courier import Settlement
from digest.model import Channel, DeliveryState, Target
from digest.reasons import Reason, ReasonCode
from tests.chat.household import ADMIN, Household, household, terminal_application

SCRIPTS = sorted((Path(__file__).parent / "conversations").glob("*.in"))
PAGE = Path(__file__).parents[2] / "docs" / "telegram.md"
BEGIN, END = "<!-- conversations: written by `make golden` -->", "<!-- end of conversations -->"
_READER = 1
_KEY = re.compile(r"(yes|确认) [0-9a-f]{8}")
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


async def _let_two_broadcasts_be_in_doubt(home: Household) -> None:
    """Let an outage have come between two broadcasts and three readers, of whom one has left since."""
    reasons = {
        Channel.TELEGRAM: ReasonCode.TELEGRAM_NO_ANSWER,
        Channel.EMAIL: ReasonCode.SMTP_NO_ANSWER,
    }
    for number in range(3):
        places = [Target.telegram(101 + number), Target.email(f"reader{number}@example.org")]
        await home.house.membership.enrol(places, ["robotics"])
    for text in ("The server moves tonight.", "The server has moved."):
        await home.store.broadcasts.queue(text, Audience(), str(ADMIN), home.clock())
    now, until = home.clock(), home.clock() + timedelta(minutes=1)
    for channel, reason in reasons.items():
        doubt = Settlement(state=DeliveryState.UNCERTAIN, reason=Reason(reason, "TimeoutError"))
        for row in await home.store.outbox.claim(channel, "one", due=now, now=now, until=until, most=10):
            await home.store.outbox.settle(row.id, "one", doubt, now)
    await home.house.membership.left(Target.telegram(103), Reason(ReasonCode.BOT_BLOCKED))


async def _held(home: Household, script: Path, typed: str) -> str:
    _, name, language = script.stem.split(".")
    if name == "admin-in-doubt":
        await _let_two_broadcasts_be_in_doubt(home)
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
