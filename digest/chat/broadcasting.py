"""Broadcasts: what an admin says to whom, the question before it is sent, and steering it after."""

import re
from dataclasses import replace

from digest.broadcast import LONGEST, Place, Standing
from digest.chat.answers import broadcasting as answers
from digest.chat.answers import progress as standings
from digest.chat.ask import Ask, Reply, said
from digest.chat.audience_words import audience_and_text, changed
from digest.chat.confirmations import SendBroadcast
from digest.chat.house import House
from digest.message import ChatPart

_YES = re.compile(r"(?:yes|确认)\s+([0-9a-f]{8})", re.IGNORECASE)
_LIST = re.compile(r"list|列表", re.IGNORECASE)
_STEERING = {
    "pause": "pause",
    "暂停": "pause",
    "go": "go",
    "resume": "go",
    "继续": "go",
    "stop": "stop",
    "cancel": "stop",
    "取消": "stop",
    "停止": "stop",
    "look": "look",
    "查看": "look",
}
_STEER = re.compile(rf"({'|'.join(_STEERING)})\s*[#＃]?([0-9]{{1,18}})", re.IGNORECASE)
_BEGINNINGS = "|".join((*_STEERING, "list", "yes", "列表", "确认"))
_HALF = re.compile(rf"(?:{_BEGINNINGS})(?:\s+(?:[#＃]?\w*\d\w*|\w)){{0,2}}", re.IGNORECASE)
"""What begins like steering and is none; it would be an odd word to everybody."""

_NUMBER = re.compile(r"[0-9]{1,18}")
_LISTED = 5


async def broadcast(house: House, ask: Ask) -> Reply:
    """Answer ``/broadcast TEXT`` with a preview, ``/broadcast yes KEY`` by sending it, and what steers it."""
    words = ask.text.strip()
    if confirmed := _YES.fullmatch(words):
        return await _confirmed_by_words(house, ask, confirmed[1].lower())
    if _LIST.fullmatch(words):
        return standings.listed(ask.words, await house.broadcaster.broadcasts.newest(_LISTED))
    if steering := _STEER.fullmatch(words):
        return await _steered_by_words(house, ask, _STEERING[steering[1].lower()], int(steering[2]))
    if _HALF.fullmatch(words):
        return answers.how_to_steer(ask.words)
    return await _preview(house, ask)


