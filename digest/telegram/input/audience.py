"""Whom an admin means: ``domain:robotics language:zh`` before a text, and buttons that change it."""

import re
from dataclasses import replace

from digest.model import Channel, Locale
from digest.papers.domains import Taxonomy
from digest.services.broadcasts import Audience
from digest.telegram.input.settings import locale_named

_OPTION_NAMES = {
    "domain": "domain",
    "domains": "domain",
    "领域": "domain",
    "language": "language",
    "lang": "language",
    "语言": "language",
    "channel": "channel",
    "渠道": "channel",
}
_OPTION = re.compile(rf"({'|'.join(sorted(_OPTION_NAMES, key=len, reverse=True))})[:：=＝](\S+)\s*", re.IGNORECASE)
_CHANNEL_NAMES = {
    "telegram": Channel.TELEGRAM,
    "chat": Channel.TELEGRAM,
    "email": Channel.EMAIL,
    "mail": Channel.EMAIL,
    "邮件": Channel.EMAIL,
}
_UNKNOWN_OPTION = re.compile(r"[A-Za-z]{2,12}[:=](?!//)\S")
"""What looks like an option and is none; an address such as ``https://…`` does not."""

_OPTION_WITHOUT_VALUE = re.compile(rf"(?:{'|'.join(_OPTION_NAMES)})[:：=＝](?:\s|$)", re.IGNORECASE)
_ALL_WORDS = frozenset({"all", "全部", "所有"})
_ALL_VALUE = "all"


def parse_audience(taxonomy: Taxonomy, text: str) -> tuple[Audience | str, str]:
    """Return the audience that leading options name, and the text behind them; a wrong option as written."""
    audience = Audience()
    while option := _OPTION.match(text):
        named = _apply_option(taxonomy, audience, _OPTION_NAMES[option[1].casefold()], option[2])
        if named is None:
            return option.group().strip(), ""
        audience, text = named, text[option.end() :]
    if wrong := _UNKNOWN_OPTION.match(text) or _OPTION_WITHOUT_VALUE.match(text):
        return text[wrong.start() :].split(maxsplit=1)[0], ""
    return audience, text


def _apply_option(taxonomy: Taxonomy, audience: Audience, name: str, value: str) -> Audience | None:
    """Return the audience with one option more, None where its value means nothing."""
    word = value.casefold()
    match name:
        case "channel" if word in _ALL_WORDS or word in _CHANNEL_NAMES:
            return replace(audience, channel=_CHANNEL_NAMES.get(word))
        case "language" if word in _ALL_WORDS or locale_named(word):
            return replace(audience, locale=locale_named(word))
        case "domain":
            choice = taxonomy.parse_domains(value)
            if choice.unknown or not (choice.slugs or choice.all_domains):
                return None
            both = (*(audience.domains or ()), *choice.slugs)
            return replace(audience, domains=None if choice.all_domains else tuple(dict.fromkeys(both)))
        case _:
            return None


def update_audience(taxonomy: Taxonomy, audience: Audience, option: str, value: str) -> Audience | None:
    """Return the audience after a button was pressed; None where such a button never was."""
    everybody = value == _ALL_VALUE
    match option:
        case "channel" if everybody or value in set(Channel):
            return replace(audience, channel=None if everybody else Channel(value))
        case "language" if everybody or value in set(Locale):
            return replace(audience, locale=None if everybody else Locale(value))
        case "domain" if everybody or value in taxonomy.slugs:
            return replace(audience, domains=None if everybody else _toggle_domain(taxonomy, audience, value))
        case _:
            return None


def _toggle_domain(taxonomy: Taxonomy, audience: Audience, slug: str) -> tuple[str, ...] | None:
    """Return the domains with one switched on or off; the last one off leaves nobody out."""
    chosen = {*(audience.domains or ())} ^ {slug}
    return tuple(one for one in taxonomy.slugs if one in chosen) or None
