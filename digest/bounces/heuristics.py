"""Bounces in prose: what flufl.bounce knows of thirty servers, and what Chinese providers write."""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import Message

from flufl.bounce import all_failures

from digest.bounces.fields import addresses_in, plain, words_of
from digest.bounces.mime import Part
from digest.bounces.verdict import Recipient, Verdict

MOST_TEXT = 64_000
"""Characters of each text that are searched: bounces say what they say at their beginning."""

MOST_LINES = 5_000
MOST_RECIPIENTS = 100

_REJECTED = re.compile(r"退信|被退回|退回邮件|投递失败|无法投递|无法送达|发送失败|投遞失敗|無法投遞|退件")
_DELAYED = re.compile(r"延迟|暂时|稍后重试|继续尝试|延遲|暫時")
_NAMED = re.compile(
    r"(?:收件人|收件者|收信人|无法发送到|无法投递到|无法送达|发送给|投递到)[^@\n]{0,40}?"
    r"([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253})"
)
_TAGS = re.compile(r"<[^<>@]{0,500}>")

# It tells each detector that runs, and a stranger's address with each one that fails.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)


def recipients_in_prose(mail: Part, *, from_machine: bool) -> tuple[Recipient, ...]:
    """Give whom a mail says it could not reach, () where it says nothing of the kind."""
    try:
        temporary, permanent = all_failures(_as_message(mail, _Room()))
    except Exception:  # noqa: BLE001 - any of 17 foreign detectors on a stranger's bytes
        temporary, permanent = frozenset(), frozenset()
    found = (*_named(permanent, Verdict.FAILED), *_named(temporary, Verdict.DELAYED))
    if found or not from_machine:
        return found
    return _in_chinese(mail)


def _named(addresses: Iterable[bytes], verdict: Verdict) -> Sequence[Recipient]:
    texts = sorted(plain(one.decode("ascii", "replace")) for one in addresses)
    return [Recipient(address=text, final=text, verdict=verdict) for text in texts[:MOST_RECIPIENTS] if text]


def _in_chinese(mail: Part) -> tuple[Recipient, ...]:
    """Read what QQ, NetEase and Coremail write: words that say so, then the address."""
    texts = [part.decoded()[:MOST_TEXT] for part in mail.walk() if part.type.startswith("text/")]
    text = _TAGS.sub(" ", "\n".join(texts)[:MOST_TEXT])
    said = f"{words_of(mail.get('subject'))}\n{text}"
    if not _REJECTED.search(said):
        return ()
    verdict = Verdict.DELAYED if _DELAYED.search(said) and "退" not in said else Verdict.FAILED
    named = [plain(one) for one in _NAMED.findall(text)] or addresses_in(text)
    return tuple(Recipient(address=one, final=one, verdict=verdict) for one in dict.fromkeys(named[:1]))


@dataclass(slots=True)
class _Room:
    """How many lines may still be shown to the detectors, some of which try 200 patterns on each."""

    lines: int = MOST_LINES

    def take(self, text: str) -> str:
        taken = text[:MOST_TEXT].split("\n")[: self.lines]
        self.lines -= len(taken)
        return "\n".join(taken)


def _as_message(part: Part, room: _Room) -> Message:
    """Give a part as the standard library has it, for detectors that know no other, its text decoded."""
    message = Message()
    for name, value in part.headers:
        if name != "content-transfer-encoding":
            message[name] = plain(value, len(value))
    if part.parts:
        message.set_payload([_as_message(one, room) for one in part.parts])
    else:
        text = room.take(part.decoded() if part.type.startswith("text/") else part.text)
        message.set_payload(text.encode("ascii", "replace").decode())
    return message
