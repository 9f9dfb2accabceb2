"""Messages that are no command: a link, the name of a domain or a city, an hour, any words."""

from digest.arxiv import find_arxiv_id
from digest.chat import preferences, reading, searching
from digest.chat.answers import general, settings
from digest.chat.ask import Request, Response
from digest.chat.house import HandlerDependencies
from digest.chat.setting_words import ParsedSetting, Setting, is_setting_name, parse_setting


async def handle_text(deps: HandlerDependencies, request: Request) -> Response:
    """Answer with what the words most likely mean, to be taken or not; else look for papers with them."""
    if find_arxiv_id(request.text):
        return await reading.paper(deps, request)
    choice = deps.taxonomy.parse_domains(request.text)
    if choice.slugs and not choice.unknown:
        return general.domains_offer(request.tr, deps.taxonomy, choice.slugs, request.text)
    if is_setting_name(request.text):
        return await preferences.settings(deps, request)
    wish = _guess_setting(deps, request)
    city = wish is not None and wish.setting is Setting.TIMEZONE
    if wish and not city:
        return settings.setting_offer(request.tr, wish, request.text)
    if found := await searching.offer_search(deps, request, may_be_city=city):
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
