"""What a bounce in prose repeats of the conversation: the server's reply, and what it was a reply to."""

import html
import re
from dataclasses import dataclass

from digest.bounce_reasons import Moment
from digest.bounces.mime import Part

MOST_TEXT = 64_000
"""Characters of each text that are searched: bounces say what they say at their beginning."""

_MOST_REPLIES = 10
_MOST_LINES = 6
"""Lines of one reply."""

_TAGS = re.compile(r"<[^<>@]{0,500}>")
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)
_COPY = re.compile(
    r"^[ \t>]*(?:--.*\b(?:copy|original message|returned message|below this line|unsent message)\b"
    r"|(?:return-path|received|message-id|mime-version|dkim-signature|list-unsubscribe)[ \t]*:"
    r"|(?:this is|included is|here is) a copy of|a copy of the (?:original )?message|原始邮件|原邮件内容)",
    re.IGNORECASE | re.MULTILINE,
)
"""Where the mail that came back begins: its words are ours, and say nothing of why."""

_SUBJECT = re.compile(
    r"\b(?:subject|betreff|objet|asunto|oggetto)\s?[:：].*|(?:主题|主旨|标题)\s?[:：].*", re.IGNORECASE
)
"""What we wrote above the message, given back beside whom it was for."""

_REPLY = re.compile(
    r"(?<![A-Za-z0-9_.:/-])([45]\d\d)(?:[ -]['\"(]?#?[45]\.\d{1,3}\.\d{1,3}\b|[ -](?=[^\W\d]|[<\[('\"]))"
)
_ENHANCED = re.compile(r"#[45]\.\d{1,3}\.\d{1,3}\b")
_ANSWERED: tuple[tuple[Moment, re.Pattern[str]], ...] = (
    (
        Moment.BEFORE,
        re.compile(
            r"in reply to (?:MAIL FROM|EHLO|HELO|STARTTLS|AUTH)|after (?:pipelined )?(?:MAIL FROM|EHLO|HELO)"
            r"|after initial connection|refused to talk to me|but sender was rejected",
            re.IGNORECASE,
        ),
    ),
    (
        Moment.MESSAGE,
        re.compile(
            r"in reply to (?:end of )?DATA|after (?:pipelined )?(?:end of data|DATA|sending data block)"
            r"|failed after I sent the message",
            re.IGNORECASE,
        ),
    ),
    (
        Moment.RECIPIENT,
        re.compile(r"in reply to RCPT|after (?:pipelined )?RCPT TO|does not like recipient", re.IGNORECASE),
    ),
)
"""How Postfix, Exim and qmail name the command that a reply was given to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What a mail says before it gives the message back.

    ``text`` is all of that, ``replies`` are a server's in it, each in one line. ``moment`` is what they
    answered; where that is not told, or differs, the recipient.
    """

    text: str
    replies: tuple[str, ...]
    moment: Moment

    @property
    def reply(self) -> str:
        """The replies in one text."""
        return "\n".join(self.replies)

    @property
    def fullest(self) -> str:
        """The longest reply, to show; empty where there is none."""
        return max(self.replies, key=len, default="")


def transcript_of(mail: Part) -> Transcript:
    """Read the text of a bounce; what came back with it is left out."""
    text = "\n".join(_text(part) for part in mail.walk() if part.type.startswith("text/"))[:MOST_TEXT]
    moments = [moment for moment, words in _ANSWERED if words.search(text)]
    return Transcript(
        text=text,
        replies=tuple(_replies(text)),
        moment=moments[0] if len(moments) == 1 else Moment.RECIPIENT,
    )


def _text(part: Part) -> str:
    text = part.decoded()[:MOST_TEXT]
    if part.type == "text/html":
        text = html.unescape(_TAGS.sub(" ", _BREAKS.sub("\n", text)))
    copy = _COPY.search(text)
    return _SUBJECT.sub(" ", text[: copy.start()] if copy else text)


def _replies(text: str) -> list[str]:
    """Give each reply: from its code on, as far as its paragraph goes."""
    found: list[list[str]] = []
    open_ = False
    for line in text.split("\n"):
        begun = _REPLY.search(line) or _ENHANCED.search(line)
        if begun and not (open_ and found[-1][-1].startswith(begun.group()[:3])):
            if len(found) == _MOST_REPLIES:
                break
            found.append([line[begun.start() if begun.re is _REPLY else 0 :].strip()])
            open_ = True
        elif open_ and line.strip() and len(found[-1]) < _MOST_LINES:
            found[-1].append(line.strip())
        else:
            open_ = False
    return [" ".join(lines) for lines in found]
