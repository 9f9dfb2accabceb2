"""Short ways for tests to talk with the bot."""

from digest.model import Channel, Preferences, Target, VerificationCode
from tests.support.telegram_users import Person
from tests.support.telegram_world import ChatMessage
from tests.telegram.chat_app import ChatApp


async def send_and_wait(person: Person, text: str) -> ChatMessage:
    """Send a message and give the first answer to it."""
    person.send(text)
    return await person.wait_for_message()


async def stored_preferences(chat_app: ChatApp, person: Person) -> Preferences:
    """Return what the store holds of a person's choices."""
    reader = await chat_app.deps.subscriptions.find_profile(Target.telegram(person.id))
    assert reader is not None
    return reader.preferences


async def newest_code(chat_app: ChatApp) -> str:
    """Return the newest code that waits in the outbox to be mailed."""
    rows = await chat_app.store.outbox.claim(
        Channel.EMAIL, "a test", due_at=chat_app.clock(), now=chat_app.clock(), until=chat_app.clock(), limit=10
    )
    await chat_app.store.outbox.release("a test")
    codes = [row.content.code for row in rows if isinstance(row.content, VerificationCode)]
    return codes[-1]
