"""The first minute: what to send, the first digest at once, and the hour and zone, asked once."""

from digest.chat.answers import beginning as answers
from digest.chat.ask import Ask, Reply
from digest.chat.hour_words import minute_of_day
from digest.chat.house import House
from digest.hours import known_zones
from digest.model import Reader


async def step(  # noqa: PLR0911 - one return for each step
    house: House, ask: Ask, name: str, value: str
) -> Reply | None:
    """Take a step of the first minute; None for one that no button has."""
    match name:
        case "all":
            reader = await house.membership.subscribe(ask.target, None, locale=ask.locale, zone=ask.zone)
            return await first(house, ask, reader)
        case "done":
            if ask.reader is None or ask.reader.preferences.nothing:
                return Reply(notice=answers.choose_first(ask.words), alert=True)
            return await first(house, ask, ask.reader)
        case "hour" if (minute := minute_of_day(value)) is not None:
            return answers.settled(ask.words, await _changed(house, ask, minute=minute))
        case "keep":
            return answers.settled(ask.words, await _changed(house, ask))
        case "where":
            return answers.where(ask.words, await _changed(house, ask))
        case "zone" if value in known_zones():
            return answers.when(ask.words, await _changed(house, ask, zone=value), house.clock())
        case _:
            return None


async def first(house: House, ask: Ask, reader: Reader) -> Reply:
    """Show a newcomer who has chosen the first digest at once, and ask for the hour."""
    digest = await house.desk.first(reader.subscriber)
    ids = tuple(pick.paper for pick in digest.picks)
    if ids:
        await house.listings.remember(ask.target, ids, house.clock())
    parts = house.renderer.digest(digest, await house.archive.several(ids))
    chosen = answers.chosen(ask.words, house.taxonomy, reader)
    return Reply(parts=(chosen, *parts, *answers.when(ask.words, reader, house.clock()).parts), edits=True)


async def _changed(house: House, ask: Ask, *, minute: int | None = None, zone: str | None = None) -> Reader:
    reader = await house.membership.join(ask.target, locale=ask.locale, zone=ask.zone)
    if minute is not None:
        reader = await house.membership.change(ask.target, minute=minute) or reader
    if zone is not None:
        reader = await house.membership.change(ask.target, zone=zone) or reader
    return reader
