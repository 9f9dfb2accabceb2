"""The outbox in the chat: what is held, refused or waits, and what an admin does about it."""

import re
from collections.abc import Sequence
from typing import assert_never

import structlog

from digest.chat.answers import broadcasting as broadcast_answers
from digest.chat.answers import outbox as answers
from digest.chat.ask import Ask, Reply, said
from digest.chat.confirmations import ChangeDeliveries
from digest.chat.house import House
from digest.chat.outbox_words import AllowGone, Decision, Look, Many, Some, Unclear, read_outbox
from digest.hours import local_day
from digest.model import Channel, DeliveryState
from digest.overview import GONE_ALLOWED, Listed, Order, Wanted, read_edition

_TROUBLE = {DeliveryState.UNCERTAIN: 5, DeliveryState.REFUSED: 3, DeliveryState.DUE: 3}
"""What a look at the whole shows, and how many of each."""

_OF_ONE_STATE = 10
_NUMBER = re.compile(r"[0-9]{1,18}")
_log = structlog.get_logger(__name__)


async def outbox(house: House, ask: Ask) -> Reply:
    """Answer ``/outbox``, with a state, an edition or a channel, and its orders ``resend`` and ``cancel``."""
    match read_outbox(ask.text, local_day(house.clock(), _zone(house, ask))):
        case Look() as look:
            return await _look(house, ask, None if look == Look() else look)
        case Some(order=order, ids=ids):
            return await change(house, ask, order, ids)
        case Many(order=order, wanted=wanted):
            return await preview(house, ask, order, wanted)
        case Decision() as decision:
            return await _decided(house, ask, decision)
        case AllowGone(channel=channel):
            return await allow_gone(house, ask, tuple(Channel) if channel is None else (channel,))
        case Unclear(order=order):
            return answers.no_numbers(ask.words, order) if order else answers.which(ask.words)
        case forgotten:
            assert_never(forgotten)


async def allow_gone(house: House, ask: Ask, channels: Sequence[Channel]) -> Reply:
    """Believe for a while that addresses are gone, though many are said to be so in a row."""
    until = house.clock() + GONE_ALLOWED
    for channel in channels:
        await house.deliveries.allow_gone(channel, until)
        _log.info("addresses may end", channel=channel.value, until=until.isoformat(), by=ask.person)
    return answers.gone_allowed(ask.words, channels)


async def change(house: House, ask: Ask, order: Order, ids: Sequence[int]) -> Reply:
    """Make some deliveries due again, or cancel them; show how things are now."""
    do = house.deliveries.resend if order is Order.RESEND else house.deliveries.cancel
    changed = await do(ids, house.clock())
    left = [one for one in ids if one not in changed]
    return await _look(house, ask, done=answers.changed(ask.words, order, changed, left))


async def preview(house: House, ask: Ask, order: Order, wanted: Wanted) -> Reply:
    """Show what an order would change, and ask whether exactly that shall be done."""
    plan = await house.deliveries.plan(order, wanted)
    if wanted.edition is not None and not plan.known:
        return answers.no_such_edition(ask.words, wanted.edition)
    if not plan.total:
        return answers.nothing_to_do(ask.words, plan)
    matter = ChangeDeliveries(plan=plan)
    key = house.confirmations.ask(matter, person=ask.person, target=ask.target, now=house.clock())
    return answers.asked(ask.words, plan, key)


async def carry_out(house: House, ask: Ask, matter: ChangeDeliveries) -> Reply:
    """Do what was confirmed, and say what became of it."""
    plan = matter.plan
    done = await house.deliveries.carry_out(plan, house.clock())
    _log.info("deliveries changed", order=plan.order, state=plan.wanted.state, changed=done, by=ask.person)
    return answers.carried_out(ask.words, plan, done, await house.overview.numbers())


async def press(house: House, ask: Ask, order: Order, arguments: tuple[str, ...]) -> Reply | None:
    """Do what a button of the outbox says: decide about one delivery, or ask about all of a state."""
    match arguments:
        case (number,) if _NUMBER.fullmatch(number):
            return await change(house, ask, order, [int(number)])
        case (state,) if state in order.states:
            return await preview(house, ask, order, Wanted(state=DeliveryState(state)))
        case (state, name) if state in order.states and (edition := read_edition(name)):
            return await preview(house, ask, order, Wanted(state=DeliveryState(state), edition=edition))
        case _:
            return None


async def _decided(house: House, ask: Ask, decision: Decision) -> Reply:
    """Answer a question by words; one of another matter stays open."""
    key, now = decision.key, house.clock()
    matter = house.confirmations.look(key, person=ask.person, target=ask.target, now=now)
    if not isinstance(matter, ChangeDeliveries):
        return said(broadcast_answers.not_open(ask.words))
    house.confirmations.take(key, person=ask.person, target=ask.target, now=now)
    return await carry_out(house, ask, matter) if decision.yes else answers.left(ask.words)


async def _look(house: House, ask: Ask, look: Look | None = None, *, done: str = "") -> Reply:
    """Show the counts, and what ``look`` asks for; without it, some of all that may need a decision."""
    rows: list[Listed] = []
    offer: DeliveryState | None = DeliveryState.UNCERTAIN
    if look is None:
        for state, most in _TROUBLE.items():
            rows += await house.deliveries.rows(state, most)
    else:
        rows += await house.deliveries.rows(
            look.state, _OF_ONE_STATE, edition=look.edition, channel=look.channel
        )
        offer = None if look.edition or look.channel else look.state
    numbers = await house.overview.numbers()
    return answers.listed(ask.words, numbers, rows, _zone(house, ask), offer=offer, done=done)


def _zone(house: House, ask: Ask) -> str:
    return ask.reader.preferences.zone if ask.reader else house.membership.defaults.zone
