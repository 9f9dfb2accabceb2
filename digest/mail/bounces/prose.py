"""Bounces in prose: what flufl.bounce knows of thirty servers, and what others say in plain words."""

import html
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from email.message import Message

from flufl.bounce import all_failures

from digest.mail.bounces.mime import MimePart, clean_line, decode_words, find_addresses
from digest.model.bounce import Blame, BounceKind, BounceReason, ReportedRecipient
from digest.text.bounce_reasons import SmtpPhase, classify_refusal

MAX_TEXT_LENGTH = 64_000
"""Characters of each text that are searched: bounces say what they say at their beginning."""

_MAX_REPLIES = 10
_MAX_REPLY_LINES = 6
"""Lines of one reply."""

_TAGS = re.compile(r"<[^<>@]{0,500}>")
_LINE_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)
_RETURNED_COPY = re.compile(
    r"^[ \t>]*(?:--.*\b(?:copy|original message|returned message|below this line|unsent message)\b"
    r"|(?:return-path|received|message-id|mime-version|dkim-signature|list-unsubscribe)[ \t]*:"
    r"|(?:this is|included is|here is) a copy of|a copy of the (?:original )?message|原始邮件|原邮件内容)",
    re.IGNORECASE | re.MULTILINE,
)
"""Where the mail that came back begins: its words are ours, and say nothing of why."""

_SUBJECT_LINE = re.compile(
    r"\b(?:subject|betreff|objet|asunto|oggetto)\s?[:：].*|(?:主题|主旨|标题)\s?[:：].*", re.IGNORECASE
)
"""What we wrote above the message, given back beside whom it was for."""

_REPLY_CODE = re.compile(
    r"(?<![A-Za-z0-9_.:/-])([45]\d\d)(?:[ -]['\"(]?#?[45]\.\d{1,3}\.\d{1,3}\b|[ -](?=[^\W\d]|[<\[('\"]))"
)
_ENHANCED_CODE = re.compile(r"#[45]\.\d{1,3}\.\d{1,3}\b")
_PHASE_PATTERNS: tuple[tuple[SmtpPhase, re.Pattern[str]], ...] = (
    (
        SmtpPhase.BEFORE_RECIPIENT,
        re.compile(
            r"in reply to (?:MAIL FROM|EHLO|HELO|STARTTLS|AUTH)|after (?:pipelined )?(?:MAIL FROM|EHLO|HELO)"
            r"|after initial connection|refused to talk to me|but sender was rejected",
            re.IGNORECASE,
        ),
    ),
    (
        SmtpPhase.MESSAGE,
        re.compile(
            r"in reply to (?:end of )?DATA|after (?:pipelined )?(?:end of data|DATA|sending data block)"
            r"|failed after I sent the message",
            re.IGNORECASE,
        ),
    ),
    (
        SmtpPhase.RECIPIENT,
        re.compile(r"in reply to RCPT|after (?:pipelined )?RCPT TO|does not like recipient", re.IGNORECASE),
    ),
)
"""How Postfix, Exim and qmail name the command that a reply was given to."""

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
class SmtpTranscript:
    """What a mail says before it gives the message back.

    ``text`` is all of that, ``replies`` are a server's in it, each in one line. ``phase`` is what they
    answered; where that is not told, or differs, the recipient.
    """

    text: str
    replies: tuple[str, ...]
    phase: SmtpPhase

    @property
    def replies_text(self) -> str:
        """The replies in one text."""
        return "\n".join(self.replies)


def parse_transcript(mail: MimePart) -> SmtpTranscript:
    """Read the text of a bounce; what came back with it is left out."""
    text = "\n".join(_message_text(part) for part in mail.walk() if part.content_type.startswith("text/"))[
        :MAX_TEXT_LENGTH
    ]
    moments = [moment for moment, words in _PHASE_PATTERNS if words.search(text)]
    return SmtpTranscript(
        text=text, replies=tuple(_find_replies(text)), phase=moments[0] if len(moments) == 1 else SmtpPhase.RECIPIENT
    )


def _message_text(part: MimePart) -> str:
    text = part.decoded_text()[:MAX_TEXT_LENGTH]
    if part.content_type == "text/html":
        text = html.unescape(_TAGS.sub(" ", _LINE_BREAKS.sub("\n", text)))
    copy = _RETURNED_COPY.search(text)
    return _SUBJECT_LINE.sub(" ", text[: copy.start()] if copy else text)


def _find_replies(text: str) -> list[str]:
    """Return each reply: from its code on, as far as its paragraph goes."""
    found: list[list[str]] = []
    open_ = False
    for line in text.split("\n"):
        begun = _REPLY_CODE.search(line) or _ENHANCED_CODE.search(line)
        if begun and not (open_ and found[-1][-1].startswith(begun.group()[:3])):
            if len(found) == _MAX_REPLIES:
                break
            found.append([line[begun.start() if begun.re is _REPLY_CODE else 0 :].strip()])
            open_ = True
        elif open_ and line.strip() and len(found[-1]) < _MAX_REPLY_LINES:
            found[-1].append(line.strip())
        else:
            open_ = False
    return [" ".join(lines) for lines in found]


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
    found = _detected_recipients(permanent, BounceKind.FAILED) + _detected_recipients(temporary, BounceKind.DELAYED)
    if not found and from_machine:
        found = _parse_text(mail, transcript)
    if not _is_recipients_fault(transcript):
        found = tuple(
            replace(one, kind=BounceKind.BLAMELESS) if one.kind is BounceKind.FAILED else one for one in found
        )
    return ProseBounce(recipients=found, detail=clean_line(max(transcript.replies, key=len, default="")))


def _is_recipients_fault(transcript: SmtpTranscript) -> bool:
    """Judge by the server's reply; where none is repeated, or says nothing, by all that is said."""
    reason = classify_refusal(transcript.replies_text, phase=transcript.phase)
    if reason is BounceReason.UNCLEAR:
        reason = classify_refusal(transcript.text)
    return reason.blame is Blame.RECIPIENT


def _detected_recipients(addresses: Iterable[bytes], kind: BounceKind) -> tuple[ReportedRecipient, ...]:
    texts = sorted(clean_line(one.decode("ascii", "replace")) for one in addresses)[:MAX_RECIPIENTS]
    return tuple(ReportedRecipient(address=text, final_address=text, kind=kind) for text in texts if text)


def _parse_text(mail: MimePart, transcript: SmtpTranscript) -> tuple[ReportedRecipient, ...]:
    """Read what Microsoft, QQ, NetEase and Coremail write: words that say so, then an address."""
    text = transcript.text
    said = f"{decode_words(mail.get('subject'))}\n{text}"
    if not _FAILED.search(said):
        return ()
    verdict = BounceKind.DELAYED if _DELAYED.search(said) and not _GIVEN_UP.search(said) else BounceKind.FAILED
    ours = {one.lower() for name in ("to", "from", "delivered-to") for one in find_addresses(mail.get(name))}
    named = [clean_line(one.rstrip(".")) for one in _RECIPIENT_PHRASE.findall(text)] + find_addresses(text)
    other = next((one for one in named if one.lower() not in ours), None)
    return (ReportedRecipient(address=other, final_address=other, kind=verdict),) if other is not None else ()


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
