"""What whoever set a group or channel up hears of it in their private chat."""

from enum import StrEnum
from typing import assert_never

from digest.model import Announcement, Locale
from digest.words import Words, words_in

LEVELS = " › "
"""Stands between the name of a forum and that of its topic."""

_LONGEST = 60


class News(StrEnum):
    """What can happen to the bot in a chat."""

    OUT = "out"
    """It was put out, or the chat is no more."""
    SILENCED = "silenced"
    """The right to write was taken from it."""
    HEARD = "heard"
    """It may write again."""
    WAITING = "waiting"
    """A message was not let through; the next tries are a day apart."""
    GIVEN_UP = "given up"
    """So many tries were in vain that there are no more."""
    NO_TOPIC = "no topic"
    """The topic was deleted."""


def told(news: News, title: str, number: int, locale: Locale) -> Announcement:
    """Say what happened in the chat called ``title``, which ``/groups number`` steers."""
    return Announcement(text=_text(news, words_in(locale), cut(title), number), locale=locale, notice=True)


def cut(title: str) -> str:
    """Give a chat's name in one line of bounded length."""
    line = " ".join(title.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()}…"


def _text(news: News, words: Words, title: str, number: int) -> str:
    match news:
        case News.OUT:
            return words.say(
                "I am no longer in “{title}”, so nothing goes there any more. Put me back and it goes on as "
                "it was; to erase what it followed: /groups {number} forget",
                title=title,
                number=number,
            )
        case News.SILENCED:
            return words.say(
                "I may not write in “{title}” any more, so nothing goes there for now. Give me the right to "
                "post again and it goes on by itself. All your chats: /groups",
                title=title,
            )
        case News.HEARD:
            return words.say(
                "I may write in “{title}” again: its digests go on. All your chats: /groups", title=title
            )
        case News.WAITING:
            return words.say(
                "“{title}” did not let me write just now. I try once a day for a week. Please look whether "
                "I may post there and the topic is open. All your chats: /groups",
                title=title,
            )
        case News.GIVEN_UP:
            return words.say(
                "“{title}” has not let me write for a week, so I stop trying. Once I may post there again, "
                "say /groups {number} resume",
                title=title,
                number=number,
            )
        case News.NO_TOPIC:
            return words.say(
                "The topic “{title}” is no more, so nothing goes there. Another one: say /start in it. "
                "All your chats: /groups",
                title=title,
            )
        case forgotten:
            assert_never(forgotten)
