"""What somebody asks of the bot, and what they get: values without Telegram's classes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape

from digest.model import Locale, SubscriberProfile, Target
from digest.model.message import Button, Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import Action, encode_callback
from digest.telegram.input.commands import strip_invisible
from digest.text.html_to_plain import html_to_plain
from digest.text.i18n import Translator, translator_for

_MAX_USER_TEXT = 40
_MAX_EXCEPTIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """A file that somebody sent: its name and bytes as they say, and how to fetch it."""

    name: str
    size: int
    fetch: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One command: who gives it, where, in which language, and the ``text`` behind it.

    ``user_id`` is the Telegram id of whoever asks; ``timezone`` is guessed from their language, None in a
    group. ``profile`` is the subscriber behind the target, None for a newcomer. ``is_admin`` tells an admin
    of the whole bot who asks in a private chat. ``quoted_text`` is the text of the message that was answered,
    ``message_id`` the number and ``keyboard`` the buttons of the message whose button was pressed.
    ``reply_to`` is where the answer is read, where that is not the target: a private chat from which another
    chat is steered. ``file`` is what came with the message, in private chats alone. ``bot_username`` is the
    bot's own username, for links that open it.
    """

    target: Target
    user_id: int
    locale: Locale
    profile: SubscriberProfile | None = None
    is_private: bool = True
    is_admin: bool = False
    text: str = ""
    timezone: str | None = None
    quoted_text: str = ""
    reply_to: Target | None = None
    message_id: int | None = None
    file: UploadedFile | None = None
    keyboard: Keyboard = ()
    bot_username: str = ""

    @property
    def tr(self) -> Translator:
        """The language to answer in."""
        return translator_for(self.locale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answer: messages, and for a pressed button a ``notice`` that Telegram shows for a moment.

    ``edits_message``: the first part takes the place of the message whose button was pressed, the others
    follow it. ``alert``: the notice stays until it is closed. ``keyboard`` takes the place of the pressed
    message's, whose words stay.
    """

    messages: tuple[TelegramMessage, ...] = ()
    notice: str = ""
    alert: bool = False
    edits_message: bool = False
    keyboard: Keyboard | None = None


def html_response(html: str, keyboard: Keyboard = ()) -> Response:
    """Answer with one message."""
    return Response(messages=(html_message(html, keyboard),))


def html_message(html: str, keyboard: Keyboard = ()) -> TelegramMessage:
    """Return one message from its HTML."""
    return TelegramMessage(html=html, plain=html_to_plain(html), keyboard=keyboard)


def join_lines(*parts: str) -> str:
    """Put sentences under each other, leaving out those that are empty."""
    return "\n".join(filter(None, parts))


def join_paragraphs(*parts: str) -> str:
    """Put paragraphs under each other with a blank line between, leaving out those that are empty."""
    return "\n\n".join(filter(None, parts))


def escape_user_text(text: str) -> str:
    """Return a person's own words for use in an answer: one line, cut, without signs that turn the text."""
    line = " ".join(strip_invisible(text).split())
    return escape(line if len(line) <= _MAX_USER_TEXT else f"{line[:_MAX_USER_TEXT].rstrip()}…", quote=False)


def format_domains(taxonomy: Taxonomy, slugs: tuple[str, ...] | None, tr: Translator) -> str:
    """Return the names of domains as a list of this language, "everything", or "everything except"."""
    if slugs is None:
        return tr.gettext("everything")
    missing = tuple(slug for slug in taxonomy.slugs if slug not in slugs)
    if 0 < len(missing) <= _MAX_EXCEPTIONS < len(slugs):
        return tr.gettext("everything except {domains}", domains=format_domains(taxonomy, missing, tr))
    names = [escape_user_text(taxonomy.name(slug, tr.locale)) for slug in slugs]
    return tr.format_list([tr.gettext("“{name}”", name=name) for name in names])


def domain_buttons(
    taxonomy: Taxonomy, slugs: tuple[str, ...], locale: Locale, action: Action = Action.SUBSCRIBE
) -> Keyboard:
    """Offer each of these domains, one in a row."""
    return tuple(
        (Button(text=taxonomy.name(slug, locale), callback_data=encode_callback(action, slug)),) for slug in slugs
    )
