"""Everything that is kept about a reader, as a file, and what it comes to in words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from digest.chat.ask import Response, html_message, html_response, join_lines
from digest.message import Attachment
from digest.words import Translator

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
