"""Whom an admin means: ``domain:robotics language:zh`` before a text, and buttons that change it."""

import re
from dataclasses import replace

from digest.broadcast import Audience
from digest.chat.setting_words import language_named
from digest.domains import Taxonomy
from digest.model import Channel, Locale

_NAMES = {
    "domain": "domain",
    "domains": "domain",
    "领域": "domain",
    "language": "language",
    "lang": "language",
    "语言": "language",
    "channel": "channel",
    "渠道": "channel",
}
_OPTION = re.compile(rf"({'|'.join(sorted(_NAMES, key=len, reverse=True))})[:：=＝](\S+)\s*", re.IGNORECASE)
_CHANNELS = {
    "telegram": Channel.TELEGRAM,
    "chat": Channel.TELEGRAM,
    "email": Channel.EMAIL,
    "mail": Channel.EMAIL,
    "邮件": Channel.EMAIL,
}
_UNKNOWN = re.compile(r"[A-Za-z]{2,12}[:=](?!//)\S")
"""What looks like an option and is none; an address such as ``https://…`` does not."""

_WITHOUT_VALUE = re.compile(rf"(?:{'|'.join(_NAMES)})[:：=＝](?:\s|$)", re.IGNORECASE)
_ALL = frozenset({"all", "全部", "所有"})
_NOBODY_LEFT_OUT = "all"


def audience_and_text(taxonomy: Taxonomy, text: str) -> tuple[Audience | str, str]:
    """Give the audience that leading options name, and the text behind them; a wrong option as written."""
    audience = Audience()
    while option := _OPTION.match(text):
        named = _with_option(taxonomy, audience, _NAMES[option[1].casefold()], option[2])
        if named is None:
            return option.group().strip(), ""
        audience, text = named, text[option.end() :]
    if wrong := _UNKNOWN.match(text) or _WITHOUT_VALUE.match(text):
        return text[wrong.start() :].split(maxsplit=1)[0], ""
    return audience, text


def _with_option(taxonomy: Taxonomy, audience: Audience, name: str, value: str) -> Audience | None:
    """Give the audience with one option more, None where its value means nothing."""
    word = value.casefold()
    match name:
        case "channel" if word in _ALL or word in _CHANNELS:
            return replace(audience, channel=_CHANNELS.get(word))
        case "language" if word in _ALL or language_named(word):
            return replace(audience, locale=language_named(word))
        case "domain":
            choice = taxonomy.choose(value)
            if choice.unknown or not (choice.slugs or choice.everything):
                return None
            both = (*(audience.domains or ()), *choice.slugs)
            return replace(audience, domains=None if choice.everything else tuple(dict.fromkeys(both)))
        case _:
            return None


def changed(taxonomy: Taxonomy, audience: Audience, what: str, value: str) -> Audience | None:
    """Give the audience after a button was pressed; None where such a button never was."""
    everybody = value == _NOBODY_LEFT_OUT
    match what:
        case "channel" if everybody or value in set(Channel):
            return replace(audience, channel=None if everybody else Channel(value))
        case "language" if everybody or value in set(Locale):
            return replace(audience, locale=None if everybody else Locale(value))
        case "domain" if everybody or value in taxonomy.slugs:
            return replace(audience, domains=None if everybody else _switched(taxonomy, audience, value))
        case _:
            return None


def _switched(taxonomy: Taxonomy, audience: Audience, slug: str) -> tuple[str, ...] | None:
    """Give the domains with one switched on or off; the last one off leaves nobody out."""
    chosen = {*(audience.domains or ())} ^ {slug}
    return tuple(one for one in taxonomy.slugs if one in chosen) or None
