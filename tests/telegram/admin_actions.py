"""Short ways for tests to be an admin."""

import re

from tests.support.telegram_users import Person
from tests.support.telegram_world import ChatMessage
from tests.telegram.chat_app import ChatApp
from tests.telegram.conversation import send_and_wait


async def queued_addresses(chat_app: ChatApp) -> list[str]:
    """Return the addresses for which a message waits in Telegram."""
    return sorted(row.target.address for row in await chat_app.store.outbox.list_deliveries())


async def ask_for_broadcast(admin: Person, text: str) -> tuple[ChatMessage, ChatMessage]:
    """Ask for a broadcast; give what would arrive, and the question."""
    shown = await send_and_wait(admin, text)
    return shown, await admin.wait_for_message()


def typed_confirmation(question: ChatMessage) -> str:
    """Return the command that a question says may be typed instead of a tap."""
    found = re.search(r"/(?:broadcast|upload) yes [0-9a-f]{8}", question.text)
    assert found is not None
    return found[0]


async def send_broadcast(admin: Person, text: str, button: str) -> int:
    """Send a broadcast; give its number."""
    _, question = await ask_for_broadcast(admin, text)
    await admin.tap(button, on=question).wait_for_answer()
    await admin.wait_for_edit(question, "is being sent")
    found = re.search(r"Broadcast (\d+)", question.text)
    assert found is not None
    return int(found[1])
