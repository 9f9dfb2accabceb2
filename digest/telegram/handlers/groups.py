"""Groups and channels from a private chat: the list of them, adding one, opening one."""

import re
import unicodedata
from dataclasses import replace

from digest.model import Endpoint, SubscriberProfile, Target
from digest.services.groups import group_endpoint
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.handlers import subscribe
from digest.telegram.permissions import ChatInfo, MissingPermission
from digest.telegram.request import Request, Response
from digest.telegram.texts import groups as answers
from digest.telegram.texts.general import sentence_response
from digest.telegram.texts.permissions import missing_permission, unknown_group

_ADD_WORDS = frozenset({"add", "new", "添加", "新增", "加"})
_NUMBER = re.compile(r"#?([0-9]{1,18})")
_CHAT_ID = re.compile(r"-[0-9]{1,18}")
_USERNAME = re.compile(r"(?:@|(?:https?://)?(?:t|telegram)\.me/)?([a-z]\w{3,31})/?(?:\d+/?)?", re.IGNORECASE | re.ASCII)
_PRIVATE_LINK = re.compile(r"(?:https?://)?(?:t|telegram)\.me/c/([0-9]{1,16})(?:/[0-9/]*)?", re.IGNORECASE)


async def groups(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/groups``, ``/groups add``, ``/groups 57``, ``/groups @name``, ``/groups -1001234``."""
    text = unicodedata.normalize("NFKC", request.text).strip()
    if not text:
        return await _list_groups(deps, request)
    if text.casefold() in _ADD_WORDS:
        return answers.add_instructions(request.tr)
    if number := _NUMBER.fullmatch(text):
        return await show_group(deps, request, int(number[1]))
    name = _parse_chat_name(text)
    return answers.groups_usage(request.tr) if name is None else await set_up_chat(deps, request, name)


async def handle_button(deps: HandlerDependencies, request: Request, command: str, number: str) -> Response | None:
    """Do what a button of the list of groups says; None where it means nothing."""
    if command == "list":
        return replace(await _list_groups(deps, request), edits_message=True)
    if command == "add":
        return answers.add_instructions(request.tr)
    if command == "open" and _NUMBER.fullmatch(number):
        opened = await show_group(deps, request, int(number))
        return replace(opened, edits_message=not opened.alert)
    return None


async def offer_forwarded_chat(
    deps: HandlerDependencies, request: Request, chat_id: int, *, explain: bool
) -> Response | None:
    """Answer a forwarded post: its chat is opened where both may; ``explain`` says what is missing."""
    found = await _find_manageable(deps, request, chat_id)
    if isinstance(found, ChatInfo):
        return await _register_chat(deps, request, found)
    return sentence_response(missing_permission(request.tr, found)) if explain else None


async def set_up_chat(deps: HandlerDependencies, request: Request, id_or_username: str | int) -> Response:
    """Make a chat known that its administrator names, and show it."""
    found = await _find_manageable(deps, request, id_or_username)
    if isinstance(found, MissingPermission):
        return sentence_response(missing_permission(request.tr, found))
    return await _register_chat(deps, request, found)


async def show_group(deps: HandlerDependencies, request: Request, number: int) -> Response:
    """Show a chat by its number."""
    admitted = await authorize(deps, request, number)
    if isinstance(admitted, Response):
        return admitted
    reader, place = admitted
    found = await deps.permissions.find_chat(int(place.target.address))
    if isinstance(found, ChatInfo):
        await deps.groups.remember(place.target, title=found.title, owner=request.user_id)
        reader = await deps.groups.find_group(number) or reader
    return answers.group_page(request.tr, deps.taxonomy, reader)


async def authorize(
    deps: HandlerDependencies,
    request: Request,
    number: int,
    *,
    needs_posting: bool = True,
    owner_suffices: bool = False,
) -> tuple[SubscriberProfile, Endpoint] | Response:
    """Return the chat with this number where whoever asks administers it now, else what is missing.

    ``needs_posting``: the bot must be able to post there too. ``owner_suffices``: where the bot is out of the
    chat, and nobody can be asked who administers it, its owner is enough.
    """
    reader = await deps.groups.find_group(number)
    place = group_endpoint(reader) if reader else None
    if reader is None or place is None:
        return _denial(unknown_group(request.tr))
    chat, mine = int(place.target.address), place.owner_id == request.user_id
    lack = await deps.permissions.check_is_admin(chat, request.user_id)
    if lack is MissingPermission.BOT_ABSENT and owner_suffices and mine:
        lack, needs_posting = None, False
    if lack in (MissingPermission.NOT_ADMIN, MissingPermission.BOT_ABSENT) and not mine:
        return _denial(unknown_group(request.tr))
    if lack is None and needs_posting:
        lack = await deps.permissions.check_can_post(chat, topic_closed=await deps.groups.is_topic_closed(place.target))
    return _denial(missing_permission(request.tr, lack)) if lack else (reader, place)


def _denial(text: str) -> Response:
    return replace(sentence_response(text), notice=text, alert=True)


async def _list_groups(deps: HandlerDependencies, request: Request) -> Response:
    return answers.group_list(request.tr, deps.taxonomy, await deps.groups.owned_by(request.user_id))


async def _find_manageable(
    deps: HandlerDependencies, request: Request, id_or_username: str | int
) -> ChatInfo | MissingPermission:
    """Return a chat where whoever asks administers it and the bot may post there."""
    found = await deps.permissions.find_chat(id_or_username)
    if isinstance(found, MissingPermission):
        return found
    return (
        await deps.permissions.check_is_admin(found.id, request.user_id)
        or await deps.permissions.check_can_post(found.id)
        or found
    )


async def _register_chat(deps: HandlerDependencies, request: Request, chat: ChatInfo) -> Response:
    """Make a chat known, and whoever asks its owner unless another administrator is; show it."""
    await deps.subscriptions.get_or_create(request.target, locale=request.locale)
    target = Target.telegram(chat.id)
    before = await deps.subscriptions.find_profile(target)
    place = group_endpoint(before) if before else None
    had = place.owner_id if place else None
    lost = had is not None and await deps.permissions.check_is_admin(chat.id, had) is MissingPermission.NOT_ADMIN
    reader = await deps.groups.set_up(
        target, title=chat.title, user_id=request.user_id, locale=request.locale, previous_owner=had if lost else None
    )
    return await show_new_group(deps, request, reader)


async def show_new_group(deps: HandlerDependencies, request: Request, profile: SubscriberProfile) -> Response:
    """Show a chat that was just set up: the question what it shall get, or what it gets already."""
    if not profile.preferences.is_empty:
        return answers.group_page(request.tr, deps.taxonomy, profile)
    return answers.new_group_prompt(request.tr, profile, await subscribe.domain_keyboard_for(deps, request, profile))


def _parse_chat_name(text: str) -> str | int | None:
    """Return the id or ``@name`` in the form that Telegram looks up, None where it is none."""
    if _CHAT_ID.fullmatch(text):
        return int(text)
    if private := _PRIVATE_LINK.fullmatch(text):
        return int(f"-100{private[1]}")
    named = _USERNAME.fullmatch(text)
    return f"@{named[1]}" if named else None
