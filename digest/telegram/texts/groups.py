"""Groups and channels: the list of them, one of them, adding one, and what is missing."""

from collections.abc import Sequence

from digest.model import EndpointState, SubscriberProfile
from digest.model.message import Button, ChatRequestButton, Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import Action, encode_callback, encode_callback_for
from digest.services.group_notices import TITLE_SEPARATOR
from digest.services.groups import group_endpoint
from digest.telegram.permissions import MissingPermission
from digest.telegram.request import (
    Response,
    escape_user_text,
    format_domains,
    html_message,
    html_response,
    join_lines,
    join_paragraphs,
)
from digest.telegram.texts.permissions import missing_permission
from digest.telegram.texts.subscribe import next_digest_text
from digest.text.i18n import Translator

_MAX_LISTED = 20
_MAX_LABEL_LENGTH = 40
_MAX_DOMAINS = 2


def group_name(tr: Translator, profile: SubscriberProfile) -> str:
    """Return the name of a group, channel or topic, ready to stand in HTML."""
    place = group_endpoint(profile)
    if place is None:
        return ""
    title = escape_user_text(place.title or place.target.address)
    if place.target.thread and TITLE_SEPARATOR not in (place.title or ""):
        return tr.gettext("topic {n} of {title}", n=place.target.thread, title=title)
    return title


def group_list(tr: Translator, taxonomy: Taxonomy, profiles: Sequence[SubscriberProfile]) -> Response:
    """Show what a person set up, with a button to open each."""
    if not profiles:
        return add_instructions(tr, tr.gettext("You have set up no group or channel yet."))
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
                "One more is not shown: /groups with its number or name.",
                "{n} more are not shown: /groups with their number or name.",
                more,
            )
            if more > 0
            else "",
            tr.gettext("Tap one to change it. Another one: <code>/groups add</code>"),
        ),
        (*buttons, (add,)),
    )


def _group_line(tr: Translator, taxonomy: Taxonomy, profile: SubscriberProfile) -> str:
    return tr.gettext(
        "{title}: {what} – {command}",
        title=f"<b>{group_name(tr, profile)}</b>",
        what=_group_digest_text(tr, taxonomy, profile),
        command=f"<code>/groups {profile.subscriber.id}</code>",
    )


def _group_digest_text(tr: Translator, taxonomy: Taxonomy, profile: SubscriberProfile) -> str:
    """Say in a few words what a chat gets, or why it gets nothing."""
    place, domains = group_endpoint(profile), profile.preferences.domains
    if place is None or place.state is not EndpointState.ACTIVE:
        return tr.gettext("I cannot write there")
    if profile.preferences.is_empty:
        return tr.gettext("nothing chosen yet")
    if profile.subscriber.paused:
        return tr.gettext("paused")
    if domains == ():
        return tr.gettext("papers by keyword")
    if domains is not None and len(domains) > _MAX_DOMAINS:
        return tr.ngettext("one domain", "{n} domains", len(domains))
    return format_domains(taxonomy, domains, tr)


def _group_label(profile: SubscriberProfile) -> str:
    place = group_endpoint(profile)
    title = (place.title if place else None) or str(profile.subscriber.id)
    return title if len(title) <= _MAX_LABEL_LENGTH else f"{title[:_MAX_LABEL_LENGTH].rstrip()}…"


