"""Saved papers and votes."""

from digest.chat.answers import general
from digest.chat.ask import Ask, Reply
from digest.chat.house import House


async def saved(house: House, ask: Ask) -> Reply:
    """Answer ``/saved``."""
    return general.not_understood(ask.words)


async def more(house: House, ask: Ask, at: str) -> Reply:
    """Show the page of saved papers that begins at ``at``."""
    return general.not_understood(ask.words)


async def save(house: House, ask: Ask, paper: str, wish: str) -> Reply:
    """Keep a paper, or keep it no more."""
    return general.not_understood(ask.words)


async def vote(house: House, ask: Ask, paper: str, wish: str) -> Reply:
    """Like a paper, dislike it, or neither."""
    return general.not_understood(ask.words)
