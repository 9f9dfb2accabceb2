"""An address in Telegram that opens a paper in the private chat with the bot."""

import re

_PAPER = re.compile(r"[0-9]{4}\.[0-9]{4,5}", re.ASCII)


def deep_link(bot: str, paper: str) -> str | None:
    """Give the address for the bot of this username; None for an id that a start payload cannot carry.

    A payload takes 64 of ``A-Za-z0-9_-`` (https://core.telegram.org/bots/features#deep-linking): no dot.
    """
    if not _PAPER.fullmatch(paper):
        return None
    return f"https://t.me/{bot}?start=p_{paper.replace('.', '-')}"
