"""The way in: bytes of a mail, and what it says. Pure, bounded, and raising nothing.

The order is the rule: what a mail says of itself in a form that a standard defines comes first, a person's
words before a machine's prose, guesses last.
"""

import re
from collections.abc import Iterator, Sequence

from digest.bounces.auto_reply import is_auto_reply, seems_auto_reply
from digest.bounces.complaint import complainer_of, feedback_of, is_complaint
from digest.bounces.dsn import overall, recipients_of
from digest.bounces.fields import addresses_in, plain, words_of
from digest.bounces.heuristics import read_prose
from digest.bounces.mime import Part, read_mail
from digest.bounces.verdict import Recipient, Return, Verdict

_BROUGHT_TO = (
    "delivered-to",
    "x-delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-rcpt-to",
    "x-real-to",
    "x-forwarded-to",
    "apparently-to",
    "resent-to",
    "to",
    "cc",
)
_SENT_AS = (
    "return-path",
    "x-postfix-sender",
    "original-mail-from",
    "original-envelope-id",
    "list-unsubscribe",
)
"""Headers and fields that hold the envelope's sender of what came back, or its address for unsubscribing."""

_MACHINES = re.compile(
    r"mailer[- ]?daemon|postmaster|post_?master|mail-?daemon|mdaemon|mmdf|mail delivery|microsoft ?exchange"
    r"|system administrator|no-?reply-bounce",
    re.IGNORECASE,
)
_LEAVING = re.compile(
    r"\W{0,3}(?:re\s?[:：]\s?)?(?:unsubscribe(?: me)?|退订|取消订阅|退訂|取消訂閱)\W{0,3}", re.IGNORECASE
)
_QUOTED_LINE = re.compile(
    r"^[ \t>]{0,8}(return-path|message-id)[ \t]*:[ \t]*(\S{3,250})", re.IGNORECASE | re.MULTILINE
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_MOST = 50


def read_return(raw: bytes) -> Return:
    """Say what a mail means that came to the address of returns; any bytes will do."""
    mail = read_mail(raw)
    verdict, recipients, detail = _judged(mail)
    quoted, ids = _known_by(mail)
    return Return(
        verdict=verdict,
        recipients=recipients,
        detail=detail,
        subject=words_of(mail.get("subject")),
        to=_brought_to(mail),
        quoted=quoted,
        message_ids=ids,
    )


Judgement = tuple[Verdict, tuple[Recipient, ...], str]


def _judged(mail: Part) -> Judgement:
    feedback = feedback_of(mail)
    if feedback is not None:
        kind = plain(feedback.get("feedback-type"))
        return (Verdict.COMPLAINT if is_complaint(feedback) else Verdict.UNKNOWN), (), f"feedback: {kind}"
    complainer = complainer_of(mail)
    if complainer is not None:
        one = Recipient(address=complainer, final=complainer, verdict=Verdict.COMPLAINT)
        return Verdict.COMPLAINT, (one,), "feedback: JMRP"
    recipients = recipients_of(mail)
    verdict = overall(recipients)
    if verdict is not Verdict.UNKNOWN:
        return verdict, recipients, _reason(recipients, verdict)
    return _judged_by_words(mail)


def _judged_by_words(mail: Part) -> Judgement:
    machine = _from_machine(mail)
    if not machine and _LEAVING.fullmatch(words_of(mail.get("subject"))):
        return Verdict.UNSUBSCRIBE, (), "asks to be unsubscribed"
    if not machine and is_auto_reply(mail):
        return Verdict.AUTO_REPLY, (), "an automatic answer"
    prose = read_prose(mail, from_machine=machine or _has_null_sender(mail))
    if prose.recipients:
        verdict = overall(prose.recipients)
        return verdict, prose.recipients, prose.why or f"{verdict}, by its words"
    if is_auto_reply(mail) or seems_auto_reply(mail):
        return Verdict.AUTO_REPLY, (), "an automatic answer"
    return Verdict.UNKNOWN, (), "not understood"


def _from_machine(mail: Part) -> bool:
    return bool(mail.get("x-failed-recipients")) or _MACHINES.search(mail.get("from")) is not None


def _has_null_sender(mail: Part) -> bool:
    """Tell whether a mail came from nobody, as reports and automatic answers do (RFC 5321 4.5.5)."""
    return mail.get("return-path").strip() == "<>"


def _reason(recipients: Sequence[Recipient], verdict: Verdict) -> str:
    one = next(one for one in recipients if one.verdict is verdict)
    said = one.diagnostic if one.status in one.diagnostic else f"{one.status} {one.diagnostic}"
    return plain(said or str(verdict))


def _brought_to(mail: Part) -> tuple[str, ...]:
    found = (address for name in _BROUGHT_TO for value in mail.all(name) for address in addresses_in(value))
    received = (
        address
        for value in mail.all("received")
        for _, _, rest in [value.partition(" for ")]
        for address in addresses_in(rest)[:1]
    )
    return tuple(dict.fromkeys((*found, *received)))[:_MOST]


def _known_by(mail: Part) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give by what the mail that came back may be known again."""
    senders: list[str] = []
    ids: list[str] = []
    for name, value in _traces(mail):
        if name == "message-id":
            ids += _MESSAGE_ID.findall(value)
        else:
            senders += addresses_in(value)
    return tuple(dict.fromkeys(senders))[:_MOST], tuple(dict.fromkeys(map(plain, ids)))[:_MOST]


def _traces(mail: Part) -> Iterator[tuple[str, str]]:
    """Give headers of what came back, wherever a server puts them: as a part, as fields, in prose."""
    for part in mail.walk(into_returned=True):
        if part is not mail:
            yield from ((name, value) for name, value in part.headers if name in (*_SENT_AS, "message-id"))
        if part.text and part.type.startswith("text/"):
            for found in _QUOTED_LINE.finditer(part.decoded()[:64_000]):
                yield found.group(1).lower(), found.group(2)
