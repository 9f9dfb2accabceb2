"""The conversations of ``docs/telegram.md``; ``python -m tests.telegram.doc_conversations`` writes them again.

``conversations/NAME.LANGUAGE.in`` holds what a person types; its first line is the heading.
"""

import asyncio
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.model import Channel, DeliveryState, Target
from digest.model.reasons import Reason, ReasonCode
from digest.services.broadcasts import Audience
from digest.services.delivery import Settlement
from digest.telegram.terminal import run_terminal
from tests.telegram.chat_app import ADMIN, ChatApp, build_terminal_application, open_chat_app

SCRIPTS = sorted((Path(__file__).parent / "conversations").glob("*.in"))
PAGE = Path(__file__).parents[2] / "docs" / "telegram.md"
BEGIN, END = "<!-- conversations: written by `make golden` -->", "<!-- end of conversations -->"
_READER_ID = 1
_ONE_TIME_KEY = re.compile(r"(yes|确认) [0-9a-f]{8}")
"""A one-use key, another each time."""


async def render_conversations() -> str:
    """Hold every conversation, each in a fresh house, and give them as the page shows them."""
    told = []
    for script in SCRIPTS:
        heading, _, typed = script.read_text(encoding="utf-8").partition("\n")
        with TemporaryDirectory() as folder:
            async with open_chat_app(Path(folder)) as home:
                told.append(f"### {heading}\n```text\n{await _run_script(home, script, typed)}\n```\n")
    return "\n".join(told)


def replace_conversations(rendered: str, page: str) -> str:
    """Return a page with these conversations in the place of those that it has."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{rendered}{END}{after}"


async def _create_uncertain_broadcasts(chat_app: ChatApp) -> None:
    """Let an outage have come between two broadcasts and three readers, of whom one has left since."""
    reasons = {Channel.TELEGRAM: ReasonCode.TELEGRAM_NO_ANSWER, Channel.EMAIL: ReasonCode.SMTP_NO_ANSWER}
    for number in range(3):
        places = [Target.telegram(101 + number), Target.email(f"reader{number}@example.org")]
        await chat_app.deps.subscriptions.add_subscriber(places, ["robotics"])
    for text in ("The server moves tonight.", "The server has moved."):
        await chat_app.store.broadcasts.queue(text, Audience(), str(ADMIN), chat_app.clock())
    now, until = chat_app.clock(), chat_app.clock() + timedelta(minutes=1)
    for channel, reason in reasons.items():
        doubt = Settlement(state=DeliveryState.UNCERTAIN, reason=Reason(reason, "TimeoutError"))
        for row in await chat_app.store.outbox.claim(channel, "one", due_at=now, now=now, until=until, limit=10):
            await chat_app.store.outbox.settle(row.id, "one", doubt, now)
    await chat_app.deps.subscriptions.mark_unreachable(Target.telegram(103), Reason(ReasonCode.BOT_BLOCKED))


async def _run_script(chat_app: ChatApp, script: Path, typed: str) -> str:
    _, name, language = script.stem.split(".")
    if name == "admin-in-doubt":
        await _create_uncertain_broadcasts(chat_app)
    out = StringIO()
    await run_terminal(
        lambda request: build_terminal_application(chat_app.deps, request),
        StringIO(typed),
        out,
        clock=chat_app.clock,
        user_id=ADMIN if name.startswith("admin") else _READER_ID,
        language_code=language,
    )
    told = re.sub(r"\n{3,}", "\n\n", out.getvalue().strip())
    return _ONE_TIME_KEY.sub(r"\1 1a2b3c4d", told)


def main() -> None:
    """Write the conversations into the page."""
    told = asyncio.run(render_conversations())
    PAGE.write_text(replace_conversations(told, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
