"""What a link that opens the bot asks for: a paper, a day, a search. Domains are for who follows."""

from dataclasses import replace

from digest.chat import reading, searching
from digest.chat.ask import Ask, Reply
from digest.chat.house import House
from digest.deep_links import Linked, Opens


async def opened(house: House, ask: Ask, linked: Linked) -> Reply | None:
    """Answer ``/start PAYLOAD`` as the command would that the link stands for; None where none does."""
    match linked.opens:
        case Opens.PAPER:
            return await reading.paper_by_id(house, ask, linked.value)
        case Opens.DAY:
            return await reading.today(house, replace(ask, text=linked.value))
        case Opens.SEARCH:
            return await searching.search(house, replace(ask, text=linked.value))
        case Opens.DOMAIN:
            return None
