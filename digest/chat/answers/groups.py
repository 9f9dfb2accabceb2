"""Groups and channels: the list of them, one of them, adding one, and what is missing."""

from collections.abc import Sequence

from digest.callbacks import Action, about, callback
from digest.chat.answers.following import delivery
from digest.chat.answers.lacks import lacks
from digest.chat.ask import Reply, domain_names, lines, message, paragraphs, said, shown
from digest.chat.chats import Lack
from digest.domains import Taxonomy
from digest.groups import place_of
from digest.message import Button, ChatChoice, ChatPart, Keyboard
from digest.model import EndpointState, Reader
from digest.news import LEVELS
from digest.words import Words

_SHOWN = 20
_LONGEST_LABEL = 40
_NAMED = 2


def name_of(words: Words, reader: Reader) -> str:
    """Give the name of a group, channel or topic, ready to stand in HTML."""
    place = place_of(reader)
    if place is None:
        return ""
    title = shown(place.title or place.target.address)
    if place.target.thread and LEVELS not in (place.title or ""):
        return words.say("topic {n} of {title}", n=place.target.thread, title=title)
    return title


def listed(words: Words, taxonomy: Taxonomy, readers: Sequence[Reader]) -> Reply:
    """Show what a person set up, with a button to open each."""
    if not readers:
        return adding(words, words.say("You have set up no group or channel yet."))
    rows = [_row(words, taxonomy, reader) for reader in readers[:_SHOWN]]
    more = len(readers) - _SHOWN
    buttons = tuple(
        (Button(text=_label(reader), data=callback(Action.CHATS, "open", str(reader.subscriber.id))),)
        for reader in readers[:_SHOWN]
    )
    add = Button(text=words.say("Add a channel or group"), data=callback(Action.CHATS, "add"))
    return said(
        paragraphs(
            lines(words.say("<b>Your groups and channels</b>"), *rows),
            words.count(
                "One more is not shown: /groups with its number or name.",
                "{n} more are not shown: /groups with their number or name.",
                more,
            )
            if more > 0
            else "",
            words.say("Tap one to change it. Another one: <code>/groups add</code>"),
        ),
        (*buttons, (add,)),
    )


def _row(words: Words, taxonomy: Taxonomy, reader: Reader) -> str:
    return words.say(
        "{title}: {what} – {command}",
        title=f"<b>{name_of(words, reader)}</b>",
        what=_what(words, taxonomy, reader),
        command=f"<code>/groups {reader.subscriber.id}</code>",
    )


def _what(words: Words, taxonomy: Taxonomy, reader: Reader) -> str:
    """Say in a few words what a chat gets, or why it gets nothing."""
    place, domains = place_of(reader), reader.preferences.domains
    if place is None or place.state is not EndpointState.ACTIVE:
        return words.say("I cannot write there")
    if reader.preferences.nothing:
        return words.say("nothing chosen yet")
    if reader.subscriber.paused:
        return words.say("paused")
    if domains == ():
        return words.say("papers by keyword")
    if domains is not None and len(domains) > _NAMED:
        return words.count("one domain", "{n} domains", len(domains))
    return domain_names(taxonomy, domains, words)


def _label(reader: Reader) -> str:
    place = place_of(reader)
    title = (place.title if place else None) or str(reader.subscriber.id)
    return title if len(title) <= _LONGEST_LABEL else f"{title[:_LONGEST_LABEL].rstrip()}…"


def opened(words: Words, taxonomy: Taxonomy, reader: Reader) -> Reply:
    """Show one chat: what it gets, and what can be done from here."""
    number, domains = reader.subscriber.id, reader.preferences.domains
    follows = domain_names(taxonomy, domains, words) if domains != () else words.say("nothing yet")
    typed = (
        words.say("Follow a domain there: {command}", command=_typed(number, "subscribe robotics")),
        words.say("Another hour: {command}", command=_typed(number, "settings hour 8:30")),
        words.say("What it would get today: {command}", command=_typed(number, "today")),
        words.say("A break: {command}", command=_typed(number, "pause")),
        words.say("Send me away from there: {command}", command=_typed(number, "leave")),
    )
    return said(
        paragraphs(
            lines(
                words.say("<b>{title}</b> gets: {domains}.", title=name_of(words, reader), domains=follows),
                delivery(words, reader),
            ),
            lines(*typed),
            words.say("All your chats: /groups"),
        ),
        _buttons(words, reader),
    )


def _typed(number: int, command: str) -> str:
    return f"<code>/groups {number} {command}</code>"


def _buttons(words: Words, reader: Reader) -> Keyboard:
    number = str(reader.subscriber.id)
    paused = reader.subscriber.paused

    def button(text: str, does: str) -> Button:
        return Button(text=text, data=callback(Action.CHATS, does, number))

    return (
        (button(words.say("Domains"), "domains"), button(words.say("Settings"), "settings")),
        (
            button(words.say("Today's papers"), "today"),
            button(words.say("Resume"), "resume") if paused else button(words.say("Pause"), "pause"),
        ),
        (
            button(words.say("Leave this chat"), "leave"),
            Button(text=words.say("All your chats"), data=callback(Action.CHATS, "list")),
        ),
    )


