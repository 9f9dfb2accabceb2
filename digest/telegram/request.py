"""What somebody asks of the bot, and what they get: values without Telegram's classes."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from html import escape

from digest.model import Locale, SubscriberProfile, Target
from digest.model.message import Button, Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import Action, encode_callback
from digest.telegram.input.commands import strip_invisible
from digest.text.i18n import Translator, translator_for
from digest.text.sanitize import html_to_plain

_COMMAND_PLACE = re.compile(r"\{/(\w+)")
_MAX_USER_TEXT = 40
_MAX_EXCEPTIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """A file that somebody sent: its name and size as Telegram states them, and how to fetch it."""

    name: str
    size: int
    fetch: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMessage:
    """The message that a request came with.

    For a command: the ``file`` in it (in private chats alone), and the text of the message that it replies to.
    For a button: the ``id`` and ``keyboard`` of the message below which it was pressed.
    """

    id: int | None = None
    quoted_text: str = ""
    file: UploadedFile | None = None
    keyboard: Keyboard = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command or a button: who gives it for which chat, in which language, and the ``text`` behind it.

    ``user_id`` is the Telegram id of whoever asks, ``profile`` the subscriber behind ``target``, None for a
    newcomer, whose ``timezone`` is guessed from their language. ``is_admin``: an admin of the bot asks in a
    private chat. ``bot_username`` is for links that open the bot. ``reply_to`` is the private chat in which the
    answer is read if another chat, the target, is managed from there.
    """

    target: Target
    user_id: int
    locale: Locale
    profile: SubscriberProfile | None = None
    is_admin: bool = False
    text: str = ""
    timezone: str | None = None
    bot_username: str = ""
    message: SourceMessage = SourceMessage()
    reply_to: Target | None = None

    @property
    def tr(self) -> Translator:
        """The language to answer in."""
        return translator_for(self.locale)

    @property
    def is_private(self) -> bool:
        """Whether it is about the private chat of whoever asks; only groups and channels have negative ids."""
        return not self.target.address.startswith("-")

    @property
    def managed_id(self) -> int | None:
        """The number of the chat that is managed from another one, None if a chat asks for itself."""
        return self.profile.subscriber.id if self.reply_to and self.profile else None

    def managing(self, profile: SubscriberProfile, target: Target, text: str = "") -> "Request":
        """Return the request about another chat, whose answer is read in this one."""
        return replace(
            self, target=target, profile=profile, text=text, is_admin=False, reply_to=self.reply_to or self.target
        )

    def command(self, name: str, args: str = "") -> str:
        """Return how a command is typed: ``/subscribe nlp``, for a managed chat ``/groups 57 subscribe nlp``.

        For a managed chat ``start`` is ``/groups 57``.
        """
        if self.managed_id is None:
            return f"/{name} {args}".rstrip()
        return " ".join(filter(None, ("/groups", str(self.managed_id), "" if name == "start" else name, args)))

    def gettext(self, message: str, /, **values: object) -> str:
        """Return a message in the language of the answer, with its places filled from ``values``.

        ``{/today}`` and ``{/settings:hour 8:30}`` are commands for the target.
        """
        return self.tr.gettext(message, **values, **self._commands_in(message))

    def ngettext(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Return the plural form that fits ``n``, filled as ``gettext`` does."""
        return self.tr.ngettext(one, many, n, **values, **self._commands_in(one))

    def _commands_in(self, message: str) -> dict[str, object]:
        return {f"/{name}": _CommandPlace(self, name) for name in _COMMAND_PLACE.findall(message)}

    def callback(self, action: Action, *args: str) -> str:
        """Return the callback data of a button that acts on the target; ``ValueError`` as ``encode_callback``."""
        return encode_callback(action, *args, target_id=self.managed_id)


@dataclass(frozen=True, slots=True)
class _CommandPlace:
    """Fills a place such as ``{/settings:hour 8:30}``: what is behind the colon are the command's arguments."""

    request: Request
    name: str

    def __format__(self, args: str) -> str:
        """Return the command as Telegram makes a link of it, or, if that leaves out a part, as code to copy."""
        typed = self.request.command(self.name, args)
        return f"<code>{typed}</code>" if " " in typed else typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answer: messages, and for a pressed button a ``notice`` that Telegram shows for a moment.

    ``edits_message``: the first part takes the place of the message whose button was pressed, the others
    follow it. ``alert``: the notice stays until it is closed. ``keyboard`` replaces that of the pressed
    message, whose text stays. ``has_papers``: what names a managed chat goes into a message before them.
    """

    messages: tuple[TelegramMessage, ...] = ()
    notice: str = ""
    alert: bool = False
    edits_message: bool = False
    keyboard: Keyboard | None = None
    has_papers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Another command answers: ``command`` with ``args``; what it answers goes before ``followed_by``.

    ``group`` is the number of the chat that it is for, None for the chat that asks. ``command`` "" means that
    ``args`` still has to be read: ``subscribe nlp``.
    """

    command: str = ""
    args: str = ""
    group: int | None = None
    followed_by: tuple[TelegramMessage, ...] = ()


Reply = Response | Redirect


def html_response(html: str, keyboard: Keyboard = ()) -> Response:
    """Answer with one message."""
    return Response(messages=(html_message(html, keyboard),))


def html_message(html: str, keyboard: Keyboard = ()) -> TelegramMessage:
    """Return one message from its HTML."""
    return TelegramMessage(html=html, plain=html_to_plain(html), keyboard=keyboard)


def alert_response(text: str) -> Response:
    """Answer a button with a text that stays until it is closed."""
    return Response(notice=text, alert=True)


def join_lines(*parts: str) -> str:
    """Join lines, leaving out those that are empty."""
    return "\n".join(filter(None, parts))


def join_paragraphs(*parts: str) -> str:
    """Join paragraphs with an empty line between, leaving out those that are empty."""
    return "\n\n".join(filter(None, parts))


def escape_user_text(text: str) -> str:
    """Return a person's own words for use in an answer: one line, cut, without direction characters."""
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
    request: Request, taxonomy: Taxonomy, slugs: tuple[str, ...], action: Action = Action.SUBSCRIBE
) -> Keyboard:
    """Offer each of these domains, one in a row."""
    return tuple(
        (Button(text=taxonomy.name(slug, request.locale), callback_data=request.callback(action, slug)),)
        for slug in slugs
    )
