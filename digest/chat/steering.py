"""Steering a group, channel or topic from a private chat: the same commands and buttons, about that chat.

``/groups 57 subscribe robotics`` and a button ``1@57:…`` do what they say to the chat with number 57. The
number is input: before each effect Telegram is asked whether whoever asks administers that chat, and whether
the bot may post there.
"""

import re
from dataclasses import replace

from digest.callbacks import Action, Press
from digest.chat import groups, leaving, presses, table
from digest.chat.answers import broadcasting as broadcast_answers
from digest.chat.answers import general
from digest.chat.answers import groups as answers
from digest.chat.answers import leaving as leaving_answers
from digest.chat.ask import Ask, Reply, message
from digest.chat.command_words import read_message
from digest.chat.confirmations import ForgetMe, LeaveChat
from digest.chat.house import House
from digest.message import ChatPart
from digest.model import Reader

COMMANDS = frozenset(
    {"subscribe", "unsubscribe", "domains", "today", "settings", "pause", "resume", "forget"}
)
"""Commands that mean the chat that is steered; every other one is for whoever gives it."""

ACTIONS = frozenset(
    {
        Action.TOGGLE,
        Action.SUBSCRIBE,
        Action.UNSUBSCRIBE,
        Action.EVERYTHING,
        Action.DOMAINS,
        Action.TODAY,
        Action.SET,
        Action.MENU,
        Action.CONFIRM,
        Action.CANCEL,
    }
)
"""Buttons that mean the chat that is steered."""

_WITHOUT_POSTING = frozenset({"unsubscribe", "pause", "forget", "leave"})
"""What only takes away: the bot need not be able to post for it."""

_LEAVE = frozenset({"leave", "退出", "离开", "退群"})
_YES = frozenset({"yes", "y", "是", "确认", "确定", "好"})
_ABOUT = re.compile(r"#?(\d{1,18})(?:\s+|(?=\D))(.+)", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,18}")
_TYPED = re.compile(rf"(?<![\w/.<])(<code>)?/({'|'.join(sorted(COMMANDS))}|start)\b( all\b)?")


async def answer(house: House, ask: Ask, name: str, *, may_change: bool, slash: bool) -> Reply:
    """Answer a command, as ``table.answer`` does, or let it mean another chat."""
    steered = _ABOUT.fullmatch(ask.text.strip()) if name == "groups" and ask.private else None
    if steered is None:
        return await table.answer(house, ask, name, may_change=may_change, slash=slash)
    return await _command(house, ask, int(steered[1]), steered[2].strip())


async def pressed(house: House, ask: Ask, press: Press | None, *, paging: bool) -> Reply:
    """Do what a button says, as ``presses.pressed`` does, or what it says about another chat."""
    if press is None or (press.about is None and press.action is not Action.CHATS):
        return await presses.pressed(house, ask, press, paging=paging)
    if press.about is not None:
        reply = await _press(house, ask, press, press.about)
    else:
        reply = await _opened(house, ask, press) or await presses.pressed(house, ask, press, paging=paging)
    return replace(reply, parts=()) if reply.alert else reply


async def _opened(house: House, ask: Ask, press: Press) -> Reply | None:
    """Do what a button below an opened chat says; None where it is one of the list's own."""
    does, number = press.argument, "".join(press.arguments[1:2])
    if not ask.private or does not in (*COMMANDS, "leave") or not _NUMBER.fullmatch(number):
        return None
    return await _do(house, ask, int(number), does, "")


async def _press(house: House, ask: Ask, press: Press, number: int) -> Reply:
    if not ask.private or press.action not in ACTIONS:
        return Reply(notice=general.stale(ask.words), alert=True)
    confirms = press.action in (Action.CONFIRM, Action.CANCEL)
    admitted = await groups.admit(house, ask, number, posts=not confirms, owner_alone=confirms)
    if isinstance(admitted, Reply):
        return admitted
    reader, place = admitted
    steered = replace(ask, target=place.target, reader=reader, private=False, admin=False, seat=ask.target)
    if confirms:
        return await _confirm(house, steered, press, reader)
    reply = await presses.pressed(house, steered, replace(press, about=None), paging=False)
    return _about(steered, reply, reader, papers=press.action is Action.TODAY)


