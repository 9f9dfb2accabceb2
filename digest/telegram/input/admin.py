"""What admins mean behind ``/broadcast`` (``domain:robotics language:zh``) and ``/outbox`` (``取消 12 13``)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from digest.model import Channel, DeliveryState, Locale
from digest.papers.domains import Taxonomy
from digest.services.admin import BulkAction, DeliverySelection, EditionKey, parse_edition
from digest.services.broadcasts import Audience
from digest.services.channels import CHANNELS
from digest.telegram.input.commands import ConfirmationReply, parse_confirmation, strip_invisible
from digest.telegram.input.dates import parse_past_date
from digest.telegram.input.settings import locale_named


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDeliveries:
    """Show deliveries: of a state, an edition, a channel, or what needs a decision."""

    state: DeliveryState | None = None
    edition: EditionKey | None = None
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeByIds:
    """Change deliveries by their numbers."""

    action: BulkAction
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMatching:
    """Change all that are meant, after a yes."""

    action: BulkAction
    selection: DeliverySelection


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclearCommand:
    """What makes no sense; ``action`` is what shall be done where at least that is clear."""

    action: BulkAction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowUnreachable:
    """Believe for a while that addresses are gone: on a channel, on every one where that is None."""

    channel: Channel | None = None


Meaning = TypeVar("Meaning")
OutboxCommand = ListDeliveries | ChangeByIds | ChangeMatching | ConfirmationReply | AllowUnreachable | UnclearCommand

_ACTION_WORDS = {
    **dict.fromkeys(
        ("resend", "re-send", "send again", "again", "retry", "重发", "重新发送", "再发"), BulkAction.RESEND
    ),
    **dict.fromkeys(("cancel", "drop", "discard", "取消", "放弃"), BulkAction.CANCEL),
}
_STATE_WORDS = {
    **dict.fromkeys(("due", "waiting", "queued", "等待", "等待中", "待发送"), DeliveryState.DUE),
    **dict.fromkeys(("sent", "已发送"), DeliveryState.SENT),
    **dict.fromkeys(
        ("uncertain", "unsure", "doubtful", "in doubt", "held", "不确定", "存疑", "结果不明"), DeliveryState.UNCERTAIN
    ),
    **dict.fromkeys(("gone", "失效"), DeliveryState.UNREACHABLE),
    **dict.fromkeys(("refused", "rejected", "拒收", "被拒收", "被拒"), DeliveryState.REFUSED),
    **dict.fromkeys(("cancelled", "canceled", "已取消"), DeliveryState.CANCELLED),
}
_CHANNEL_WORDS = {name: one.channel for one in CHANNELS.values() for name in one.names}
_ALL_WORDS = ("all", "everything", "所有", "全部")
_TODAY_WORDS = ("today", "今天", "今日")
_FILLER_WORDS = (
    *("the", "of", "for", "from", "on", "by", "in", "to", "with", "please", "ones", "that", "are", "digest"),
    *("delivery", "deliveries", "message", "messages", "edition", "state", "channel", "的", "日报", "投递"),
)
_ALLOW_UNREACHABLE = re.compile(r"(?:allow[- _]?gone|允许失效|确认失效)(.*)")
_NUMBER = re.compile(r"#?([0-9]{1,18})")
_DELIVERY_NUMBER = re.compile(r"#\s*[0-9]+")
_SEPARATORS = re.compile(r"--|[—,、;:=]")
"""What is read as a blank, in ``broadcast:12`` and in options of the command line, too."""


def _pattern_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of any of these words, the longest first; those of letters stand alone."""
    longest = sorted(words, key=len, reverse=True)
    each = (rf"(?<![0-9a-z]){re.escape(word)}(?![0-9a-z])" if word.isascii() else re.escape(word) for word in longest)
    return re.compile("|".join(each))


_KNOWN_WORDS = _pattern_of((*_ACTION_WORDS, *_STATE_WORDS, *_CHANNEL_WORDS, *_ALL_WORDS, *_FILLER_WORDS))


def parse_outbox(text: str, today: date) -> OutboxCommand:  # noqa: PLR0911 - one return for each meaning
    """Return what is meant; ``today`` is the admin's own date, for an edition named as a day."""
    plain = unicodedata.normalize("NFKC", strip_invisible(text)).casefold().replace("–", "-").strip()
    if answer := parse_confirmation(plain):
        return answer
    allowed = _ALLOW_UNREACHABLE.fullmatch(plain)
    words = " ".join(
        _SEPARATORS.sub(" ", allowed[1] if allowed else plain)
        .replace("广播", " broadcast ")
        .replace("群发", " broadcast ")
        .split()
    )
    known = _KNOWN_WORDS.findall(words)
    rest = " ".join(_KNOWN_WORDS.sub(" ", words).split())
    actions, states, channels = (
        _meanings(known, _ACTION_WORDS),
        _meanings(known, _STATE_WORDS),
        _meanings(known, _CHANNEL_WORDS),
    )
    action, state, channel = next(iter(actions), None), next(iter(states), None), next(iter(channels), None)
    if allowed:
        return AllowUnreachable(channel=channel)
    edition = _parse_edition(rest, today)
    is_ambiguous = max(len(actions), len(states), len(channels)) > 1
    if action and not (is_ambiguous or state or channel) and (ids := _delivery_ids(rest)):
        return ChangeByIds(action=action, ids=ids)
    if is_ambiguous or (rest and edition is None):
        return UnclearCommand(action=action)
    if action is None:
        return ListDeliveries(state=state, edition=edition, channel=channel)
    if action is BulkAction.RESEND and not state and (edition or channel or set(known) & set(_ALL_WORDS)):
        state = DeliveryState.UNCERTAIN
    if state not in action.states:
        return UnclearCommand(action=action)
    return ChangeMatching(action=action, selection=DeliverySelection(state=state, edition=edition, channel=channel))


def _meanings(words: list[str], table: Mapping[str, Meaning]) -> list[Meaning]:
    return list(dict.fromkeys(table[word] for word in words if word in table))


def _delivery_ids(text: str) -> tuple[int, ...]:
    """Return the numbers of deliveries that a text is, none where it is anything else."""
    found = [_NUMBER.fullmatch(one) for one in text.split()]
    return tuple(int(one[1]) for one in found if one) if all(found) else ()


def _parse_edition(text: str, today: date) -> EditionKey | None:
    if _DELIVERY_NUMBER.fullmatch(text):
        return None  # a delivery's number, which stands beside no state
    if text in _TODAY_WORDS:
        return today
    return parse_edition(text) or parse_past_date(text, today)


_OPTION_NAMES = {
    **dict.fromkeys(("domain", "domains", "领域"), "domain"),
    **dict.fromkeys(("language", "lang", "语言"), "language"),
    **dict.fromkeys(("channel", "渠道"), "channel"),
}
_OPTION = re.compile(rf"({'|'.join(sorted(_OPTION_NAMES, key=len, reverse=True))})[:：=＝](\S+)\s*", re.IGNORECASE)
_UNKNOWN_OPTION = re.compile(r"[A-Za-z]{2,12}[:=](?!//)\S")
"""What looks like an option and is none; an address such as ``https://…`` does not."""

_OPTION_WITHOUT_VALUE = re.compile(rf"(?:{'|'.join(_OPTION_NAMES)})[:：=＝](?:\s|$)", re.IGNORECASE)
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
        case "channel" if word in _ALL_WORDS or word in _CHANNEL_WORDS:
            return replace(audience, channel=_CHANNEL_WORDS.get(word))
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
