"""Short ways for tests to talk with the bot."""

from digest.model import AddressCode, Channel, Preferences, Target
from tests.chat.household import Household
from tests.support.telegram_people import Person
from tests.support.telegram_world import ChatMessage


async def ask(person: Person, text: str) -> ChatMessage:
    """Send a message and give the first answer to it."""
    person.send(text)
    return await person.wait_for_message()


async def preferences(home: Household, person: Person) -> Preferences:
    """Give what the store holds of a person's choices."""
    reader = await home.house.membership.reader(Target.telegram(person.id))
    assert reader is not None
    return reader.preferences


async def code_sent(home: Household) -> str:
    """Give the newest code that waits in the outbox to be mailed."""
    rows = await home.store.outbox.claim(
        Channel.EMAIL, "a test", due=home.clock(), now=home.clock(), until=home.clock(), most=10
    )
    await home.store.outbox.release("a test")
    codes = [row.content.code for row in rows if isinstance(row.content, AddressCode)]
    return codes[-1]
