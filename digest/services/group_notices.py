"""What whoever set a group or channel up hears of it in their private chat."""

from enum import StrEnum
from typing import assert_never

from digest.model import Announcement, Locale
from digest.text.i18n import Translator, translator_for

TITLE_SEPARATOR = " › "
"""Stands between the name of a forum and that of its topic."""

_MAX_TITLE_LENGTH = 60


class GroupEvent(StrEnum):
    """What can happen to the bot in a chat."""

    BOT_REMOVED = "out"
    """It was put out, or the chat is no more."""
    POSTING_FORBIDDEN = "silenced"
    """The right to write was taken from it."""
    POSTING_ALLOWED = "heard"
    """It may write again."""
    POST_REJECTED = "waiting"
    """A message was not let through; the next tries are a day apart."""
    GIVEN_UP = "given up"
    """So many tries were in vain that there are no more."""
    TOPIC_DELETED = "no topic"
    """The topic was deleted."""


def notice_for(event: GroupEvent, title: str, number: int, locale: Locale) -> Announcement:
    """Return what happened in the chat called ``title``, which ``/groups number`` steers."""
    return Announcement(
        text=_notice_text(event, translator_for(locale), shorten_title(title), number), locale=locale, is_system=True
    )


def shorten_title(title: str) -> str:
    """Return a chat's name in one line of bounded length."""
    line = " ".join(title.split())
    return line if len(line) <= _MAX_TITLE_LENGTH else f"{line[:_MAX_TITLE_LENGTH].rstrip()}…"


def _notice_text(event: GroupEvent, tr: Translator, title: str, number: int) -> str:
    match event:
        case GroupEvent.BOT_REMOVED:
            return tr.gettext(
                "I was removed from “{title}”, so delivery there has stopped. Add me again to resume with "
                "the same settings. To erase them: /groups {number} forget",
                title=title,
                number=number,
            )
        case GroupEvent.POSTING_FORBIDDEN:
            return tr.gettext(
                "I can no longer post in “{title}”, so delivery there is on hold. Give me the right to post "
                "again and it resumes automatically. All your chats: /groups",
                title=title,
            )
        case GroupEvent.POSTING_ALLOWED:
            return tr.gettext(
                "I can post in “{title}” again; its digests continue. All your chats: /groups", title=title
            )
        case GroupEvent.POST_REJECTED:
            return tr.gettext(
                "I could not post in “{title}”. I will retry once a day for a week. Check that I can post "
                "there and that the topic is open. All your chats: /groups",
                title=title,
            )
        case GroupEvent.GIVEN_UP:
            return tr.gettext(
                "I could not post in “{title}” for a week, so I stopped trying. When I can post there again, "
                "send /groups {number} resume",
                title=title,
                number=number,
            )
        case GroupEvent.TOPIC_DELETED:
            return tr.gettext(
                "The topic “{title}” no longer exists, so delivery there has stopped. To use another topic, "
                "send /start in it. All your chats: /groups",
                title=title,
            )
        case forgotten:
            assert_never(forgotten)
