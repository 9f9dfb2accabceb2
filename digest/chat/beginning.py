"""The first minute: what to send, today's digest at once, the hour and the zone."""

from digest.chat.answers import general
from digest.chat.ask import Ask, Reply
from digest.chat.house import House


async def step(house: House, ask: Ask, name: str, value: str) -> Reply:
    """Take a step of the first minute."""
    return general.not_understood(ask.words)
