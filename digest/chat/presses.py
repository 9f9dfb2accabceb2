"""What a pressed button does; every effect exists as a typed command too."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from digest.arxiv import find_arxiv_id
from digest.callbacks import Action, Press
from digest.chat import (
    beginning,
    broadcasting,
    following,
    groups,
    outbox,
    preferences,
    reading,
    searching,
    shelf,
)
from digest.chat.answers import general
from digest.chat.ask import Ask, Reply
from digest.chat.confirming import confirm
from digest.chat.house import House
from digest.domains import Choice
from digest.overview import Order

READS = frozenset({Action.PAPER, Action.TODAY})
"""Actions that change nothing: everybody in a group may press them."""

Do = Callable[[House, Ask, Press], Awaitable[Reply | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What an action does; None for arguments that no button of ours has.

    ``private``: it means nothing in a group. ``admin``: for admins of the whole bot, in private.
    """

    do: Do
    private: bool = False
    admin: bool = False


async def pressed(house: House, ask: Ask, press: Press | None, *, paging: bool) -> Reply:
    """Do what a button says; ``paging``: it stands below a paper, whose place the next one takes."""
    reply = None
    if press is not None and (effect := EFFECTS.get(press.action)) and _may(effect, ask):
        reply = await effect.do(house, ask, press)
    if reply and press and press.action is Action.PAPER:
        reply = replace(reply, edits=paging)
    return reply or Reply(notice=general.stale(ask.words), alert=True)


def _may(effect: Effect, ask: Ask) -> bool:
    return (ask.private or not effect.private) and (ask.admin or not effect.admin)


def _in_place(reply: Reply | None) -> Reply | None:
    return reply and replace(reply, edits=True)


async def _paper(house: House, ask: Ask, press: Press) -> Reply | None:
    found = find_arxiv_id(press.argument)
    if found is None or found.id != press.argument:
        return None
    if not ask.private:
        return await reading.paper_in_a_line(house, ask, found.id)
    return await reading.paper_by_id(house, ask, found.id)


async def _today(house: House, ask: Ask, press: Press) -> Reply | None:
    return await reading.today(house, replace(ask, text=press.argument))


async def _unsubscribe(house: House, ask: Ask, press: Press) -> Reply | None:
    if press.argument not in house.taxonomy.slugs:
        return None
    return _in_place(await following.unsubscribe(house, replace(ask, text=press.argument)))


async def _toggle(house: House, ask: Ask, press: Press) -> Reply | None:
    if press.argument not in house.taxonomy.slugs:
        return None
    return _in_place(await following.toggle(house, ask, press.argument))


async def _subscribe(house: House, ask: Ask, press: Press) -> Reply | None:
    if press.argument not in house.taxonomy.slugs:
        return None
    return _in_place(await following.follow(house, ask, Choice(slugs=(press.argument,))))


async def _everything(house: House, ask: Ask, _press: Press) -> Reply | None:
    return _in_place(await following.toggle_everything(house, ask))


async def _domains(house: House, ask: Ask, _press: Press) -> Reply | None:
    return await following.domains(house, ask)


async def _set(house: House, ask: Ask, press: Press) -> Reply | None:
    setting, value = press.argument, press.second
    if setting == "only" and value in house.taxonomy.slugs:
        return _in_place(await following.follow(house, ask, Choice(slugs=(value,)), only=True))
    return _in_place(await preferences.set_by_button(house, ask, setting, value))


async def _menu(house: House, ask: Ask, press: Press) -> Reply | None:
    return _in_place(await preferences.menu(house, ask, press.argument))


async def _search(house: House, ask: Ask, press: Press) -> Reply | None:
    return _in_place(await searching.more(house, ask, press.argument))


async def _saved(house: House, ask: Ask, press: Press) -> Reply | None:
    return _in_place(await shelf.more(house, ask, press.argument))


async def _save(house: House, ask: Ask, press: Press) -> Reply | None:
    return await shelf.save(house, ask, press.argument, press.second)


async def _vote(house: House, ask: Ask, press: Press) -> Reply | None:
    return await shelf.vote(house, ask, press.argument, press.second)


async def _begin(house: House, ask: Ask, press: Press) -> Reply | None:
    return await beginning.step(house, ask, press.argument, press.second)


async def _chats(house: House, ask: Ask, press: Press) -> Reply | None:
    return await groups.press(house, ask, press.argument, press.second)


async def _yes(house: House, ask: Ask, press: Press) -> Reply | None:
    return await confirm(house, ask, press.argument, yes=True)


async def _no(house: House, ask: Ask, press: Press) -> Reply | None:
    return await confirm(house, ask, press.argument, yes=False)


async def _broadcast(house: House, ask: Ask, press: Press) -> Reply | None:
    return await broadcasting.press(house, ask, press.arguments)


async def _resend(house: House, ask: Ask, press: Press) -> Reply | None:
    return _in_place(await outbox.press(house, ask, Order.RESEND, press.arguments))


async def _give_up(house: House, ask: Ask, press: Press) -> Reply | None:
    return _in_place(await outbox.press(house, ask, Order.CANCEL, press.arguments))


EFFECTS = {
    Action.PAPER: Effect(do=_paper),
    Action.TODAY: Effect(do=_today),
    Action.TOGGLE: Effect(do=_toggle),
    Action.SUBSCRIBE: Effect(do=_subscribe),
    Action.UNSUBSCRIBE: Effect(do=_unsubscribe),
    Action.EVERYTHING: Effect(do=_everything),
    Action.DOMAINS: Effect(do=_domains),
    Action.SET: Effect(do=_set),
    Action.MENU: Effect(do=_menu),
    Action.SEARCH: Effect(do=_search),
    Action.SAVED: Effect(do=_saved, private=True),
    Action.SAVE: Effect(do=_save, private=True),
    Action.VOTE: Effect(do=_vote, private=True),
    Action.BEGIN: Effect(do=_begin),
    Action.CHATS: Effect(do=_chats, private=True),
    Action.CONFIRM: Effect(do=_yes),
    Action.CANCEL: Effect(do=_no),
    Action.BROADCAST: Effect(do=_broadcast, admin=True),
    Action.RESEND: Effect(do=_resend, admin=True),
    Action.GIVE_UP: Effect(do=_give_up, admin=True),
}
