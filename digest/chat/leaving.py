"""Forget: erasing a reader, after they said yes."""

from digest.chat.answers import leaving as answers
from digest.chat.ask import Ask, Reply
from digest.chat.confirmations import ForgetMe
from digest.chat.house import House

_YES = ("yes", "y", "是", "确认", "确定", "好")


async def forget(house: House, ask: Ask) -> Reply:
    """Answer ``/forget``, which asks, and ``/forget yes``, which erases."""
    if ask.reader is None:
        return answers.nothing_to_forget(ask.words)
    if ask.text.strip().casefold() in _YES:
        return await forget_now(house, ask)
    key = house.confirmations.ask(ForgetMe(), person=ask.person, target=ask.target, now=house.clock())
    return answers.ask_forget(ask.words, key) if ask.private else answers.ask_forget_chat(ask.words, key)


async def forget_now(house: House, ask: Ask) -> Reply:
    """Erase the reader who asks."""
    if await house.membership.forget(ask.target):
        return answers.forgotten(ask.words) if ask.private else answers.forgotten_chat(ask.words)
    return answers.nothing_to_forget(ask.words)
