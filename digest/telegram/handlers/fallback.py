"""Messages that are no command: a link, the name of a domain or a city, an hour, any words."""

from digest.papers.arxiv import find_arxiv_id
from digest.services.preferences import TIMEZONE
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.handlers import papers, search
from digest.telegram.handlers import settings as preferences
from digest.telegram.input.settings import ParsedSetting, is_setting_name, parse_setting
from digest.telegram.request import Request, Response
from digest.telegram.texts import general, settings


async def handle_text(deps: HandlerDependencies, request: Request) -> Response:
    """Answer with what the words most likely mean, to be taken or not; else look for papers with them."""
    if find_arxiv_id(request.text):
        return await papers.paper(deps, request)
    choice = deps.taxonomy.parse_domains(request.text)
    if choice.slugs and not choice.unknown:
        return general.domains_offer(request.tr, deps.taxonomy, choice.slugs, request.text)
    if is_setting_name(request.text):
        return await preferences.settings(deps, request)
    wish = _guess_setting(deps, request)
    city = wish is not None and wish.setting is TIMEZONE
    if wish and not city:
        return settings.setting_offer(request.tr, wish, request.text)
    if found := await search.offer_search(deps, request, may_be_city=city):
        return found
    return settings.setting_offer(request.tr, wish, request.text) if wish else general.not_understood(request.tr)


def _guess_setting(deps: HandlerDependencies, request: Request) -> ParsedSetting | None:
    """Return the setting that a message names; English words such as ``block`` are sought in papers too."""
    if len(request.text.strip()) <= 1:
        return None
    wish = parse_setting(request.text, deps.clock())
    if isinstance(wish, ParsedSetting) and (wish.keyword_change is None or not request.text.lstrip()[:1].isascii()):
        return wish
    return None
