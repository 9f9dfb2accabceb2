"""What a pressed button does; every effect exists as a typed command too."""

import re
from dataclasses import replace

from digest.arxiv import find_arxiv_id
from digest.callbacks import Action, Press
from digest.chat import (
    beginning,
    broadcasting,
    following,
    groups,
    leaving,
    outbox,
    preferences,
    reading,
    searching,
    shelf,
    uploads,
)
from digest.chat.answers import broadcasting as broadcast_answers
from digest.chat.answers import general
from digest.chat.answers import leaving as leaving_answers
from digest.chat.answers import uploads as upload_answers
from digest.chat.ask import Ask, Reply
from digest.chat.confirmations import ForgetMe, SendBroadcast, TakeReport
from digest.chat.house import House
from digest.domains import Choice

READS = frozenset({Action.PAPER, Action.TODAY})
"""Actions that change nothing: everybody in a group may press them."""

_NUMBER = re.compile(r"[0-9]{1,18}")


async def pressed(house: House, ask: Ask, press: Press | None, *, paging: bool) -> Reply:
    """Do what a button says; ``paging``: it stands below a paper, whose place the next one takes."""
    reply = await _effect(house, ask, press, paging=paging) if press else None
    return reply or Reply(notice=general.stale(ask.words), alert=True)


async def _effect(  # noqa: PLR0911 - one return for each action
    house: House, ask: Ask, press: Press, *, paging: bool
) -> Reply | None:
    match press.action:
        case Action.PAPER:
            return await _paper(house, ask, press.argument, paging=paging)
        case Action.TODAY:
            return await reading.today(house, replace(ask, text=press.argument))
        case Action.UNSUBSCRIBE if press.argument in house.taxonomy.slugs:
            return _in_place(await following.unsubscribe(house, replace(ask, text=press.argument)))
        case Action.TOGGLE if press.argument in house.taxonomy.slugs:
            return _in_place(await following.toggle(house, ask, press.argument))
        case Action.SUBSCRIBE if press.argument in house.taxonomy.slugs:
            choice = Choice(slugs=(press.argument,))
            return _in_place(await following.follow(house, ask, choice))
        case Action.EVERYTHING:
            return _in_place(await following.toggle_everything(house, ask))
        case Action.DOMAINS:
            return await following.domains(house, ask)
        case Action.SET if len(press.arguments) > 1:
            return await _set(house, ask, press.arguments[0], press.arguments[1])
        case Action.MENU:
            menu = await preferences.menu(house, ask, press.argument)
            return menu and _in_place(menu)
        case Action.SEARCH:
            return _in_place(await searching.more(house, ask, press.argument))
        case Action.SAVED if ask.private:
            return _in_place(await shelf.more(house, ask, press.argument))
        case Action.SAVE | Action.VOTE if ask.private and len(press.arguments) > 1:
            do = shelf.save if press.action is Action.SAVE else shelf.vote
            return await do(house, ask, *press.arguments[:2])
        case Action.BEGIN:
            return await beginning.step(house, ask, press.argument, "".join(press.arguments[1:2]))
        case Action.CHATS if ask.private:
            return await groups.press(house, ask, press.argument, "".join(press.arguments[1:2]))
        case Action.CONFIRM | Action.CANCEL:
            return await _confirm(house, ask, press.argument, yes=press.action is Action.CONFIRM)
        case _:
            return await _held(house, ask, press)


async def _held(house: House, ask: Ask, press: Press) -> Reply | None:
    """Steer a broadcast, or decide about a delivery that is held: for admins of the whole bot alone."""
    if press.action is Action.BROADCAST and ask.admin:
        return await broadcasting.press(house, ask, press.arguments)
    if press.action not in (Action.RESEND, Action.GIVE_UP) or not ask.admin:
        return None
    if not _NUMBER.fullmatch(press.argument):
        return None
    again = press.action is Action.RESEND
    return _in_place(await outbox.change(house, ask, [int(press.argument)], again=again))


def _in_place(reply: Reply) -> Reply:
    return replace(reply, edits=True)


async def _paper(house: House, ask: Ask, paper: str, *, paging: bool) -> Reply | None:
    found = find_arxiv_id(paper)
    if found is None or found.id != paper:
        return None
    if not ask.private:
        return await reading.paper_in_a_line(house, ask, paper)
    return replace(await reading.paper_by_id(house, ask, paper), edits=paging)


async def _set(house: House, ask: Ask, setting: str, value: str) -> Reply | None:
    if setting == "only" and value in house.taxonomy.slugs:
        return _in_place(await following.follow(house, ask, Choice(slugs=(value,)), only=True))
    changed = await preferences.set_by_button(house, ask, setting, value)
    return changed and _in_place(changed)


async def _confirm(house: House, ask: Ask, key: str, *, yes: bool) -> Reply:
    """Answer a question that was asked; it is closed by that, whatever the answer."""
    take, now = house.confirmations.take, house.clock()
    matter = take(key, person=ask.person, target=ask.target, now=now)
    if matter is None and not ask.private:  # an anonymous administrator was asked, as the group itself
        matter = take(key, person=int(ask.target.address), target=ask.target, now=now)
    match matter:
        case SendBroadcast() if ask.admin:
            done = (
                await broadcasting.send_broadcast(house, ask, matter)
                if yes
                else broadcast_answers.cancelled(ask.words)
            )
            return _in_place(done)
        case TakeReport() if ask.admin:
            done = await uploads.take(house, ask, matter) if yes else upload_answers.left(ask.words)
            return _in_place(done)
        case ForgetMe():
            done = await leaving.forget_now(house, ask) if yes else leaving_answers.kept(ask.words)
            return _in_place(done)
        case _:
            return Reply(notice=broadcast_answers.not_open(ask.words), alert=True)
