"""Bounces in prose: what flufl.bounce knows of thirty servers, and what others say in plain words."""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from email.message import Message
from itertools import islice

from flufl.bounce import all_failures

from digest.mail.bounces.headers import clean_line, decode_words, find_addresses
from digest.mail.bounces.mime import MimePart
from digest.mail.bounces.transcript import MAX_TEXT_LENGTH, SmtpTranscript, parse_transcript
from digest.model.bounce import Blame, BounceKind, BounceReason, ReportedRecipient
from digest.text.bounce_reasons import classify_refusal

MAX_LINES = 5_000
MAX_RECIPIENTS = 100

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
_ADDRESS = r"([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253})"
_RECIPIENT_PHRASE = re.compile(
    r"(?:收件人|收件者|收信人|无法发送到|无法投递到|无法送达|发送给|投递到"
    r"|\b(?:final |original )?recipients?(?: address(?:es)?)?\b|\b(?:message|mail|e-mail|email|delivery) to\b"
    r"|\bto the following|\bdelivered to\b|\bEmpfänger\b|\bdestinataires?\b)[^@\n]{0,40}?" + _ADDRESS,
    re.IGNORECASE,
)

# It tells each detector that runs, and a stranger's address with each one that fails.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProseBounce:
    """Whom a mail in prose says it could not reach, () where it says nothing of the kind, and why."""

    recipients: tuple[ReportedRecipient, ...] = ()
    detail: str = ""


def parse_prose(mail: MimePart, *, from_machine: bool) -> ProseBounce:
    """Read a bounce that has no report in it."""
    transcript = parse_transcript(mail)
    try:
        temporary, permanent = all_failures(_to_stdlib_message(mail, _LineBudget()))
    except Exception:  # noqa: BLE001 - any of 17 foreign detectors on a stranger's bytes
        temporary, permanent = frozenset(), frozenset()
    found = (*_detected_recipients(permanent, BounceKind.FAILED), *_detected_recipients(temporary, BounceKind.DELAYED))
    if not found and from_machine:
        found = _parse_text(mail, transcript)
    if not _is_recipients_fault(transcript):
        found = tuple(_without_blame(one) for one in found)
    return ProseBounce(recipients=tuple(found), detail=clean_line(transcript.longest_reply))


def _without_blame(recipient: ReportedRecipient) -> ReportedRecipient:
    return replace(recipient, kind=BounceKind.BLAMELESS) if recipient.kind is BounceKind.FAILED else recipient


def _is_recipients_fault(transcript: SmtpTranscript) -> bool:
    """Judge by the server's reply; where none is repeated, or says nothing, by all that is said."""
    reason = classify_refusal(transcript.replies_text, phase=transcript.phase)
    if reason is BounceReason.UNCLEAR:
        reason = classify_refusal(transcript.text)
    return reason.blame is Blame.RECIPIENT


def _detected_recipients(addresses: Iterable[bytes], kind: BounceKind) -> Sequence[ReportedRecipient]:
    texts = sorted(clean_line(one.decode("ascii", "replace")) for one in addresses)
    return [ReportedRecipient(address=text, final_address=text, kind=kind) for text in texts[:MAX_RECIPIENTS] if text]


def _parse_text(mail: MimePart, transcript: SmtpTranscript) -> tuple[ReportedRecipient, ...]:
    """Read what Microsoft, QQ, NetEase and Coremail write: words that say so, then an address."""
    text = transcript.text
    said = f"{decode_words(mail.get('subject'))}\n{text}"
    if not _FAILED.search(said):
        return ()
    verdict = BounceKind.DELAYED if _DELAYED.search(said) and not _GIVEN_UP.search(said) else BounceKind.FAILED
    ours = {one.lower() for name in ("to", "from", "delivered-to") for one in find_addresses(mail.get(name))}
    named = [clean_line(one.rstrip(".")) for one in _RECIPIENT_PHRASE.findall(text)] + find_addresses(text)
    others = (one for one in named if one.lower() not in ours)
    return tuple(ReportedRecipient(address=one, final_address=one, kind=verdict) for one in islice(others, 1))


@dataclass(slots=True)
class _LineBudget:
    """How many lines may still be shown to the detectors, some of which try 200 patterns on each."""

    remaining: int = MAX_LINES

    def take(self, text: str) -> str:
        taken = text[:MAX_TEXT_LENGTH].split("\n")[: self.remaining]
        self.remaining -= len(taken)
        return "\n".join(taken)


def _to_stdlib_message(part: MimePart, budget: _LineBudget) -> Message:
    """Return a part as the standard library has it, for detectors that know no other, its text decoded."""
    message = Message()
    for name, value in part.headers:
        if name != "content-transfer-encoding":
            message[name] = clean_line(value, len(value))
    if part.parts:
        message.set_payload([_to_stdlib_message(one, budget) for one in part.parts])
    else:
        text = budget.take(part.decoded_text() if part.content_type.startswith("text/") else part.text)
        message.set_payload(text.encode("ascii", "replace").decode())
    return message
