"""Bounces in prose: what flufl.bounce knows of thirty servers, and what others say in plain words."""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from email.message import Message
from itertools import islice

from flufl.bounce import all_failures

from digest.bounce_reasons import Blame, BounceReason, reason_of
from digest.bounces.fields import addresses_in, plain, words_of
from digest.bounces.mime import Part
from digest.bounces.transcript import MOST_TEXT, Transcript, transcript_of
from digest.bounces.verdict import Recipient, Verdict

MOST_LINES = 5_000
MOST_RECIPIENTS = 100

_FAILED = re.compile(
    r"undeliver|(?:could|can|was|were|has|is)(?:n['’]t| ?not)(?: been| be)? (?:be )?delivered|not delivered"
    r"|delivery (?:to .{1,100} )?(?:has |status notification \()?(?:fail|impossible)|unable to deliver"
    r"|failed to deliver|trouble delivering|returned (?:mail|to sender)|mail delivery fail|failure notice"
    r"|error sending your mail|error (?:has )?occurred while .{1,40}deliver"
    r"|nicht zugestellt|unzustellbar|n['’](?:a|ont) pas pu être (?:remis|distribué)|non remis"
    r"|no se (?:ha podido|pudo) entregar|non (?:è stato|recapitabile|consegnat)|não (?:pôde|foi)"
    r"|не (?:может быть|было|удалось) достав|配信不能|配信できません|送信できません"
    r"|退信|被退回|退回邮件|投递失败|无法投递|无法送达|发送失败|投遞失敗|無法投遞|無法傳遞|退件",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"\bdelay|has not (?:yet )?been delivered yet|not yet been delivered|will (?:be retried|keep trying)"
    r"|continue (?:trying|to try)|still (?:being )?(?:tr|attempt)|no action is required|verzöger"
    r"|延迟|暂时|稍后重试|继续尝试|延遲|暫時",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"退|given up|giving up|permanent|no longer|undeliver|could(?:n['’]t| not) be delivered", re.IGNORECASE
)
_ONE = r"([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253})"
_NAMED = re.compile(
    r"(?:收件人|收件者|收信人|无法发送到|无法投递到|无法送达|发送给|投递到"
    r"|\b(?:final |original )?recipients?(?: address(?:es)?)?\b|\b(?:message|mail|e-mail|email|delivery) to\b"
    r"|\bto the following|\bdelivered to\b|\bEmpfänger\b|\bdestinataires?\b)[^@\n]{0,40}?" + _ONE,
    re.IGNORECASE,
)

# It tells each detector that runs, and a stranger's address with each one that fails.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Whom a mail in prose says it could not reach, () where it says nothing of the kind, and why."""

    recipients: tuple[Recipient, ...] = ()
    why: str = ""


def read_prose(mail: Part, *, from_machine: bool) -> Prose:
    """Read a bounce that has no report in it."""
    transcript = transcript_of(mail)
    try:
        temporary, permanent = all_failures(_as_message(mail, _Room()))
    except Exception:  # noqa: BLE001 - any of 17 foreign detectors on a stranger's bytes
        temporary, permanent = frozenset(), frozenset()
    found = (*_named(permanent, Verdict.FAILED), *_named(temporary, Verdict.DELAYED))
    if not found and from_machine:
        found = _in_words(mail, transcript)
    if not _blames_reader(transcript):
        found = tuple(_blameless(one) for one in found)
    return Prose(recipients=tuple(found), why=plain(transcript.fullest))


def _blameless(one: Recipient) -> Recipient:
    return replace(one, verdict=Verdict.BLAMELESS) if one.verdict is Verdict.FAILED else one


def _blames_reader(transcript: Transcript) -> bool:
    """Judge by the server's reply; where none is repeated, or says nothing, by all that is said."""
    reason = reason_of(transcript.reply, moment=transcript.moment)
    if reason is BounceReason.UNCLEAR:
        reason = reason_of(transcript.text)
    return reason.blame is Blame.READER


def _named(addresses: Iterable[bytes], verdict: Verdict) -> Sequence[Recipient]:
    texts = sorted(plain(one.decode("ascii", "replace")) for one in addresses)
    return [Recipient(address=text, final=text, verdict=verdict) for text in texts[:MOST_RECIPIENTS] if text]


def _in_words(mail: Part, transcript: Transcript) -> tuple[Recipient, ...]:
    """Read what Microsoft, QQ, NetEase and Coremail write: words that say so, then an address."""
    text = transcript.text
    said = f"{words_of(mail.get('subject'))}\n{text}"
    if not _FAILED.search(said):
        return ()
    verdict = Verdict.DELAYED if _DELAYED.search(said) and not _GIVEN_UP.search(said) else Verdict.FAILED
    ours = {one.lower() for name in ("to", "from", "delivered-to") for one in addresses_in(mail.get(name))}
    named = [plain(one.rstrip(".")) for one in _NAMED.findall(text)] + addresses_in(text)
    others = (one for one in named if one.lower() not in ours)
    return tuple(Recipient(address=one, final=one, verdict=verdict) for one in islice(others, 1))


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
