"""Groups and channels from a private chat: the list of them, adding one, opening one."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from digest.model import EndpointState, SubscriberProfile, Target
from digest.model.message import Button, ChatRequestButton, Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import Action, encode_callback
from digest.services.group_notices import TITLE_SEPARATOR
from digest.services.groups import group_endpoint
from digest.telegram.confirmations import LeaveChat
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.commands import is_yes
from digest.telegram.lookups import domain_keyboard_for
from digest.telegram.permissions import ChatInfo, MissingPermission, missing_permission, unknown_group
from digest.telegram.request import (
    Redirect,
    Reply,
    Request,
    Response,
    escape_user_text,
    format_domains,
    html_message,
    html_response,
    join_lines,
    join_paragraphs,
)
from digest.telegram.routes import ButtonRoute, Command, ConfirmationRoute
from digest.telegram.texts.general import next_digest_text
from digest.text.i18n import Translator, gettext_noop

_ADD_WORDS = frozenset({"add", "new", "添加", "新增", "加"})
_NUMBER = re.compile(r"#?([0-9]{1,18})")
_GROUP_COMMAND = re.compile(r"#?(\d{1,18})(?:\s+|(?=\D))(.+)", re.DOTALL)
_PAGE_COMMANDS = frozenset({"domains", "settings", "today", "pause", "resume", "leave"})
"""Commands that have a button on the page of a chat."""

_CHAT_ID = re.compile(r"-[0-9]{1,18}")
_USERNAME = re.compile(r"(?:@|(?:https?://)?(?:t|telegram)\.me/)?([a-z]\w{3,31})/?(?:\d+/?)?", re.IGNORECASE | re.ASCII)
_PRIVATE_LINK = re.compile(r"(?:https?://)?(?:t|telegram)\.me/c/([0-9]{1,16})(?:/[0-9/]*)?", re.IGNORECASE)
_MAX_LISTED = 20
_MAX_LABEL_LENGTH = 40
_MAX_DOMAINS = 2


async def groups(  # noqa: PLR0911 - one return for each form
    deps: HandlerDependencies, request: Request
) -> Reply:
    """Answer ``/groups``, ``/groups add``, ``/groups 57``, ``/groups @name``, ``/groups 57 subscribe robotics``."""
    if managed := _GROUP_COMMAND.fullmatch(request.text.strip()):
        return Redirect(args=managed[2].strip(), group=int(managed[1]))
    text = unicodedata.normalize("NFKC", request.text).strip()
    if not text:
        return await _list_groups(deps, request)
    if text.casefold() in _ADD_WORDS:
        return _add_instructions(request.tr)
    if number := _NUMBER.fullmatch(text):
        return await _show_group(deps, request, int(number[1]))
    name = _parse_chat_name(text)
    if name is None:
        return groups_usage(request.tr)
    found = await _find_manageable(deps, request, name)
    if isinstance(found, MissingPermission):
        return html_response(missing_permission(request.tr, found))
    return await _register_chat(deps, request, found)


async def leave(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/groups 57 leave``, which asks, and ``/groups 57 leave yes``."""
    if is_yes(request.text):
        return await _leave_now(deps, request, LeaveChat())
    key = deps.confirmations.add(LeaveChat(), user_id=request.user_id, target=request.target, now=deps.clock())
    return _leave_prompt(request, key, request.profile) if request.profile else Response()


async def _leave_now(deps: HandlerDependencies, request: Request, _action: LeaveChat) -> Response:
    await deps.groups.bot_left(request.target)
    await deps.permissions.leave(int(request.target.address))
    return html_response(request.tr.gettext("Done. I have left this chat. Your other chats: /groups"))


def _leave_cancelled(request: Request) -> Response:
    return html_response(request.tr.gettext("OK, nothing has changed. All your chats: /groups"))