async def _command(house: House, ask: Ask, number: int, words: str) -> Reply:
    """Answer ``/groups 57 WORDS``."""
    first, _, rest = words.partition(" ")
    if first.casefold().lstrip("/／") in _LEAVE:
        return await _do(house, ask, number, "leave", rest.strip())
    spoken = read_message(words, "")
    if spoken is not None and spoken.name in ("start", "help", "groups"):
        return await groups.open_chat(house, ask, number)
    if spoken is None or spoken.name not in COMMANDS:
        return answers.how_to(ask.words, number)
    return await _do(house, ask, number, spoken.name, spoken.text)


async def _do(house: House, ask: Ask, number: int, does: str, text: str) -> Reply:
    """Give a command for a chat."""
    admitted = await groups.admit(
        house, ask, number, posts=does not in _WITHOUT_POSTING, owner_alone=does == "forget"
    )
    if isinstance(admitted, Reply):
        return admitted
    reader, place = admitted
    steered = replace(
        ask,
        target=place.target,
        reader=reader,
        private=False,
        admin=False,
        text=text,
        quoted="",
        seat=ask.target,
    )
    if does == "leave":
        reply = await _leave(house, steered, reader)
    else:
        reply = await table.COMMANDS[does].handle(house, steered)
    return _about(steered, reply, reader, papers=does == "today")


async def _leave(house: House, steered: Ask, reader: Reader) -> Reply:
    if steered.text.casefold() in _YES:
        return await _leave_now(house, steered)
    key = house.confirmations.ask(
        LeaveChat(), person=steered.person, target=steered.target, now=house.clock()
    )
    return answers.ask_leave(steered.words, key, reader)


async def _leave_now(house: House, steered: Ask) -> Reply:
    await house.groups.left(steered.target)
    await house.chats.leave(int(steered.target.address))
    return answers.has_left(steered.words)


async def _confirm(house: House, steered: Ask, press: Press, reader: Reader) -> Reply:
    """Answer a question about the chat that was asked; it is closed by that, whatever the answer."""
    matter = house.confirmations.take(
        press.argument, person=steered.person, target=steered.target, now=house.clock()
    )
    yes = press.action is Action.CONFIRM
    match matter:
        case LeaveChat():
            done = await _leave_now(house, steered) if yes else answers.stays(steered.words)
        case ForgetMe():
            forgets = leaving.forget_now
            done = await forgets(house, steered) if yes else leaving_answers.kept(steered.words)
        case _:
            return Reply(notice=broadcast_answers.not_open(steered.words), alert=True)
    return _about(steered, replace(done, edits=True), reader, papers=False)


def _about(steered: Ask, reply: Reply, reader: Reader, *, papers: bool) -> Reply:
    """Let an answer name its chat, and its buttons and commands mean it."""
    number = reader.subscriber.id
    parts = tuple(
        replace(part, keyboard=answers.steering(part.keyboard, number, ACTIONS)) for part in reply.parts
    )
    if not parts:
        return reply
    if papers:
        return replace(reply, parts=(answers.would_get(steered.words, reader), *parts))
    first = _named(parts[0], answers.first_line(steered.words, reader), number)
    return replace(reply, parts=(first, *parts[1:]))


def _named(part: ChatPart, line: str, number: int) -> ChatPart:
    def typed(found: re.Match[str]) -> str:
        command = "" if found[2] == "start" else f" {found[2]}"
        text = f"/groups {number}{command}{found[3] or ''}"
        return f"<code>{text}" if found[1] else f"<code>{text}</code>"

    html = f"{line}\n{_TYPED.sub(typed, part.html)}"
    return replace(message(html, part.keyboard), silent=part.silent)
