"""Telegram: the chat, in which people use commands and buttons, and the delivery of messages.

``updates`` receives an update, ``commands`` finds who answers it, ``handlers`` ask the services and word the
answer, ``sender`` sends it. ``terminal`` is the same chat without Telegram.
"""

from digest.services.rate_limit import RateLimiter
from digest.telegram.commands import set_commands
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.updates import ALLOWED_UPDATES, BotApplication, register_handlers

__all__ = [
    "ALLOWED_UPDATES",
    "BotApplication",
    "HandlerDependencies",
    "RateLimiter",
    "register_handlers",
    "set_commands",
]
