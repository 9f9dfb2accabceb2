"""Messages that are no command: a link, the name of a domain or a city, an hour, any words."""

from digest.arxiv import find_arxiv_id
from digest.chat import preferences, reading, searching
from digest.chat.answers import general, settings
from digest.chat.ask import Ask, Reply
from digest.chat.house import House
from digest.chat.setting_words import Wish, named_alone, read_setting


async def answer(house: House, ask: Ask) -> Reply:
    """Answer with what the words most likely mean, to be taken or not; else look for papers with them."""
    if find_arxiv_id(ask.text):
        return await reading.paper(house, ask)
    choice = house.taxonomy.choose(ask.text)
    if choice.slugs and not choice.unknown:
        return general.offer_domains(ask.words, house.taxonomy, choice.slugs, ask.text)
    if named_alone(ask.text):
        return await preferences.settings(house, ask)
    wish = read_setting(ask.text, house.clock()) if len(ask.text.strip()) > 1 else None
    if isinstance(wish, Wish) and (wish.keywords is None or not ask.text.isascii()):
        return settings.offered(ask.words, wish, ask.text)
    return await searching.offer(house, ask)
