"""What admins mean behind ``/outbox``: ``resend uncertain 2026-01-24``, ``取消 12 13``, ``refused email``."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from digest.chat.command_words import without_unseen
from digest.chat.day_words import day_behind
from digest.model import Channel, DeliveryState
from digest.overview import EditionKey, Order, Wanted, read_edition


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Show deliveries: of a state, an edition, a channel, or what needs a decision."""

    state: DeliveryState | None = None
    edition: EditionKey | None = None
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """Change deliveries by their numbers."""

    order: Order
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """Change all that are meant, after a yes."""

    order: Order
    wanted: Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to a question by its key."""

    key: str
    yes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """What makes no sense; ``order`` is what shall be done where at least that is clear."""

    order: Order | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowGone:
    """Believe for a while that addresses are gone: on a channel, on every one where that is None."""

    channel: Channel | None = None


Meaning = Look | Some | Many | Decision | AllowGone | Unclear

_ORDERS = {
    **dict.fromkeys(
        ("resend", "re-send", "send again", "again", "retry", "重发", "重新发送", "再发"), Order.RESEND
    ),
    **dict.fromkeys(("cancel", "drop", "discard", "取消", "放弃"), Order.CANCEL),
}
_STATES = {
    **dict.fromkeys(("due", "waiting", "queued", "等待", "等待中", "待发送"), DeliveryState.DUE),
    **dict.fromkeys(("sent", "已发送"), DeliveryState.SENT),
    **dict.fromkeys(
        ("uncertain", "unsure", "doubtful", "in doubt", "held", "不确定", "存疑", "结果不明"),
        DeliveryState.UNCERTAIN,
    ),
    **dict.fromkeys(("gone", "失效"), DeliveryState.GONE),
    **dict.fromkeys(("refused", "rejected", "拒收", "被拒收", "被拒"), DeliveryState.REFUSED),
    **dict.fromkeys(("cancelled", "canceled", "已取消"), DeliveryState.CANCELLED),
}
_CHANNELS = {
    **dict.fromkeys(("email", "emails", "e-mail", "mail", "mails", "邮件", "邮箱"), Channel.EMAIL),
    **dict.fromkeys(("telegram", "chat", "chats", "电报"), Channel.TELEGRAM),
}
_ALL = ("all", "everything", "所有", "全部")
_TODAY = ("today", "今天", "今日")
_FILLERS = (
    *("the", "of", "for", "from", "on", "by", "in", "to", "with", "please", "ones", "that", "are", "digest"),
    *("delivery", "deliveries", "message", "messages", "edition", "state", "channel", "的", "日报", "投递"),
)
_ANSWER = re.compile(r"(yes|确认|no|不)\s+([0-9a-f]{8})")
_ALLOW_GONE = re.compile(r"(?:allow[- _]?gone|允许失效|确认失效)(.*)")
_NUMBER = re.compile(r"#?([0-9]{1,18})")
_NUMBERED = re.compile(r"#\s*[0-9]+")
_CHINESE_DATE = re.compile(r"([0-9]{4})\s?年\s?([0-9]{1,2})\s?月\s?([0-9]{1,2})\s?[日号]?")
_SEPARATORS = re.compile(r"--|[—,、;:=]")
"""What is read as a blank, in ``broadcast:12`` and in options of the command line, too."""


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Give the pattern of any of these words, the longest first; those of letters stand alone."""
    longest = sorted(words, key=len, reverse=True)
    each = (
        rf"(?<![0-9a-z]){re.escape(word)}(?![0-9a-z])" if word.isascii() else re.escape(word)
        for word in longest
    )
    return re.compile("|".join(each))


_KNOWN = _any_of((*_ORDERS, *_STATES, *_CHANNELS, *_ALL, *_FILLERS))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """The words that are known, each kind by itself, and the ``rest``."""

    orders: frozenset[Order]
    states: frozenset[DeliveryState]
    channels: frozenset[Channel]
    everything: bool
    rest: str

    @property
    def order(self) -> Order | None:
        """The first order, None where there is none."""
        return next(iter(self.orders), None)


def read_outbox(text: str, today: date) -> Meaning:  # noqa: PLR0911 - one return for each meaning
    """Give what is meant; ``today`` is the admin's own date, for an edition named as a day."""
    plain = unicodedata.normalize("NFKC", without_unseen(text)).casefold().replace("–", "-").strip()
    if answer := _ANSWER.fullmatch(plain):
        return Decision(key=answer[2], yes=answer[1] in ("yes", "确认"))
    if allowed := _ALLOW_GONE.fullmatch(plain):
        return AllowGone(channel=next(iter(_heard(allowed[1]).channels), None))
    heard = _heard(plain)
    edition = _edition(heard.rest, today)
    one_of_each = max(len(heard.orders), len(heard.states), len(heard.channels)) <= 1
    if heard.order and one_of_each and (ids := _ids(heard)):
        return Some(order=heard.order, ids=ids)
    if not one_of_each or (heard.rest and edition is None):
        return Unclear(order=heard.order)
    state, channel = next(iter(heard.states), None), next(iter(heard.channels), None)
    if heard.order is None:
        return Look(state=state, edition=edition, channel=channel)
    if heard.order is Order.RESEND and not state and (edition or channel or heard.everything):
        state = DeliveryState.UNCERTAIN
    if state not in heard.order.states:
        return Unclear(order=heard.order)
    return Many(order=heard.order, wanted=Wanted(state=state, edition=edition, channel=channel))


def _heard(plain: str) -> _Heard:
    words = " ".join(_SEPARATORS.sub(" ", plain).replace("广播", " broadcast ").split())
    found = _KNOWN.findall(words)
    return _Heard(
        orders=frozenset(_ORDERS[one] for one in found if one in _ORDERS),
        states=frozenset(_STATES[one] for one in found if one in _STATES),
        channels=frozenset(_CHANNELS[one] for one in found if one in _CHANNELS),
        everything=any(one in _ALL for one in found),
        rest=" ".join(_KNOWN.sub(" ", words).split()),
    )


def _ids(heard: _Heard) -> tuple[int, ...]:
    """Give the numbers of deliveries where there is nothing but numbers behind an order."""
    found = [_NUMBER.fullmatch(one) for one in heard.rest.split()]
    if heard.states or heard.channels or not all(found):
        return ()
    return tuple(int(one[1]) for one in found if one)


def _edition(text: str, today: date) -> EditionKey | None:
    if _NUMBERED.fullmatch(text):
        return None  # a delivery's number, which stands beside no state
    if text in _TODAY:
        return today
    plain = _CHINESE_DATE.sub(r"\1-\2-\3", text)
    return read_edition(plain) or day_behind(plain, today)
