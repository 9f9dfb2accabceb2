"""Everything that is kept about a reader, as a file, and what it comes to in words.

Being forgotten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from digest.model.message import Attachment, Button, Keyboard
from digest.render.telegram.callback_data import Action, encode_callback
from digest.telegram.request import Response, html_message, html_response, join_lines
from digest.text.i18n import Translator

EXPORT_FILE_NAME = "paper-digest.json"


def no_data(tr: Translator) -> Response:
    """Say that nobody is known here."""
    return html_response(tr.gettext("I know nothing about you. To begin: /start"))


def data_export(tr: Translator, exported: Mapping[str, Sequence[Any]], data: bytes) -> Response:
    """Return the file, and say what is in it and how to end that."""
    told = join_lines(
        tr.gettext("This is everything I keep about you: your settings, addresses, and what I sent you."),
        tr.ngettext("{n} delivery", "{n} deliveries", len(exported["deliveries"])),
        tr.ngettext("{n} saved paper", "{n} saved papers", len(exported["saved"])),
        tr.gettext("To change it: /settings. To erase it: /forget"),
    )
    document = Attachment(name=EXPORT_FILE_NAME, data=data)
    return Response(messages=(replace(html_message(told), attachment=document),))


def erase_prompt(tr: Translator, key: str) -> Response:
    """Ask whether everything shall be erased."""
    return html_response(
        tr.gettext(
            "Shall I erase everything about you: what you follow, your settings, your email address? "
            "This cannot be undone. Tap below or type <code>/forget yes</code>. Only a break: /pause"
        ),
        _erase_keyboard(tr, key),
    )


def erase_group_prompt(tr: Translator, key: str) -> Response:
    """Ask whether everything about a group, channel or topic shall be erased."""
    return html_response(
        tr.gettext(
            "Shall I erase what this chat follows and its settings? Nothing is sent here after that. "
            "This cannot be undone. Tap below or type <code>/forget yes</code>. Only a break: /pause"
        ),
        _erase_keyboard(tr, key),
    )


def _erase_keyboard(tr: Translator, key: str) -> Keyboard:
    return (
        (
            Button(text=tr.gettext("Erase everything"), callback_data=encode_callback(Action.CONFIRM, key)),
            Button(text=tr.gettext("Keep it"), callback_data=encode_callback(Action.CANCEL, key)),
        ),
    )


def group_erased(tr: Translator) -> Response:
    """Say that a chat is forgotten."""
    return html_response(tr.gettext("Done: what this chat followed is erased. To begin anew: /start"))


def data_erased(tr: Translator) -> Response:
    """Say goodbye."""
    return html_response(
        tr.gettext("Done: I have erased everything about you. Should you ever want to come back: /start")
    )


def nothing_to_erase(tr: Translator) -> Response:
    """Say that nothing is known."""
    return html_response(tr.gettext("I know nothing about you, so there is nothing to erase. To begin: /start"))


def erase_cancelled(tr: Translator) -> Response:
    """Say that nothing was erased."""
    return html_response(tr.gettext("Nothing was erased. Your settings: /settings"))
