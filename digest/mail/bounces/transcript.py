"""What a bounce in prose repeats of the conversation: the server's reply, and what it was a reply to."""

import html
import re
from dataclasses import dataclass

from digest.mail.bounces.mime import MimePart
from digest.text.bounce_reasons import SmtpPhase

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

    @property
    def longest_reply(self) -> str:
        """The longest reply, to show; empty where there is none."""
        return max(self.replies, key=len, default="")


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
