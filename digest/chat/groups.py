"""Groups and channels steered from a private chat."""

from digest.chat.answers import general
from digest.chat.ask import Ask, Reply
from digest.chat.house import House


async def groups(house: House, ask: Ask) -> Reply:
    """Answer ``/groups``."""
    return general.not_understood(ask.words)


async def press(house: House, ask: Ask, what: str, number: str) -> Reply:
    """Do what a button of the list of groups says."""
    return general.not_understood(ask.words)
