"""Everything that is kept about a reader, as a file, and what it comes to in words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from digest.chat.ask import Reply, lines, message, said
from digest.message import Document
from digest.words import Words

FILE_NAME = "paper-digest.json"


def nothing(words: Words) -> Reply:
    """Say that nobody is known here."""
    return said(words.say("I know nothing about you. To begin: /start"))


def everything(words: Words, record: Mapping[str, Sequence[Any]], data: bytes) -> Reply:
    """Give the file, and say what is in it and how to end that."""
    told = lines(
        words.say("This is everything I keep about you: your settings, addresses, and what I sent you."),
        words.count("{n} delivery", "{n} deliveries", len(record["deliveries"])),
        words.count("{n} saved paper", "{n} saved papers", len(record["saved"])),
        words.say("To change it: /settings. To erase it: /forget"),
    )
    document = Document(name=FILE_NAME, data=data)
    return Reply(parts=(replace(message(told), document=document),))
