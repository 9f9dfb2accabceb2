"""What a pressed button does; every effect exists as a typed command too."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from digest.papers.arxiv import find_arxiv_id
from digest.papers.domains import DomainSelection
from digest.render.telegram.callback_data import Action, CallbackData
from digest.services.admin import BulkAction
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.handlers import broadcast, groups, onboarding, outbox, papers, saved, search, settings, subscribe
from digest.telegram.handlers.confirm import confirm
from digest.telegram.request import Request, Response
from digest.telegram.texts import general

READ_ONLY_ACTIONS = frozenset({Action.PAPER, Action.TODAY})
"""Actions that change nothing: everybody in a group may press them."""

ButtonFunction = Callable[[HandlerDependencies, Request, CallbackData], Awaitable[Response | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonHandler:
    """What an action does; None for arguments that no button of ours has.

    ``private_only``: it means nothing in a group. ``admin_only``: for admins of the whole bot, in private.
    """

    handle: ButtonFunction
    private_only: bool = False
    admin_only: bool = False


async def dispatch(
    deps: HandlerDependencies, request: Request, data: CallbackData | None, *, edit_in_place: bool
) -> Response:
    """Do what a button says; ``edit_in_place``: it stands below a paper, whose place the next one takes."""
    reply = None
    if data is not None and (effect := BUTTONS.get(data.action)) and _is_allowed(effect, request):
        reply = await effect.handle(deps, request, data)
    if reply and data and data.action is Action.PAPER:
        reply = replace(reply, edits_message=edit_in_place)
    return reply or Response(notice=general.stale_button(request.tr), alert=True)


def _is_allowed(button: ButtonHandler, request: Request) -> bool:
    return (request.is_private or not button.private_only) and (request.is_admin or not button.admin_only)


def _as_edit(response: Response | None) -> Response | None:
    return response and replace(response, edits_message=True)


async def _show_paper(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    found = find_arxiv_id(data.first_arg)
    if found is None or found.id != data.first_arg:
        return None
    if not request.is_private:
        return await papers.paper_alert(deps, request, found.id)
    return await papers.show_paper(deps, request, found.id)


async def _show_today(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    return await papers.today(deps, replace(request, text=data.first_arg))


async def _unsubscribe(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    if data.first_arg not in deps.taxonomy.slugs:
        return None
    return _as_edit(await subscribe.unsubscribe(deps, replace(request, text=data.first_arg)))


async def _toggle_domain(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    if data.first_arg not in deps.taxonomy.slugs:
        return None
    return _as_edit(await subscribe.toggle_domain(deps, request, data.first_arg))


async def _subscribe(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    if data.first_arg not in deps.taxonomy.slugs:
        return None
    return _as_edit(await subscribe.subscribe_to(deps, request, DomainSelection(slugs=(data.first_arg,))))


async def _toggle_all(deps: HandlerDependencies, request: Request, _data: CallbackData) -> Response | None:
    return _as_edit(await subscribe.toggle_all(deps, request))


async def _show_domains(deps: HandlerDependencies, request: Request, _data: CallbackData) -> Response | None:
    return await subscribe.domains(deps, request)


async def _set_preference(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    setting, value = data.first_arg, data.second_arg
    if setting == "only" and value in deps.taxonomy.slugs:
        return _as_edit(await subscribe.subscribe_to(deps, request, DomainSelection(slugs=(value,)), only=True))
    return _as_edit(await settings.set_by_button(deps, request, setting, value))


async def _show_settings_page(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    return _as_edit(await settings.show_page(deps, request, data.first_arg))


async def _show_search_page(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    return _as_edit(await search.show_page(deps, request, data.first_arg))


async def _show_saved_page(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    return _as_edit(await saved.show_page(deps, request, data.first_arg))


async def _save_paper(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    return await saved.save_paper(deps, request, data.first_arg, data.second_arg)


async def _cast_vote(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    return await saved.cast_vote(deps, request, data.first_arg, data.second_arg)


async def _handle_onboarding(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    return await onboarding.handle_step(deps, request, data.first_arg, data.second_arg)


async def _handle_groups(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    return await groups.handle_button(deps, request, data.first_arg, data.second_arg)


async def _confirm(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    return await confirm(deps, request, data.first_arg, yes=True)


async def _cancel(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    return await confirm(deps, request, data.first_arg, yes=False)


async def _handle_broadcast(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    return await broadcast.handle_button(deps, request, data.args)


async def _resend(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    return _as_edit(await outbox.handle_button(deps, request, BulkAction.RESEND, data.args))


async def _cancel_delivery(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    return _as_edit(await outbox.handle_button(deps, request, BulkAction.CANCEL, data.args))


BUTTONS = {
    Action.PAPER: ButtonHandler(handle=_show_paper),
    Action.TODAY: ButtonHandler(handle=_show_today),
    Action.TOGGLE_DOMAIN: ButtonHandler(handle=_toggle_domain),
    Action.SUBSCRIBE: ButtonHandler(handle=_subscribe),
    Action.UNSUBSCRIBE: ButtonHandler(handle=_unsubscribe),
    Action.TOGGLE_ALL: ButtonHandler(handle=_toggle_all),
    Action.DOMAINS: ButtonHandler(handle=_show_domains),
    Action.SET_PREFERENCE: ButtonHandler(handle=_set_preference),
    Action.SETTINGS_PAGE: ButtonHandler(handle=_show_settings_page),
    Action.SEARCH: ButtonHandler(handle=_show_search_page),
    Action.SAVED: ButtonHandler(handle=_show_saved_page, private_only=True),
    Action.SAVE: ButtonHandler(handle=_save_paper, private_only=True),
    Action.VOTE: ButtonHandler(handle=_cast_vote, private_only=True),
    Action.ONBOARDING: ButtonHandler(handle=_handle_onboarding),
    Action.GROUPS: ButtonHandler(handle=_handle_groups, private_only=True),
    Action.CONFIRM: ButtonHandler(handle=_confirm),
    Action.CANCEL: ButtonHandler(handle=_cancel),
    Action.BROADCAST: ButtonHandler(handle=_handle_broadcast, admin_only=True),
    Action.RESEND: ButtonHandler(handle=_resend, admin_only=True),
    Action.CANCEL_DELIVERY: ButtonHandler(handle=_cancel_delivery, admin_only=True),
}