async def _preview(house: House, ask: Ask) -> Reply:
    audience, text = audience_and_text(house.taxonomy, ask.text)
    if isinstance(audience, str):
        return answers.unknown_option(ask.words, audience)
    text = text.strip() or ask.quoted.strip()
    if not text:
        return answers.how_to_broadcast(ask.words)
    if (length := len(text.encode("utf-16-le")) // 2) > LONGEST:
        return answers.too_long(ask.words, length)
    announcement, _ = await house.broadcaster.preview(text, audience)
    matter = SendBroadcast(text=announcement.text, audience=audience)
    return Reply(parts=(*house.renderer.announcement(announcement), await _question(house, ask, matter)))


async def send_broadcast(house: House, ask: Ask, matter: SendBroadcast) -> Reply:
    """Queue what was confirmed; the message that asked becomes the one that tells how far it is."""
    queued = await house.broadcaster.send(matter.text, matter.audience, by=str(ask.person))
    place = Place(chat=int(ask.target.address), message=ask.message, locale=ask.locale)
    await house.broadcaster.broadcasts.keep_place(queued.id, place)
    followed = house.progress.begin(queued.id, shown=ask.message is not None)
    if followed and ask.message is None:
        return Reply()
    known = await house.broadcaster.broadcasts.standing(queued.id)
    return Reply(parts=(standings.standing(ask.words, known, house.broadcaster),)) if known else Reply()


async def press(house: House, ask: Ask, arguments: tuple[str, ...]) -> Reply | None:
    """Do what a button of a broadcast says; None where that makes no sense."""
    match arguments:
        case ("who", key, what, value):
            return await _choose(house, ask, key, what, value)
        case ("pause" | "go" | "stop" | "look" as what, number) if _NUMBER.fullmatch(number):
            known = await house.broadcaster.broadcasts.standing(int(number))
            return await _steered_by_button(house, ask, what, known) if known else None
        case _:
            return None


async def _question(house: House, ask: Ask, matter: SendBroadcast, *, by_domain: bool = False) -> ChatPart:
    """Open the question whether this shall be sent; it closes the one before."""
    key = house.confirmations.ask(matter, person=ask.person, target=ask.target, now=house.clock())
    return await _asked(house, ask, matter, key, by_domain=by_domain)


async def _asked(house: House, ask: Ask, matter: SendBroadcast, key: str, *, by_domain: bool) -> ChatPart:
    broadcaster, audience = house.broadcaster, matter.audience
    counts = await broadcaster.broadcasts.count(audience)
    question = answers.Question(
        audience=audience,
        counts=counts,
        choices=await broadcaster.broadcasts.choices(audience),
        takes=broadcaster.takes(counts),
        rates=broadcaster.rates,
        key=key,
        by_domain=by_domain,
    )
    return answers.asked(ask.words, house.taxonomy, question)


async def _choose(house: House, ask: Ask, key: str, what: str, value: str) -> Reply | None:
    """Show the question with another audience under a new key, or its other page under the same one."""
    matter = _open(house, ask, key)
    if matter is None:
        return Reply(notice=answers.not_open(ask.words), alert=True)
    if what == "page":
        part = await _asked(house, ask, matter, key, by_domain=value == "domains")
        return Reply(parts=(part,), edits=True)
    audience = changed(house.taxonomy, matter.audience, what, value)
    if audience is None:
        return None
    part = await _question(house, ask, replace(matter, audience=audience), by_domain=what == "domain")
    return Reply(parts=(part,), edits=True)


def _open(house: House, ask: Ask, key: str) -> SendBroadcast | None:
    matter = house.confirmations.look(key, person=ask.person, target=ask.target, now=house.clock())
    return matter if isinstance(matter, SendBroadcast) else None


async def _confirmed_by_words(house: House, ask: Ask, key: str) -> Reply:
    matter = _open(house, ask, key)
    if matter is None:
        return said(answers.not_open(ask.words))
    house.confirmations.take(key, person=ask.person, target=ask.target, now=house.clock())
    return await send_broadcast(house, ask, matter)


async def _steered_by_words(house: House, ask: Ask, what: str, number: int) -> Reply:
    """Steer, and show in a new message how far the broadcast is."""
    known = await house.broadcaster.broadcasts.standing(number)
    if known is None:
        return standings.unknown(ask.words, number)
    done = await _steer(house, ask, what, known)
    now = await house.broadcaster.broadcasts.standing(number) or known
    house.progress.hurry(number)
    return Reply(parts=(standings.standing(ask.words, now, house.broadcaster, done=done, again=True),))


async def _steered_by_button(house: House, ask: Ask, what: str, known: Standing) -> Reply:
    """Steer; the message whose button it was is changed by its own editor where it has one."""
    done = await _steer(house, ask, what, known)
    followed = house.progress.hurry(known.id)
    if followed and known.place and known.place.message == ask.message:
        return Reply(notice=done)
    now = await house.broadcaster.broadcasts.standing(known.id) or known
    part = standings.standing(ask.words, now, house.broadcaster, again=True)
    return Reply(parts=(part,), notice=done, edits=True)


async def _steer(house: House, ask: Ask, what: str, known: Standing) -> str:
    """Pause a broadcast, let it go on, stop it, or just look at it; say in plain words what that did."""
    match what:
        case "pause":
            return standings.paused(ask.words, done=await house.broadcaster.pause(known.id))
        case "go":
            return standings.went_on(ask.words, done=await house.broadcaster.broadcasts.go(known.id))
        case "stop":
            return standings.stopped(ask.words, await house.broadcaster.stop(known.id))
        case _:
            return ""
