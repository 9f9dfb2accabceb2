"""What a link that opens the bot asks for: a paper, a day, a search. Domains are for who follows."""

from dataclasses import replace

from digest.chat import reading, searching
from digest.chat.ask import Request, Response
from digest.chat.house import HandlerDependencies
from digest.deep_links import DeepLink, LinkKind


async def open_link(deps: HandlerDependencies, request: Request, link: DeepLink) -> Response | None:
    """Answer ``/start PAYLOAD`` as the command would that the link stands for; None where none does."""
    match link.kind:
        case LinkKind.PAPER:
            return await reading.show_paper(deps, request, link.value)
        case LinkKind.DAY:
            return await reading.today(deps, replace(request, text=link.value))
        case LinkKind.SEARCH:
            return await searching.search(deps, replace(request, text=link.value))
        case LinkKind.DOMAIN:
            return None
