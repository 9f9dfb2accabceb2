"""What somebody asks of the bot, and what they get: values without Telegram's classes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape

from digest.callbacks import Action, callback
from digest.chat.command_words import without_unseen
from digest.chat.plain import plain_text
from digest.domains import Taxonomy
from digest.message import Button, ChatPart, Keyboard
from digest.model import Locale, Reader, Target
from digest.words import Words, words_in

_SHOWN = 40
_FEW = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file that somebody sent: its name and bytes as they say, and how to fetch it."""

    name: str
    size: int
    fetch: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One command: who gives it, where, in which language, and the ``text`` behind it.

    ``person`` is the Telegram id of whoever asks; ``zone`` is guessed from their language, None in a group.
    ``reader`` is the subscriber behind the target, None for
    a newcomer. ``admin`` tells an admin of the whole bot who asks in a private chat. ``quoted`` is the text
    of the message that was answered, ``message`` the number and ``keyboard`` the buttons of the message whose
    button was pressed. ``seat`` is where the answer is read, where that is not the target: a private chat
    from which another chat is steered. ``file`` is what came with the message, in private chats alone.
    ``bot`` is the bot's own username, for links that open it.
    """

    target: Target
    person: int
    locale: Locale
    reader: Reader | None = None
    private: bool = True
    admin: bool = False
    text: str = ""
    zone: str | None = None
    quoted: str = ""
    seat: Target | None = None
    message: int | None = None
    file: SentFile | None = None
    keyboard: Keyboard = ()
    bot: str = ""

    @property
    def words(self) -> Words:
        """The language to answer in."""
        return words_in(self.locale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer: messages, and for a pressed button a ``notice`` that Telegram shows for a moment.

    ``edits``: the first part takes the place of the message whose button was pressed, the others follow it.
    ``alert``: the notice stays until it is closed. ``keyboard`` takes the place of the pressed message's,
    whose words stay.
    """

    parts: tuple[ChatPart, ...] = ()
    notice: str = ""
    alert: bool = False
    edits: bool = False
    keyboard: Keyboard | None = None


def said(html: str, keyboard: Keyboard = ()) -> Reply:
    """Answer with one message."""
    return Reply(parts=(message(html, keyboard),))


def message(html: str, keyboard: Keyboard = ()) -> ChatPart:
    """Give one message from its HTML."""
    return ChatPart(html=html, plain=plain_text(html), keyboard=keyboard)


def lines(*parts: str) -> str:
    """Put sentences under each other, leaving out those that are empty."""
    return "\n".join(filter(None, parts))


def paragraphs(*parts: str) -> str:
    """Put paragraphs under each other with a blank line between, leaving out those that are empty."""
    return "\n\n".join(filter(None, parts))


def shown(text: str) -> str:
    """Give a person's own words for use in an answer: one line, cut, without signs that turn the text."""
    line = " ".join(without_unseen(text).split())
    return escape(line if len(line) <= _SHOWN else f"{line[:_SHOWN].rstrip()}…", quote=False)


def domain_names(taxonomy: Taxonomy, slugs: tuple[str, ...] | None, words: Words) -> str:
    """Give the names of domains as a list of this language, "everything", or "everything except"."""
    if slugs is None:
        return words.say("everything")
    missing = tuple(slug for slug in taxonomy.slugs if slug not in slugs)
    if 0 < len(missing) <= _FEW < len(slugs):
        return words.say("everything except {domains}", domains=domain_names(taxonomy, missing, words))
    names = [shown(taxonomy.name(slug, words.locale)) for slug in slugs]
    return words.listing([words.say("“{name}”", name=name) for name in names])


def domain_buttons(
    taxonomy: Taxonomy, slugs: tuple[str, ...], locale: Locale, action: Action = Action.SUBSCRIBE
) -> Keyboard:
    """Offer each of these domains, one in a row."""
    return tuple((Button(text=taxonomy.name(slug, locale), data=callback(action, slug)),) for slug in slugs)
