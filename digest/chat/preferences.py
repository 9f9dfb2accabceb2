"""Settings, pause, resume: when and how a reader gets their digest."""

import re
from dataclasses import replace

from digest.chat import address, following
from digest.chat.answers import setting_pages as pages
from digest.chat.answers import settings as answers
from digest.chat.answers.setting_pages import Page
from digest.chat.ask import Ask, Reply
from digest.chat.command_words import COMMANDS
from digest.chat.day_words import day_ahead
from digest.chat.house import House
from digest.chat.keyword_words import Keywords
from digest.chat.setting_words import Setting, Unclear, Wish, named_page, read_setting
from digest.errors import BadRequest
from digest.hours import local_day
from digest.membership import LONGEST_PAUSE
from digest.model import Reader
from digest.words import words_in

_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_STAY = {
    Setting.HOUR.value: Page.HOUR,
    Setting.INCLUDE.value: Page.KEYWORDS,
    Setting.MUTE.value: Page.KEYWORDS,
}
"""Settings whose page stays open after a tap, because another tap often follows."""


async def settings(house: House, ask: Ask) -> Reply:
    """Answer ``/settings``, ``/settings NAME`` and ``/settings NAME VALUE``."""
    word = ask.text.strip().casefold()
    if word in COMMANDS["domains"] or word == "domains":
        return await following.domains(house, ask)
    if word in COMMANDS["email"] or word == "email":
        return await address.email(house, replace(ask, text=""))
    if name := named_page(ask.text):
        return await _shown(house, ask, Page(name))
    wish = read_setting(ask.text, house.clock())
    if isinstance(wish, Unclear):
        return answers.unclear(ask.words, wish)
    reader = await _wished(house, ask, wish)
    if reader is None:
        return answers.too_many_keywords(ask.words)
    words = words_in(reader.preferences.locale) if wish.setting is Setting.LANGUAGE else ask.words
    return answers.changed(words, reader, wish.setting)


async def menu(house: House, ask: Ask, name: str) -> Reply | None:
    """Turn the message of the settings to another page; None where there is no such page."""
    return await _shown(house, ask, Page(name)) if name in set(Page) else None


async def set_by_button(house: House, ask: Ask, setting: str, value: str) -> Reply | None:
    """Change a setting by a button, and show where it is seen; None for a value that no button has."""
    if setting in ("pause", "deliveries"):
        return await _pause_by_button(house, ask, value)
    if setting not in set(Setting):
        return None
    wish = _dropped(ask, Setting(setting), value) or read_setting(f"{setting} {value}", house.clock())
    if isinstance(wish, Unclear):
        return answers.unclear(ask.words, wish) if wish.zones else None
    reader = await _wished(house, ask, wish)
    if reader is None:
        return answers.too_many_keywords(ask.words)
    return _page(house, reader, _STAY.get(setting, Page.ALL))


async def pause(house: House, ask: Ask) -> Reply:
    """Answer ``/pause`` and ``/pause UNTIL``."""
    reader = await _joined(house, ask)
    today = local_day(house.clock(), reader.preferences.zone)
    until = day_ahead(ask.text, today) if ask.text else None
    if ask.text and not (until and today < until <= today + LONGEST_PAUSE):
        return answers.how_to_pause(ask.words)
    paused = await house.membership.pause(ask.target, until) or reader
    return answers.paused(ask.words, paused)


async def resume(house: House, ask: Ask) -> Reply:
    """Answer ``/resume``."""
    before = await _joined(house, ask)
    if not before.subscriber.paused:
        return answers.not_paused(ask.words, before)
    return answers.resumed(ask.words, await house.membership.resume(ask.target) or before)


async def _wished(house: House, ask: Ask, wish: Wish) -> Reader | None:
    """Change what a wish says; None where it has more keywords than there may be."""
    reader = await _joined(house, ask)
    if wish.keywords is None:
        return await house.membership.change(ask.target, **wish.choice) or reader
    try:
        return await house.membership.revise(ask.target, wish.choice_of) or reader
    except BadRequest:
        return None


async def _pause_by_button(house: House, ask: Ask, value: str) -> Reply | None:
    if value not in ("on", "off") and not _DAY.fullmatch(value):
        return None
    reader = await _joined(house, ask)
    if value == "off":
        after = await house.membership.resume(ask.target)
    elif value == "on":
        after = await house.membership.pause(ask.target)
    else:
        until = day_ahead(value, local_day(house.clock(), reader.preferences.zone))
        if until is None or value != until.isoformat():
            return None
        try:
            after = await house.membership.pause(ask.target, until)
        except BadRequest:
            return None
    return _page(house, after or reader, Page.ALL)


def _dropped(ask: Ask, setting: Setting, value: str) -> Wish | None:
    """Give the wish of a button that takes a keyword away; None for any other button."""
    if not value.startswith("~") or setting not in (Setting.INCLUDE, Setting.MUTE):
        return None
    chosen = ask.reader.preferences if ask.reader else None
    had = () if chosen is None else chosen.include if setting is Setting.INCLUDE else chosen.mute
    drop = tuple(word for word in had if pages.fingerprint(word) == value[1:])
    return Wish(setting=setting, keywords=Keywords(drop=drop))


async def _shown(house: House, ask: Ask, page: Page) -> Reply:
    return _page(house, ask.reader or await _joined(house, ask), page)


def _page(house: House, reader: Reader, page: Page) -> Reply:
    words = words_in(reader.preferences.locale)
    return Reply(parts=(pages.page(words, house.taxonomy, reader, page, house.clock()),))


async def _joined(house: House, ask: Ask) -> Reader:
    return await house.membership.join(ask.target, locale=ask.locale, zone=ask.zone)