def set_up(words: Words, reader: Reader, keyboard: Keyboard) -> Reply:
    """Ask what a chat shall get that has chosen nothing yet; ``keyboard`` chooses for it."""
    number = reader.subscriber.id
    return said(
        paragraphs(
            words.say("I am in <b>{title}</b> now. What shall it get?", title=name_of(words, reader)),
            words.say(
                "Tap below, or type {command}. Everything else about it: {open}",
                command=_typed(number, "subscribe robotics"),
                open=f"<code>/groups {number}</code>",
            ),
        ),
        steering(keyboard, number),
    )


def steering(keyboard: Keyboard, number: int, actions: frozenset[Action] | None = None) -> Keyboard:
    """Give the keyboard about the subscriber with this number; of ``actions`` alone, where they are given."""
    return tuple(tuple(_steering(button, number, actions) for button in row) for row in keyboard)


def _steering(button: Button, number: int, actions: frozenset[Action] | None) -> Button:
    if button.data is None or (actions is not None and button.data.split(":")[1] not in actions):
        return button
    return Button(text=button.text, data=about(button.data, number))


def adding(words: Words, first: str = "") -> Reply:
    """Say how a channel, a group or a topic is added, with buttons below the text field."""
    html = paragraphs(
        first,
        lines(
            words.say("<b>Add a channel or group</b>"),
            words.say(
                "Channel: make me an administrator who may post messages, then choose it below, type "
                "<code>/groups @itsname</code>, or forward me one of its posts."
            ),
            words.say("Group: add me to it, then choose it below, or say /start there."),
            words.say("Topic of a group: say /start in that topic; it gets its own domains and hour."),
        ),
    )
    part = message(html)
    return Reply(
        parts=(
            ChatPart(
                html=part.html,
                plain=part.plain,
                choices=(
                    ChatChoice(text=words.say("Choose a channel"), channel=True),
                    ChatChoice(text=words.say("Choose a group"), channel=False),
                ),
            ),
        )
    )


def chosen(words: Words) -> ChatPart:
    """Take the buttons below the text field away."""
    part = message(words.say("Let me look at this chat."))
    return ChatPart(html=part.html, plain=part.plain, chosen=True)


def how_to(words: Words, number: int | None = None) -> Reply:
    """Answer words behind ``/groups`` that name no chat, or, with its number, say nothing about it."""
    if number is None:
        return said(
            words.say(
                "Name a channel or group of yours: <code>/groups @itsname</code> or "
                "<code>/groups -1001234567890</code>. Those you set up: /groups. Another one: "
                "<code>/groups add</code>"
            )
        )
    return said(
        words.say(
            "I did not understand what this chat shall do. For example: {subscribe}, {hour}, {pause}. "
            "What is yours alone goes without <code>/groups {number}</code>.",
            subscribe=_typed(number, "subscribe robotics"),
            hour=_typed(number, "settings hour 8:30"),
            pause=_typed(number, "pause"),
            number=number,
        )
    )


def first_line(words: Words, reader: Reader) -> str:
    """Name the chat that an answer is about."""
    return words.say("For <b>{title}</b>:", title=name_of(words, reader))


def would_get(words: Words, reader: Reader) -> ChatPart:
    """Name the chat whose papers follow."""
    return message(words.say("This is for <b>{title}</b>:", title=name_of(words, reader)))


def ask_leave(words: Words, key: str, reader: Reader) -> Reply:
    """Ask whether the bot shall leave a chat."""
    place = place_of(reader)
    number = reader.subscriber.id
    topic = (
        words.say("To stop this topic alone: {command}", command=_typed(number, "unsubscribe all"))
        if place and place.target.thread
        else ""
    )
    return said(
        lines(
            words.say(
                "Shall I leave this chat, with all its topics? Nothing is sent there after that. Tap below "
                "or type {command}. Only a break: {pause}",
                command=_typed(number, "leave yes"),
                pause=_typed(number, "pause"),
            ),
            topic,
        ),
        (
            (
                Button(text=words.say("Leave"), data=callback(Action.CONFIRM, key)),
                Button(text=words.say("Stay"), data=callback(Action.CANCEL, key)),
            ),
        ),
    )


def has_left(words: Words) -> Reply:
    """Say that the bot has left a chat."""
    return said(words.say("Done: I have left this chat. Your other ones: /groups"))


def stays(words: Words) -> Reply:
    """Say that nothing changed."""
    return said(words.say("Good, nothing has changed. All your chats: /groups"))


def hello(words: Words, keyboard: Keyboard) -> Reply:
    """Greet a group to which the bot was added, and say who may choose."""
    return said(
        paragraphs(
            words.say("Hello! I bring the day's new research papers here, those of the domains you choose."),
            words.say(
                "Administrators of this group choose: tap below, or type <code>/subscribe robotics</code>. "
                "In a forum each topic can have its own: say /start there. Everybody can read: /today"
            ),
        ),
        keyboard,
    )


def not_yet(words: Words, title: str, lack: Lack) -> Reply:
    """Tell whoever added the bot what is missing before it can be of use."""
    return said(lines(words.say("I am in <b>{title}</b> now.", title=shown(title)), lacks(words, lack)))
