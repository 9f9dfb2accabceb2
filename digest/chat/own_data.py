"""What is known about a reader, shown to themselves."""

from digest.chat.answers import general
from digest.chat.ask import Ask, Reply
from digest.chat.house import House


async def mydata(house: House, ask: Ask) -> Reply:
    """Answer ``/mydata``."""
    return general.not_understood(ask.words)
