"""Start, subscribe, unsubscribe, domains: what a reader follows."""

import re
from dataclasses import replace

from digest.chat import beginning, deep_links
from digest.chat.answers import following as answers
from digest.chat.answers import general
from digest.chat.ask import Ask, Reply
from digest.chat.house import House
from digest.deep_links import Linked, Opens, looks_like_ours
from digest.deep_links import read as read_link
from digest.domains import Choice
from digest.message import Keyboard
from digest.model import Reader

_ONLY = re.compile(r"(?:only|just)(?:\s+|$)|(?:只要|只看|仅|只)\s*", re.IGNORECASE)
_SEPARATORS = " ,;、，；/\n\t"


async def start(house: House, ask: Ask) -> Reply:
    """Answer ``/start``: join, and open what a link names; a newcomer is greeted all the same."""
    reader = await house.membership.join(ask.target, locale=ask.locale, zone=ask.zone)
    linked = read_link(ask.text)
    answer = await _opened(house, ask, linked, reader) if linked else None
    met_before = ask.reader is not None or not ask.private
    if answer and linked and (met_before or linked.opens is Opens.DOMAIN):
        return answer
    greeting = await _greeting(house, ask, reader)
    if answer:
        return replace(greeting, parts=(*answer.parts, *greeting.parts))
    if not (ask.private and looks_like_ours(ask.text)):
        return greeting
    return replace(greeting, parts=(general.strange_link(ask.words), *greeting.parts))


async def _greeting(house: House, ask: Ask, reader: Reader) -> Reply:
    day, keyboard = await house.archive.today(), await keyboard_for(house, ask, reader)
    if reader.preferences.nothing:
        return general.welcome(ask.words, day, keyboard)
    names = answers.followed(ask.words, house.taxonomy, reader)
    return general.welcome_back(ask.words, day, names, answers.delivery(ask.words, reader), keyboard)


async def _opened(house: House, ask: Ask, linked: Linked, reader: Reader) -> Reply | None:
    """Answer a link that makes sense here, None for one that names no domain of ours."""
    if linked.opens is not Opens.DOMAIN:
        return await deep_links.opened(house, ask, linked)
    if linked.value not in house.taxonomy.slugs:
        return None
    if ask.private and reader.preferences.nothing and await house.membership.is_new(reader):
        new = await house.membership.subscribe(ask.target, (linked.value,), locale=ask.locale, zone=ask.zone)
        return await beginning.first(house, ask, new)
    return await follow(house, replace(ask, reader=reader), Choice(slugs=(linked.value,)))


async def subscribe(house: House, ask: Ask) -> Reply:
    """Answer ``/subscribe WORDS``, ``/subscribe only WORDS``, ``/subscribe all``."""
    only = _ONLY.match(ask.text)
    named = ask.text[only.end() :] if only else ask.text
    if not named.strip(_SEPARATORS):
        return answers.how_to_subscribe(ask.words, await keyboard_for(house, ask, ask.reader))
    choice = house.taxonomy.choose(named)
    if not choice.slugs and not choice.everything:
        return answers.none_known(ask.words, house.taxonomy, choice.unknown)
    return await follow(house, ask, choice, only=only is not None)


async def follow(house: House, ask: Ask, choice: Choice, *, only: bool = False) -> Reply:
    """Follow what was chosen, beside or instead of what was followed before."""
    before = ask.reader.preferences.domains if ask.reader else ()
    members = house.membership
    if choice.everything:
        reader = await members.subscribe(ask.target, None, locale=ask.locale, zone=ask.zone)
    elif only:
        reader = await members.subscribe_only(ask.target, choice.slugs, locale=ask.locale, zone=ask.zone)
    else:
        reader = await members.subscribe(ask.target, choice.slugs, locale=ask.locale, zone=ask.zone)
    share = await house.desk.today(reader.subscriber)
    return answers.subscribed(
        ask.words,
        house.taxonomy,
        reader,
        before=before if not only else (),
        asked=None if choice.everything else choice.slugs,
        waiting=len(share.picks) + share.left_out,
        unknown=choice.unknown,
    )


async def unsubscribe(house: House, ask: Ask) -> Reply:
    """Answer ``/unsubscribe WORDS`` and ``/unsubscribe all``."""
    before = ask.reader.preferences.domains if ask.reader else ()
    if ask.reader and before == () and not ask.reader.preferences.nothing and not _all(house, ask.text):
        return answers.follows_keywords(ask.words)
    if not ask.text.strip(_SEPARATORS):
        return answers.how_to_unsubscribe(ask.words, house.taxonomy, before)
    choice = house.taxonomy.choose(ask.text)
    if not choice.slugs and not choice.everything:
        return answers.none_known(ask.words, house.taxonomy, choice.unknown, "unsubscribe")
    if ask.reader is None or ask.reader.preferences.nothing:
        return answers.follows_nothing(ask.words)
    slugs = None if choice.everything else choice.slugs
    reader = await house.membership.unsubscribe(ask.target, slugs, known=house.taxonomy.slugs)
    if reader is None:
        return answers.follows_nothing(ask.words)
    return answers.unsubscribed(ask.words, house.taxonomy, reader, before=before)


def _all(house: House, text: str) -> bool:
    return house.taxonomy.choose(text).everything


async def domains(house: House, ask: Ask) -> Reply:
    """Answer ``/domains``: the keyboard on which to choose."""
    return await _domains(house, ask, ask.reader)


async def toggle(house: House, ask: Ask, slug: str) -> Reply:
    """Follow a domain or stop following it, and show the keyboard as it is now."""
    had = ask.reader.preferences.domains if ask.reader else ()
    if had is None or slug in had:
        reader = await house.membership.unsubscribe(ask.target, (slug,), known=house.taxonomy.slugs)
    else:
        reader = await house.membership.subscribe(ask.target, (slug,), locale=ask.locale, zone=ask.zone)
    return await _domains(house, ask, reader)


async def toggle_everything(house: House, ask: Ask) -> Reply:
    """Follow everything, or nothing where everything was followed."""
    had = ask.reader.preferences.domains if ask.reader else ()
    if had is None:
        return await _domains(house, ask, await house.membership.change(ask.target, domains=()))
    return await _domains(
        house, ask, await house.membership.subscribe(ask.target, None, locale=ask.locale, zone=ask.zone)
    )


async def _domains(house: House, ask: Ask, reader: Reader | None) -> Reply:
    day, keyboard = await house.archive.today(), await keyboard_for(house, ask, reader)
    return answers.domains(ask.words, house.taxonomy, reader, day, keyboard)


async def keyboard_for(house: House, ask: Ask, reader: Reader | None) -> Keyboard:
    """Give the domain keyboard of a reader, with the newest report's counts."""
    day = await house.archive.today()
    chosen = reader.preferences.domains if reader else ()
    first = ask.private and (reader is None or await house.membership.is_new(reader))
    return house.renderer.domain_keyboard(chosen, day.domains if day else {}, ask.locale, first=first)
