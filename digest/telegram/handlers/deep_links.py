"""What a link that opens the bot asks for: a paper, a day, a search. Domains are for who follows."""

from dataclasses import replace

from digest.render.telegram.deep_links import DeepLink, LinkKind
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.handlers import papers, search
from digest.telegram.request import Request, Response


async def open_link(deps: HandlerDependencies, request: Request, link: DeepLink) -> Response | None:
    """Answer ``/start PAYLOAD`` as the command would that the link stands for; None where none does."""
    match link.kind:
        case LinkKind.PAPER:
            return await papers.show_paper(deps, request, link.value)
        case LinkKind.DAY:
            return await papers.today(deps, replace(request, text=link.value))
        case LinkKind.SEARCH:
            return await search.search(deps, replace(request, text=link.value))
        case LinkKind.DOMAIN:
            return None
