"""Short ways for tests to be an admin."""

import re

from tests.chat.household import Household
from tests.chat.talking import ask
from tests.support.telegram_people import Person
from tests.support.telegram_world import ChatMessage


async def queued(home: Household) -> list[str]:
    """Give the addresses for which a message waits in Telegram."""
    return sorted(row.target.address for row in await home.store.outbox.rows())


async def preview(admin: Person, words: str) -> tuple[ChatMessage, ChatMessage]:
    """Ask for a broadcast; give what would arrive, and the question."""
    shown = await ask(admin, words)
    return shown, await admin.wait_for_message()


def typed_yes(question: ChatMessage) -> str:
    """Give the command that a question says may be typed instead of a tap."""
    found = re.search(r"/(?:broadcast|upload) yes [0-9a-f]{8}", question.text)
    assert found is not None
    return found[0]


async def broadcast_to(admin: Person, words: str, button: str) -> int:
    """Send a broadcast; give its number."""
    _, question = await preview(admin, words)
    await admin.tap(button, on=question).answered()
    await admin.wait_for_edit(question, "on its way")
    found = re.search(r"Broadcast (\d+)", question.text)
    assert found is not None
    return int(found[1])
