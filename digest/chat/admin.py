"""Broadcast and stats: for admins, in private chats."""

import re

from digest.broadcast import LONGEST, Audience
from digest.chat.answers import admin as answers
from digest.chat.ask import Ask, Reply, said
from digest.chat.confirmations import SendBroadcast
from digest.chat.house import House
from digest.model import Channel

_OPTION = re.compile(r"(domains?|领域|channel|渠道)[:：=](\S+)\s*", re.IGNORECASE)
_YES = re.compile(r"(?:yes|确认)\s+([0-9a-f]{8})", re.IGNORECASE)
_CHANNELS = {
    "telegram": Channel.TELEGRAM,
    "chat": Channel.TELEGRAM,
    "email": Channel.EMAIL,
    "mail": Channel.EMAIL,
    "邮件": Channel.EMAIL,
}


async def broadcast(house: House, ask: Ask) -> Reply:
    """Answer ``/broadcast TEXT`` with a preview, and ``/broadcast yes KEY`` by sending it."""
    if confirmed := _YES.fullmatch(ask.text.strip()):
        return await _confirm_typed(house, ask, confirmed[1].lower())
    audience, text = _read(house, ask.text)
    if isinstance(audience, str):
        return answers.unknown_option(ask.words, audience)
    text = text.strip() or ask.quoted.strip()
    if not text:
        return answers.how_to_broadcast(ask.words)
    if (length := len(text.encode("utf-16-le")) // 2) > LONGEST:
        return answers.too_long(ask.words, length)
    return await _preview(house, ask, text, audience)


async def _preview(house: House, ask: Ask, text: str, audience: Audience) -> Reply:
    announcement, counts = await house.broadcaster.preview(text, audience)
    preview = house.renderer.announcement(announcement)
    if not any(counts.values()):
        return answers.nobody(ask.words, preview)
    matter = SendBroadcast(text=text, audience=audience)
    key = house.confirmations.ask(matter, person=ask.person, target=ask.target, now=house.clock())
    return answers.confirm_broadcast(ask.words, house.taxonomy, preview, audience, counts, key)


async def _confirm_typed(house: House, ask: Ask, key: str) -> Reply:
    matter = house.confirmations.take(key, person=ask.person, target=ask.target, now=house.clock())
    if not isinstance(matter, SendBroadcast):
        return said(answers.not_open(ask.words))
    return await send_broadcast(house, ask, matter)


async def send_broadcast(house: House, ask: Ask, matter: SendBroadcast) -> Reply:
    """Queue what was confirmed."""
    queued = await house.broadcaster.send(matter.text, matter.audience, by=str(ask.person))
    return answers.broadcast_queued(ask.words, queued)


async def stats(house: House, ask: Ask) -> Reply:
    """Answer ``/stats``."""
    zone = ask.reader.preferences.zone if ask.reader else house.membership.defaults.zone
    return answers.stats(ask.words, house.taxonomy, await house.overview.numbers(), zone)


async def health(_house: House, ask: Ask) -> Reply:
    """Answer ``/health``."""
    return said(answers.not_open(ask.words))


async def user(_house: House, ask: Ask) -> Reply:
    """Answer ``/user ID``."""
    return said(answers.not_open(ask.words))


async def steer(_house: House, ask: Ask, what: str, number: str) -> Reply:
    """Pause a broadcast, let it go on, stop it, or look at it."""
    del what, number
    return said(answers.not_open(ask.words))


def _read(house: House, text: str) -> tuple[Audience | str, str]:
    """Give the audience that leading options name, and the text behind them; a wrong option as written."""
    domains: tuple[str, ...] | None = None
    channel: Channel | None = None
    while option := _OPTION.match(text):
        name, value = option[1].casefold(), option[2]
        if name in ("channel", "渠道"):
            channel = _CHANNELS.get(value.casefold())
            if channel is None:
                return option.group().strip(), ""
        else:
            choice = house.taxonomy.choose(value)
            if choice.unknown or not (choice.slugs or choice.everything):
                return option.group().strip(), ""
            domains = None if choice.everything else (*(domains or ()), *choice.slugs)
        text = text[option.end() :]
    return Audience(domains=domains, channel=channel), text
