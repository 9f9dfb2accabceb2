"""Search: papers of every report by words, a page at a time."""

from digest.chat.answers import general
from digest.chat.ask import Ask, Reply
from digest.chat.house import House


async def search(house: House, ask: Ask) -> Reply:
    """Answer ``/search WORDS``."""
    return general.not_understood(ask.words)


async def more(house: House, ask: Ask, at: str) -> Reply:
    """Show the page of the newest search that begins at ``at``."""
    return general.not_understood(ask.words)
