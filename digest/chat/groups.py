"""Groups and channels from a private chat: the list of them, adding one, opening one."""

import re
import unicodedata
from dataclasses import replace

from digest.chat import following
from digest.chat.answers import groups as answers
from digest.chat.answers.general import one_line
from digest.chat.answers.lacks import lacks, no_such
from digest.chat.ask import Ask, Reply
from digest.chat.chats import Found, Lack
from digest.chat.house import House
from digest.groups import place_of
from digest.model import Endpoint, Reader, Target

_ADD = frozenset({"add", "new", "添加", "新增", "加"})
_NUMBER = re.compile(r"#?([0-9]{1,18})")
_ID = re.compile(r"-[0-9]{1,18}")
_NAME = re.compile(
    r"(?:@|(?:https?://)?(?:t|telegram)\.me/)?([a-z]\w{3,31})/?(?:\d+/?)?", re.IGNORECASE | re.ASCII
)
_PRIVATE_LINK = re.compile(r"(?:https?://)?(?:t|telegram)\.me/c/([0-9]{1,16})(?:/[0-9/]*)?", re.IGNORECASE)


async def groups(house: House, ask: Ask) -> Reply:
    """Answer ``/groups``, ``/groups add``, ``/groups 57``, ``/groups @name``, ``/groups -1001234``."""
    text = unicodedata.normalize("NFKC", ask.text).strip()
    if not text:
        return await _list(house, ask)
    if text.casefold() in _ADD:
        return answers.adding(ask.words)
    if number := _NUMBER.fullmatch(text):
        return await open_chat(house, ask, int(number[1]))
    name = _named(text)
    return answers.how_to(ask.words) if name is None else await set_up(house, ask, name)


async def press(house: House, ask: Ask, what: str, number: str) -> Reply | None:
    """Do what a button of the list of groups says; None where it means nothing."""
    if what == "list":
        return replace(await _list(house, ask), edits=True)
    if what == "add":
        return answers.adding(ask.words)
    if what == "open" and _NUMBER.fullmatch(number):
        opened = await open_chat(house, ask, int(number))
        return replace(opened, edits=not opened.alert)
    return None


async def offered(house: House, ask: Ask, chat: int, *, anyway: bool) -> Reply | None:
    """Answer a forwarded post: its chat is opened where both may; ``anyway`` says what is missing."""
    found = await _seen(house, ask, chat)
    if isinstance(found, Found):
        return await _known(house, ask, found)
    return one_line(lacks(ask.words, found)) if anyway else None


async def set_up(house: House, ask: Ask, name: str | int) -> Reply:
    """Make a chat known that its administrator names, and show it."""
    found = await _seen(house, ask, name)
    if isinstance(found, Lack):
        return one_line(lacks(ask.words, found))
    return await _known(house, ask, found)


async def open_chat(house: House, ask: Ask, number: int) -> Reply:
    """Show a chat by its number."""
    admitted = await admit(house, ask, number)
    if isinstance(admitted, Reply):
        return admitted
    reader, place = admitted
    found = await house.chats.find(int(place.target.address))
    if isinstance(found, Found):
        await house.groups.met(place.target, title=found.title, owner=ask.person)
        reader = await house.groups.of(number) or reader
    return answers.opened(ask.words, house.taxonomy, reader)


async def admit(
    house: House, ask: Ask, number: int, *, posts: bool = True, owner_alone: bool = False
) -> tuple[Reader, Endpoint] | Reply:
    """Give the chat with this number where whoever asks administers it now, else what is missing.

    ``posts``: the bot must be able to post there too. ``owner_alone``: where the bot is out of the chat, and
    nobody can be asked who administers it, its owner is enough.
    """
    reader = await house.groups.of(number)
    place = place_of(reader) if reader else None
    if reader is None or place is None:
        return _refused(no_such(ask.words))
    chat, mine = int(place.target.address), place.owner == ask.person
    lack = await house.chats.administers(chat, ask.person)
    if lack is Lack.BOT and owner_alone and mine:
        lack, posts = None, False
    if lack in (Lack.ADMINISTRATOR, Lack.BOT) and not mine:
        return _refused(no_such(ask.words))
    if lack is None and posts:
        lack = await house.chats.lets_post(chat, closed=await house.groups.is_closed(place.target))
    return _refused(lacks(ask.words, lack)) if lack else (reader, place)


def _refused(text: str) -> Reply:
    return replace(one_line(text), notice=text, alert=True)


async def _list(house: House, ask: Ask) -> Reply:
    return answers.listed(ask.words, house.taxonomy, await house.groups.owned(ask.person))


async def _seen(house: House, ask: Ask, name: str | int) -> Found | Lack:
    """Give a chat where whoever asks administers it and the bot may post there."""
    found = await house.chats.find(name)
    if isinstance(found, Lack):
        return found
    return (
        await house.chats.administers(found.id, ask.person) or await house.chats.lets_post(found.id) or found
    )


async def _known(house: House, ask: Ask, found: Found) -> Reply:
    """Make a chat known, and whoever asks its owner unless another administrator is; show it."""
    await house.membership.join(ask.target, locale=ask.locale)
    target = Target.telegram(found.id)
    before = await house.membership.reader(target)
    place = place_of(before) if before else None
    had = place.owner if place else None
    lost = had is not None and await house.chats.administers(found.id, had) is Lack.ADMINISTRATOR
    reader = await house.groups.set_up(
        target,
        title=found.title,
        person=ask.person,
        locale=ask.locale,
        instead_of=had if lost else None,
    )
    return await shown(house, ask, reader)


async def shown(house: House, ask: Ask, reader: Reader) -> Reply:
    """Show a chat that was just set up: the question what it shall get, or what it gets already."""
    if not reader.preferences.nothing:
        return answers.opened(ask.words, house.taxonomy, reader)
    return answers.set_up(ask.words, reader, await following.keyboard_for(house, ask, reader))


def _named(text: str) -> str | int | None:
    """Give the id or ``@name`` in the form that Telegram looks up, None where it is none."""
    if _ID.fullmatch(text):
        return int(text)
    if private := _PRIVATE_LINK.fullmatch(text):
        return int(f"-100{private[1]}")
    named = _NAME.fullmatch(text)
    return f"@{named[1]}" if named else None