def group_page(tr: Translator, taxonomy: Taxonomy, profile: SubscriberProfile) -> Response:
    """Show one chat: what it gets, and what can be done from here."""
    number, domains = profile.subscriber.id, profile.preferences.domains
    follows = format_domains(taxonomy, domains, tr) if domains != () else tr.gettext("nothing yet")
    typed = (
        tr.gettext("Follow a domain there: {command}", command=_command_html(number, "subscribe robotics")),
        tr.gettext("Another hour: {command}", command=_command_html(number, "settings hour 8:30")),
        tr.gettext("What it would get today: {command}", command=_command_html(number, "today")),
        tr.gettext("A break: {command}", command=_command_html(number, "pause")),
        tr.gettext("Send me away from there: {command}", command=_command_html(number, "leave")),
    )
    return html_response(
        join_paragraphs(
            join_lines(
                tr.gettext("<b>{title}</b> gets: {domains}.", title=group_name(tr, profile), domains=follows),
                next_digest_text(tr, profile),
            ),
            join_lines(*typed),
            tr.gettext("All your chats: /groups"),
        ),
        _group_keyboard(tr, profile),
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


def new_group_prompt(tr: Translator, profile: SubscriberProfile, keyboard: Keyboard) -> Response:
    """Ask what a chat shall get that has chosen nothing yet; ``keyboard`` chooses for it."""
    number = profile.subscriber.id
    return html_response(
        join_paragraphs(
            tr.gettext("I am in <b>{title}</b> now. What shall it get?", title=group_name(tr, profile)),
            tr.gettext(
                "Tap below, or type {command}. Everything else about it: {open}",
                command=_command_html(number, "subscribe robotics"),
                open=f"<code>/groups {number}</code>",
            ),
        ),
        keyboard_for_group(keyboard, number),
    )


def keyboard_for_group(keyboard: Keyboard, number: int, actions: frozenset[Action] | None = None) -> Keyboard:
    """Return the keyboard about the subscriber with this number.

    Of ``actions`` alone, where they are given.
    """
    return tuple(tuple(_button_for_group(button, number, actions) for button in row) for row in keyboard)


def _button_for_group(button: Button, number: int, actions: frozenset[Action] | None) -> Button:
    if button.callback_data is None or (actions is not None and button.callback_data.split(":")[1] not in actions):
        return button
    return Button(text=button.text, callback_data=encode_callback_for(button.callback_data, number))


def add_instructions(tr: Translator, intro: str = "") -> Response:
    """Say how a channel, a group or a topic is added, with buttons below the text field."""
    html = join_paragraphs(
        intro,
        join_lines(
            tr.gettext("<b>Add a channel or group</b>"),
            tr.gettext(
                "Channel: make me an administrator who may post messages, then choose it below, type "
                "<code>/groups @itsname</code>, or forward me one of its posts."
            ),
            tr.gettext("Group: add me to it, then choose it below, or say /start there."),
            tr.gettext("Topic of a group: say /start in that topic; it gets its own domains and hour."),
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
    part = html_message(tr.gettext("Let me look at this chat."))
    return TelegramMessage(html=part.html, plain=part.plain, remove_reply_keyboard=True)


def groups_usage(tr: Translator, number: int | None = None) -> Response:
    """Answer words behind ``/groups`` that name no chat, or, with its number, say nothing about it."""
    if number is None:
        return html_response(
            tr.gettext(
                "Name a channel or group of yours: <code>/groups @itsname</code> or "
                "<code>/groups -1001234567890</code>. Those you set up: /groups. Another one: "
                "<code>/groups add</code>"
            )
        )
    return html_response(
        tr.gettext(
            "I did not understand what this chat shall do. For example: {subscribe}, {hour}, {pause}. "
            "What is yours alone goes without <code>/groups {number}</code>.",
            subscribe=_command_html(number, "subscribe robotics"),
            hour=_command_html(number, "settings hour 8:30"),
            pause=_command_html(number, "pause"),
            number=number,
        )
    )


def group_heading(tr: Translator, profile: SubscriberProfile) -> str:
    """Name the chat that an answer is about."""
    return tr.gettext("For <b>{title}</b>:", title=group_name(tr, profile))


def group_papers_heading(tr: Translator, profile: SubscriberProfile) -> TelegramMessage:
    """Name the chat whose papers follow."""
    return html_message(tr.gettext("This is for <b>{title}</b>:", title=group_name(tr, profile)))


def leave_prompt(tr: Translator, key: str, profile: SubscriberProfile) -> Response:
    """Ask whether the bot shall leave a chat."""
    place = group_endpoint(profile)
    number = profile.subscriber.id
    topic = (
        tr.gettext("To stop this topic alone: {command}", command=_command_html(number, "unsubscribe all"))
        if place and place.target.thread
        else ""
    )
    return html_response(
        join_lines(
            tr.gettext(
                "Shall I leave this chat, with all its topics? Nothing is sent there after that. Tap below "
                "or type {command}. Only a break: {pause}",
                command=_command_html(number, "leave yes"),
                pause=_command_html(number, "pause"),
            ),
            topic,
        ),
        (
            (
                Button(text=tr.gettext("Leave"), callback_data=encode_callback(Action.CONFIRM, key)),
                Button(text=tr.gettext("Stay"), callback_data=encode_callback(Action.CANCEL, key)),
            ),
        ),
    )


def left_chat(tr: Translator) -> Response:
    """Say that the bot has left a chat."""
    return html_response(tr.gettext("Done: I have left this chat. Your other ones: /groups"))


def leave_cancelled(tr: Translator) -> Response:
    """Say that nothing changed."""
    return html_response(tr.gettext("Good, nothing has changed. All your chats: /groups"))


def group_greeting(tr: Translator, keyboard: Keyboard) -> Response:
    """Greet a group to which the bot was added, and say who may choose."""
    return html_response(
        join_paragraphs(
            tr.gettext("Hello! I bring the day's new research papers here, those of the domains you choose."),
            tr.gettext(
                "Administrators of this group choose: tap below, or type <code>/subscribe robotics</code>. "
                "In a forum each topic can have its own: say /start there. Everybody can read: /today"
            ),
        ),
        keyboard,
    )


def setup_incomplete(tr: Translator, title: str, missing: MissingPermission) -> Response:
    """Tell whoever added the bot what is missing before it can be of use."""
    return html_response(
        join_lines(
            tr.gettext("I am in <b>{title}</b> now.", title=escape_user_text(title)), missing_permission(tr, missing)
        )
    )
