"""The outbox in the chat: what is held, refused or waits, and what an admin does about it."""

import re
from collections.abc import Sequence

from digest.chat.answers import outbox as answers
from digest.chat.ask import Ask, Reply
from digest.chat.house import House
from digest.model import DeliveryState
from digest.overview import Listed

_NUMBERS = re.compile(r"#?\d{1,18}")
_STATES = {
    "due": DeliveryState.DUE,
    "waiting": DeliveryState.DUE,
    "等待": DeliveryState.DUE,
    "sent": DeliveryState.SENT,
    "已发送": DeliveryState.SENT,
    "uncertain": DeliveryState.UNCERTAIN,
    "不确定": DeliveryState.UNCERTAIN,
    "gone": DeliveryState.GONE,
    "失效": DeliveryState.GONE,
    "refused": DeliveryState.REFUSED,
    "拒收": DeliveryState.REFUSED,
    "cancelled": DeliveryState.CANCELLED,
    "已取消": DeliveryState.CANCELLED,
}
_AGAIN = ("resend", "重发")
_NEVER = ("cancel", "取消")
_TROUBLE = {DeliveryState.UNCERTAIN: 5, DeliveryState.REFUSED: 3, DeliveryState.DUE: 3}
"""What a look at the whole shows, and how many of each."""

_OF_ONE_STATE = 10


async def outbox(house: House, ask: Ask) -> Reply:
    """Answer ``/outbox``, ``/outbox STATE``, ``/outbox resend ID…``, ``/outbox cancel ID…``."""
    word, *rest = ask.text.replace(",", " ").replace("，", " ").split() or [""]
    word = word.casefold()
    if word in (*_AGAIN, *_NEVER):
        ids = [int(one.lstrip("#")) for one in rest if _NUMBERS.fullmatch(one)]
        if not ids or len(ids) < len(rest):
            return answers.no_numbers(ask.words, word)
        return await change(house, ask, ids, again=word in _AGAIN)
    if not word:
        return await _look(house, ask, _TROUBLE)
    if word in _STATES and not rest:
        return await _look(house, ask, {_STATES[word]: _OF_ONE_STATE})
    return answers.which(ask.words)


async def change(house: House, ask: Ask, ids: Sequence[int], *, again: bool) -> Reply:
    """Make deliveries due again, or cancel them; show how things are now."""
    do = house.deliveries.resend if again else house.deliveries.cancel
    changed = await do(ids, house.clock())
    done = answers.changed(ask.words, changed, [one for one in ids if one not in changed], again=again)
    return await _look(house, ask, _TROUBLE, done)


async def _look(house: House, ask: Ask, most: dict[DeliveryState, int], done: str = "") -> Reply:
    rows: list[Listed] = []
    for state, n in most.items():
        rows += await house.deliveries.rows(state, n)
    zone = ask.reader.preferences.zone if ask.reader else house.membership.defaults.zone
    numbers = await house.overview.numbers()
    return answers.listed(ask.words, numbers, rows, zone, done)
