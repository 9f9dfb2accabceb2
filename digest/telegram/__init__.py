"""The chat: a door that translates what people say into use cases, and results into sentences.

``room`` meets Telegram; ``table`` says who answers which command; ``following``, ``reading``,
``preferences``, ``address``, ``leaving`` and the others ask the use cases; ``answers`` finds the words.
``terminal`` is the same room without Telegram.
"""

from digest.services.rate_limit import RateLimiter
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.menu import set_commands
from digest.telegram.updates import ALLOWED_UPDATES, BotApplication, register_handlers

__all__ = [
    "ALLOWED_UPDATES",
    "BotApplication",
    "HandlerDependencies",
    "RateLimiter",
    "register_handlers",
    "set_commands",
]
