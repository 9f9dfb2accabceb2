"""Settings, pause, resume: when and how a reader gets their digest."""

from dataclasses import replace

from digest.chat.answers import settings as answers
from digest.chat.ask import Ask, Reply
from digest.chat.house import House
from digest.chat.setting_words import Setting, Unclear, read_setting
from digest.model import Reader
from digest.words import words_in


async def settings(house: House, ask: Ask) -> Reply:
    """Answer ``/settings`` and ``/settings NAME VALUE``."""
    if not ask.text:
        reader = ask.reader or await house.membership.join(ask.target, locale=ask.locale)
        return Reply(parts=(answers.settings(ask.words, house.taxonomy, reader),))
    wish = read_setting(ask.text, house.clock())
    if isinstance(wish, Unclear):
        return answers.unclear(ask.words, wish)
    await house.membership.join(ask.target, locale=ask.locale)
    reader = await house.membership.change(ask.target, **wish.choice) or await _joined(house, ask)
    words = words_in(reader.preferences.locale) if wish.setting is Setting.LANGUAGE else ask.words
    return answers.changed(words, reader, wish.setting)


async def set_by_button(house: House, ask: Ask, setting: str, value: str) -> Reply:
    """Change a setting by a button, and show all of them as they are now."""
    if setting == "deliveries":
        await (resume if value == "on" else pause)(house, ask)
        return await _shown(house, ask)
    changed = await settings(house, replace(ask, text=f"{setting} {value}"))
    return changed if setting == Setting.ZONE else await _shown(house, ask)


async def pause(house: House, ask: Ask) -> Reply:
    """Answer ``/pause``."""
    await house.membership.join(ask.target, locale=ask.locale)
    await house.membership.pause(ask.target)
    return answers.paused(ask.words)


async def resume(house: House, ask: Ask) -> Reply:
    """Answer ``/resume``."""
    await house.membership.join(ask.target, locale=ask.locale)
    reader = await house.membership.resume(ask.target) or await _joined(house, ask)
    return answers.resumed(ask.words, reader)


async def _shown(house: House, ask: Ask) -> Reply:
    reader = await _joined(house, ask)
    words = words_in(reader.preferences.locale)
    return Reply(parts=(answers.settings(words, house.taxonomy, reader),))


async def _joined(house: House, ask: Ask) -> Reader:
    return await house.membership.join(ask.target, locale=ask.locale)
