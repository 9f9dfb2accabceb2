"""Messages that are no command: a link, the name of a domain or a city, an hour, any words."""

from digest.arxiv import find_arxiv_id
from digest.chat import preferences, reading, searching
from digest.chat.answers import general, settings
from digest.chat.ask import Ask, Reply
from digest.chat.house import House
from digest.chat.setting_words import Setting, Wish, named_alone, read_setting


async def answer(house: House, ask: Ask) -> Reply:
    """Answer with what the words most likely mean, to be taken or not; else look for papers with them."""
    if find_arxiv_id(ask.text):
        return await reading.paper(house, ask)
    choice = house.taxonomy.choose(ask.text)
    if choice.slugs and not choice.unknown:
        return general.offer_domains(ask.words, house.taxonomy, choice.slugs, ask.text)
    if named_alone(ask.text):
        return await preferences.settings(house, ask)
    wish = _wish(house, ask)
    city = wish is not None and wish.setting is Setting.ZONE
    if wish and not city:
        return settings.offered(ask.words, wish, ask.text)
    if found := await searching.offer(house, ask, city=city):
        return found
    return settings.offered(ask.words, wish, ask.text) if wish else general.not_understood(ask.words)


def _wish(house: House, ask: Ask) -> Wish | None:
    """Give the setting that a message names; English words such as ``block`` are sought in papers too."""
    if len(ask.text.strip()) <= 1:
        return None
    wish = read_setting(ask.text, house.clock())
    if isinstance(wish, Wish) and (wish.keywords is None or not ask.text.lstrip()[:1].isascii()):
        return wish
    return None