async def _press(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Reply | None:
    match args:
        case ("list",):
            return replace(await _list_groups(deps, request), edits_message=True)
        case ("add",):
            return _add_instructions(request.tr)
        case ("open", number) if _NUMBER.fullmatch(number):
            return replace(await _show_group(deps, request, int(number)), edits_message=True)
        case (command, number) if command in _PAGE_COMMANDS and _NUMBER.fullmatch(number):
            return Redirect(command=command, group=int(number))
        case _:
            return None


async def offer_forwarded_chat(
    deps: HandlerDependencies, request: Request, chat_id: int, *, explain: bool
) -> Response | None:
    """Answer a forwarded post: its chat is opened where both may; ``explain`` says what is missing."""
    found = await _find_manageable(deps, request, chat_id)
    if isinstance(found, ChatInfo):
        return await _register_chat(deps, request, found)
    return html_response(missing_permission(request.tr, found)) if explain else None


async def _show_group(deps: HandlerDependencies, request: Request, number: int) -> Response:
    managed = await authorize(deps, request, number)
    if isinstance(managed, Response) or managed.profile is None:
        return managed if isinstance(managed, Response) else Response()
    profile = managed.profile
    found = await deps.permissions.find_chat(int(managed.target.address))
    if isinstance(found, ChatInfo):
        await deps.groups.remember(managed.target, title=found.title, owner=request.user_id)
        profile = await deps.groups.find_group(number) or profile
    return _group_page(managed, deps.taxonomy, profile)


async def authorize(
    deps: HandlerDependencies,
    request: Request,
    number: int,
    *,
    needs_posting: bool = True,
    owner_suffices: bool = False,
) -> Request | Response:
    """Return the request about the chat with this number if whoever asks administers it now, else what is missing.

    The number is input: Telegram is asked each time. ``needs_posting``: the bot must be able to post there too.
    ``owner_suffices``: if the bot is out of the chat, and nobody can be asked who administers it, its owner is
    enough.
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
    return _denial(missing_permission(request.tr, lack)) if lack else request.managing(reader, place.target)


def _denial(text: str) -> Response:
    return replace(html_response(text), notice=text, alert=True)


async def _list_groups(deps: HandlerDependencies, request: Request) -> Response:
    return _group_list(request.tr, deps.taxonomy, await deps.groups.owned_by(request.user_id))


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
    place = group_endpoint(profile)
    managed = request.managing(profile, place.target if place else request.target)
    if not profile.preferences.is_empty:
        return _group_page(managed, deps.taxonomy, profile)
    return _new_group_prompt(request.tr, profile, await domain_keyboard_for(deps, managed, profile))


def _parse_chat_name(text: str) -> str | int | None:
    """Return the id or ``@name`` in the form that Telegram looks up, None where it is none."""
    if _CHAT_ID.fullmatch(text):
        return int(text)
    if private := _PRIVATE_LINK.fullmatch(text):
        return int(f"-100{private[1]}")
    named = _USERNAME.fullmatch(text)
    return f"@{named[1]}" if named else None


def _group_name(tr: Translator, profile: SubscriberProfile) -> str:
    place = group_endpoint(profile)
    if place is None:
        return ""
    title = escape_user_text(place.title or place.target.address)
    if place.target.thread and TITLE_SEPARATOR not in (place.title or ""):
        return tr.gettext("topic {n} of {title}", n=place.target.thread, title=title)
    return title


def _group_list(tr: Translator, taxonomy: Taxonomy, profiles: Sequence[SubscriberProfile]) -> Response:
    if not profiles:
        return _add_instructions(tr, tr.gettext("You have not set up any groups or channels yet."))
    rows = [_group_line(tr, taxonomy, reader) for reader in profiles[:_MAX_LISTED]]
    more = len(profiles) - _MAX_LISTED
    buttons = tuple(
        (
            Button(
                text=_group_label(reader),
                callback_data=encode_callback(Action.GROUPS, "open", str(reader.subscriber.id)),
            ),
        )
        for reader in profiles[:_MAX_LISTED]
    )
    add = Button(text=tr.gettext("Add a channel or group"), callback_data=encode_callback(Action.GROUPS, "add"))
    return html_response(
        join_paragraphs(
            join_lines(tr.gettext("<b>Your groups and channels</b>"), *rows),
            tr.ngettext(
                "One more is not shown. Open it with /groups and its number or name.",
                "{n} more are not shown. Open them with /groups and the number or name.",
                more,
            )
            if more > 0
            else "",
            tr.gettext("Tap one to change it. Add another: <code>/groups add</code>"),
        ),
        (*buttons, (add,)),
    )


def _group_line(tr: Translator, taxonomy: Taxonomy, profile: SubscriberProfile) -> str:
    return tr.gettext(
        "{title}: {what} – {command}",
        title=f"<b>{_group_name(tr, profile)}</b>",
        what=_group_digest_text(tr, taxonomy, profile),
        command=f"<code>/groups {profile.subscriber.id}</code>",
    )


def _group_digest_text(tr: Translator, taxonomy: Taxonomy, profile: SubscriberProfile) -> str:
    place, domains = group_endpoint(profile), profile.preferences.domains
    if place is None or place.state is not EndpointState.ACTIVE:
        return tr.gettext("I cannot post there")
    if profile.preferences.is_empty:
        return tr.gettext("nothing chosen yet")
    if profile.subscriber.paused:
        return tr.gettext("paused")
    if domains == ():
        return tr.gettext("papers matching keywords")
    if domains is not None and len(domains) > _MAX_DOMAINS:
        return tr.ngettext("one domain", "{n} domains", len(domains))
    return format_domains(taxonomy, domains, tr)


def _group_label(profile: SubscriberProfile) -> str:
    place = group_endpoint(profile)
    title = (place.title if place else None) or str(profile.subscriber.id)
    return title if len(title) <= _MAX_LABEL_LENGTH else f"{title[:_MAX_LABEL_LENGTH].rstrip()}…"


def _group_page(request: Request, taxonomy: Taxonomy, profile: SubscriberProfile) -> Response:
    number, domains = profile.subscriber.id, profile.preferences.domains
    follows = format_domains(taxonomy, domains, request.tr) if domains != () else request.gettext("nothing yet")
    typed = (
        request.gettext("Choose a domain for it: {command}", command=_command_html(number, "subscribe robotics")),
        request.gettext("Change the delivery time: {command}", command=_command_html(number, "settings hour 8:30")),
        request.gettext("What it would receive today: {command}", command=_command_html(number, "today")),
        request.gettext("Take a break: {command}", command=_command_html(number, "pause")),
        request.gettext("Remove me from there: {command}", command=_command_html(number, "leave")),
    )
    return html_response(
        join_paragraphs(
            join_lines(
                request.gettext(
                    "<b>{title}</b> receives: {domains}.", title=_group_name(request.tr, profile), domains=follows
                ),
                next_digest_text(request, profile),
            ),
            join_lines(*typed),
            request.gettext("All your chats: /groups"),
        ),
        _group_keyboard(request.tr, profile),
    )


def _command_html(number: int, command: str) -> str:
    return f"<code>/groups {number} {command}</code>"


def _group_keyboard(tr: Translator, profile: SubscriberProfile) -> Keyboard:
    number = str(profile.subscriber.id)
    paused = profile.subscriber.paused

    def group_button(text: str, command: str) -> Button:
        return Button(text=text, callback_data=encode_callback(Action.GROUPS, command, number))

    return (
        (group_button(tr.gettext("Domains"), "domains"), group_button(tr.gettext("Settings"), "settings")),
        (
            group_button(tr.gettext("Today's papers"), "today"),
            group_button(tr.gettext("Resume"), "resume") if paused else group_button(tr.gettext("Pause"), "pause"),
        ),
        (
            group_button(tr.gettext("Leave this chat"), "leave"),
            Button(text=tr.gettext("All your chats"), callback_data=encode_callback(Action.GROUPS, "list")),
        ),
    )


def _new_group_prompt(tr: Translator, profile: SubscriberProfile, keyboard: Keyboard) -> Response:
    number = profile.subscriber.id
    return html_response(
        join_paragraphs(
            tr.gettext("I have been added to <b>{title}</b>. What should it receive?", title=_group_name(tr, profile)),
            tr.gettext(
                "Tap below, or type {command}. All its other settings: {open}",
                command=_command_html(number, "subscribe robotics"),
                open=f"<code>/groups {number}</code>",
            ),
        ),
        keyboard,
    )


def _add_instructions(tr: Translator, intro: str = "") -> Response:
    html = join_paragraphs(
        intro,
        join_lines(
            tr.gettext("<b>Add a channel or group</b>"),
            tr.gettext(
                "Channel: make me an administrator with the right to post messages, then choose it below, "
                "type <code>/groups @itsname</code>, or forward one of its posts to me."
            ),
            tr.gettext("Group: add me to it, then choose it below, or send /start there."),
            tr.gettext("Topic of a group: send /start in the topic to give it its own domains and delivery time."),
        ),
    )
    part = html_message(html)
    return Response(
        messages=(
            TelegramMessage(
                html=part.html,
                plain=part.plain,
                reply_keyboard=(
                    ChatRequestButton(text=tr.gettext("Choose a channel"), is_channel=True),
                    ChatRequestButton(text=tr.gettext("Choose a group"), is_channel=False),
                ),
            ),
        )
    )


def checking_chat(tr: Translator) -> TelegramMessage:
    """Take the buttons below the text field away."""
    part = html_message(tr.gettext("Checking this chat."))
    return TelegramMessage(html=part.html, plain=part.plain, remove_reply_keyboard=True)


def groups_usage(tr: Translator, number: int | None = None) -> Response:
    """Answer words behind ``/groups`` that name no chat, or, with its number, say nothing about it."""
    if number is None:
        return html_response(
            tr.gettext(
                "Enter a channel or group of yours: <code>/groups @itsname</code> or <code>/groups "
                "-1001234567890</code>. The ones you set up: /groups. Add another: <code>/groups add</code>"
            )
        )
    return html_response(
        tr.gettext(
            "I did not understand what to change for this chat. For example: {subscribe}, {hour}, {pause}. "
            "For your own subscription, leave out <code>/groups {number}</code>.",
            subscribe=_command_html(number, "subscribe robotics"),
            hour=_command_html(number, "settings hour 8:30"),
            pause=_command_html(number, "pause"),
            number=number,
        )
    )


def _leave_prompt(request: Request, key: str, profile: SubscriberProfile) -> Response:
    place = group_endpoint(profile)
    number = profile.subscriber.id
    topic = (
        request.gettext("To stop only this topic: {command}", command=_command_html(number, "unsubscribe all"))
        if place and place.target.thread
        else ""
    )
    return html_response(
        join_lines(
            request.gettext(
                "Leave this chat, with all its topics? Nothing more will be sent there. Tap below or type "
                "{command}. To take a break instead: {pause}",
                command=_command_html(number, "leave yes"),
                pause=_command_html(number, "pause"),
            ),
            topic,
        ),
        (
            (
                Button(text=request.gettext("Leave"), callback_data=request.callback(Action.CONFIRM, key)),
                Button(text=request.gettext("Stay"), callback_data=request.callback(Action.CANCEL, key)),
            ),
        ),
    )


def group_greeting(tr: Translator, keyboard: Keyboard) -> Response:
    """Greet a group to which the bot was added, and say who may choose."""
    return html_response(
        join_paragraphs(
            tr.gettext("Hello! I post the day's new research papers in the domains you choose."),
            tr.gettext(
                "Administrators of this group choose: tap below, or type <code>/subscribe robotics</code>. "
                "In a forum, each topic can have its own domains: send /start in the topic. Everybody can "
                "read: /today"
            ),
        ),
        keyboard,
    )


def setup_incomplete(tr: Translator, title: str, missing: MissingPermission) -> Response:
    """Return the message that says what is missing before the bot can work in a chat."""
    return html_response(
        join_lines(
            tr.gettext("I have been added to <b>{title}</b>.", title=escape_user_text(title)),
            missing_permission(tr, missing),
        )
    )


def address_to_group(request: Request, response: Response) -> Response:
    """Return an answer about a managed chat with the name of that chat."""
    if not response.messages or request.profile is None:
        return response
    title = _group_name(request.tr, request.profile)
    if response.has_papers:
        heading = html_message(request.gettext("Papers for <b>{title}</b>:", title=title))
        return replace(response, messages=(heading, *response.messages))
    first, *rest = response.messages
    html = join_lines(request.gettext("For <b>{title}</b>:", title=title), first.html)
    return replace(response, messages=(replace(html_message(html, first.keyboard), silent=first.silent), *rest))


COMMANDS = (
    Command(
        name="groups",
        handle=groups,
        aliases=("群组", "频道", "channels"),
        menu=gettext_noop("Your groups and channels"),
        help=(gettext_noop("/groups – groups, channels and topics with their own digest"),),
        personal=True,
        private_only=True,
    ),
)
LEAVE = Command(name="leave", handle=leave, aliases=("退出", "离开", "退群"), manages_groups=True, needs_posting=False)
"""A command behind ``/groups 57`` alone."""

BUTTONS = {Action.GROUPS: ButtonRoute(handle=_press, private_only=True)}
CONFIRMATIONS = {LeaveChat: ConfirmationRoute(confirm=_leave_now, cancel=_leave_cancelled)}
