"""The chat: a door that translates what people say into use cases, and results into sentences.

``room`` meets Telegram; ``table`` says who answers which command; ``following``, ``reading``,
``preferences``, ``address``, ``leaving`` and the others ask the use cases; ``answers`` finds the words.
``terminal`` is the same room without Telegram.
"""

from digest.bucket import RateLimiter
from digest.chat.house import HandlerDependencies
from digest.chat.menu import set_commands
from digest.chat.room import ALLOWED_UPDATES, BotApplication, register_handlers

__all__ = [
    "ALLOWED_UPDATES",
    "BotApplication",
    "HandlerDependencies",
    "RateLimiter",
    "register_handlers",
    "set_commands",
]
