"""What is known about a reader, shown to themselves.

Forget: erasing a reader, after they said yes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from digest.model.message import Attachment, Button, Keyboard
from digest.render.telegram.callback_data import Action
from digest.telegram.confirmations import EraseData
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.commands import is_yes
from digest.telegram.request import Request, Response, html_message, html_response, join_lines
from digest.telegram.routes import Command, ConfirmationRoute
from digest.text.i18n import Translator, gettext_noop

EXPORT_FILE_NAME = "paper-digest.json"


async def mydata(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/mydata`` with a file that holds every row about whoever asks."""
    if request.profile is None:
        return _no_data(request.tr)
    record = await deps.export_data(request.profile.subscriber.id)
    data = json.dumps(record, ensure_ascii=False, indent=2).encode()
    return _data_export(request.tr, record, data)


async def forget(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/forget``, which asks, and ``/forget yes``, which erases."""
    if request.profile is None:
        return _nothing_to_erase(request)
    if is_yes(request.text):
        return await _erase_data(deps, request, EraseData())
    key = deps.confirmations.add(EraseData(), user_id=request.user_id, target=request.target, now=deps.clock())
    return _erase_prompt(request, key) if request.is_private else _erase_group_prompt(request, key)


async def _erase_data(deps: HandlerDependencies, request: Request, _action: EraseData) -> Response:
    if await deps.subscriptions.erase(request.target):
        return _data_erased(request.tr) if request.is_private else _group_erased(request)
    return _nothing_to_erase(request)


def _no_data(tr: Translator) -> Response:
    return html_response(tr.gettext("No data is stored about you. To start: /start"))


def _data_export(tr: Translator, exported: Mapping[str, Sequence[Any]], data: bytes) -> Response:
    told = join_lines(
        tr.gettext("This is all the data stored about you: your settings, addresses, and what was sent to you."),
        tr.ngettext("{n} delivery", "{n} deliveries", len(exported["deliveries"])),
        tr.ngettext("{n} saved paper", "{n} saved papers", len(exported["saved"])),
        tr.gettext("To change it: /settings. To erase it: /forget"),
    )
    document = Attachment(name=EXPORT_FILE_NAME, data=data)
    return Response(messages=(replace(html_message(told), attachment=document),))


def _erase_prompt(request: Request, key: str) -> Response:
    return html_response(
        request.gettext(
            "Erase all your data: what you follow, your settings and your email address? This cannot be "
            "undone. Tap below or type <code>/forget yes</code>. To take a break instead: /pause"
        ),
        _erase_keyboard(request, key),
    )


def _erase_group_prompt(request: Request, key: str) -> Response:
    return html_response(
        request.gettext(
            "Erase what this chat follows and its settings? Nothing more will be sent here. This cannot be "
            "undone. Tap below or type {/forget:yes}. To take a break instead: {/pause}"
        ),
        _erase_keyboard(request, key),
    )


def _erase_keyboard(request: Request, key: str) -> Keyboard:
    return (
        (
            Button(text=request.gettext("Erase everything"), callback_data=request.callback(Action.CONFIRM, key)),
            Button(text=request.gettext("Keep"), callback_data=request.callback(Action.CANCEL, key)),
        ),
    )


def _group_erased(request: Request) -> Response:
    return html_response(
        request.gettext("Done. The subscription of this chat has been erased. To start again: {/start}")
    )


def _data_erased(tr: Translator) -> Response:
    return html_response(tr.gettext("Done. All data about you has been erased. You can come back at any time: /start"))


def _nothing_to_erase(request: Request) -> Response:
    return html_response(
        request.gettext("No data is stored about you, so there is nothing to erase. To start: {/start}")
    )


def _erase_cancelled(request: Request) -> Response:
    return html_response(request.gettext("Nothing was erased. Your settings: {/settings}"))


COMMANDS = (
    Command(
        name="mydata",
        handle=mydata,
        aliases=("我的数据",),
        menu=gettext_noop("All data stored about you"),
        help=(gettext_noop("/mydata – all data stored about you"),),
        personal=True,
        private_only=True,
    ),
    Command(
        name="forget",
        handle=forget,
        aliases=("忘记我", "删除我"),
        menu=gettext_noop("Erase all your data"),
        help=(gettext_noop("/forget – erase everything about you"),),
        personal=True,
        needs_group_admin=True,
        manages_groups=True,
        needs_posting=False,
        owner_suffices=True,
    ),
)


CONFIRMATIONS = {EraseData: ConfirmationRoute(confirm=_erase_data, cancel=_erase_cancelled)}
