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
    return html_response(tr.gettext("I know nothing about you. To begin: /start"))


def _data_export(tr: Translator, exported: Mapping[str, Sequence[Any]], data: bytes) -> Response:
    told = join_lines(
        tr.gettext("This is everything I keep about you: your settings, addresses, and what I sent you."),
        tr.ngettext("{n} delivery", "{n} deliveries", len(exported["deliveries"])),
        tr.ngettext("{n} saved paper", "{n} saved papers", len(exported["saved"])),
        tr.gettext("To change it: /settings. To erase it: /forget"),
    )
    document = Attachment(name=EXPORT_FILE_NAME, data=data)
    return Response(messages=(replace(html_message(told), attachment=document),))


def _erase_prompt(request: Request, key: str) -> Response:
    return html_response(
        request.gettext(
            "Shall I erase everything about you: what you follow, your settings, your email address? "
            "This cannot be undone. Tap below or type <code>/forget yes</code>. Only a break: /pause"
        ),
        _erase_keyboard(request, key),
    )


def _erase_group_prompt(request: Request, key: str) -> Response:
    return html_response(
        request.gettext(
            "Shall I erase what this chat follows and its settings? Nothing is sent here after that. "
            "This cannot be undone. Tap below or type {/forget:yes}. Only a break: {/pause}"
        ),
        _erase_keyboard(request, key),
    )


def _erase_keyboard(request: Request, key: str) -> Keyboard:
    return (
        (
            Button(text=request.gettext("Erase everything"), callback_data=request.callback(Action.CONFIRM, key)),
            Button(text=request.gettext("Keep it"), callback_data=request.callback(Action.CANCEL, key)),
        ),
    )


def _group_erased(request: Request) -> Response:
    return html_response(request.gettext("Done: what this chat followed is erased. To begin anew: {/start}"))


def _data_erased(tr: Translator) -> Response:
    return html_response(
        tr.gettext("Done: I have erased everything about you. Should you ever want to come back: /start")
    )


def _nothing_to_erase(request: Request) -> Response:
    return html_response(request.gettext("I know nothing about you, so there is nothing to erase. To begin: {/start}"))


def _erase_cancelled(request: Request) -> Response:
    return html_response(request.gettext("Nothing was erased. Your settings: {/settings}"))


COMMANDS = (
    Command(
        name="mydata",
        handle=mydata,
        aliases=("我的数据",),
        menu=gettext_noop("Everything I keep about you"),
        help=(gettext_noop("/mydata – everything I keep about you"),),
        personal=True,
        private_only=True,
    ),
    Command(
        name="forget",
        handle=forget,
        aliases=("忘记我", "删除我"),
        menu=gettext_noop("Erase everything about you"),
        help=(gettext_noop("/forget – erase everything about you"),),
        personal=True,
        needs_group_admin=True,
        manages_groups=True,
        needs_posting=False,
        owner_suffices=True,
    ),
)


CONFIRMATIONS = {EraseData: ConfirmationRoute(confirm=_erase_data, cancel=_erase_cancelled)}
